use thiserror::Error;

/// A back end could not answer. Never a success, never a counted attempt: the caller is told to
/// try again later. The message is for the operator's log and holds no secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{port} is unavailable: {reason}")]
pub struct Unavailable {
    /// The section of the configuration that the back end is set up in, such as `password_store`.
    pub port: &'static str,
    /// What went wrong, in the adapter's words.
    pub reason: String,
    /// Whether the back end may have been asked. Where it was not, nobody can have learned
    /// anything from it.
    pub asked: bool,
    /// Whether the back end did answer, only not with anything that helps here, such as two entries
    /// for one user. That is no sign that it fails.
    pub answered: bool,
}

impl Unavailable {
    /// Back end `port` failed for `reason`.
    pub fn new(port: &'static str, reason: impl Into<String>) -> Self {
        Self {
            port,
            reason: reason.into(),
            asked: true,
            answered: false,
        }
    }

    /// Back end `port` answered, and what it answered is of no use for this question, for `reason`.
    pub fn of_no_use(port: &'static str, reason: impl Into<String>) -> Self {
        Self {
            answered: true,
            ..Self::new(port, reason)
        }
    }

    /// Back end `port` was not even asked, for `reason`.
    pub fn without_asking(port: &'static str, reason: impl Into<String>) -> Self {
        Self {
            asked: false,
            ..Self::new(port, reason)
        }
    }
}
