//! What can be wrong with the way to the servers.

use thiserror::Error;

/// A setting is refused. The message reads on from its name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{key} {message}")]
pub struct SettingError {
    /// The name of the setting in a configuration.
    pub key: &'static str,
    /// What is wrong with it and what to do.
    pub message: String,
}

impl SettingError {
    pub(crate) fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self {
            key,
            message: message.into(),
        }
    }
}

/// The servers did not answer, or not with what can be used. Where a script that writes was on its
/// way, nobody knows whether it ran.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{reason}")]
pub struct NoAnswer {
    /// For operators: which server, and what it or the network said.
    pub reason: String,
}

impl NoAnswer {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}
