//! Why the store could not be opened.

use thiserror::Error;
use warifu_core::ports::Unavailable;

/// The section of the configuration that this store is set up in.
pub(crate) const PORT: &str = "password_store";

/// Why the store could not be opened. One sentence that says what to do.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OpenError {
    /// A setting is wrong.
    #[error("{key} {message}")]
    Setting {
        /// Its name among the store's settings.
        key: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The servers answer, but this store must not be used as it is.
    #[error("{0}")]
    Refused(String),
    /// The servers do not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl OpenError {
    pub(crate) fn setting(key: &'static str, message: impl Into<String>) -> Self {
        Self::Setting {
            key,
            message: message.into(),
        }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::Refused(message.into())
    }
}

pub(crate) fn unavailable(reason: impl Into<String>) -> Unavailable {
    Unavailable::new(PORT, reason)
}
