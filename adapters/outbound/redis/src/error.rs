//! Why the store could not be opened.

use thiserror::Error;
use warifu_core::ports::Unavailable;
use warifu_redis_link::{NoAnswer, SettingError};

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

/// A port of the store cannot answer when the servers do not.
pub(crate) fn no_answer(no_answer: NoAnswer) -> Unavailable {
    unavailable(no_answer.reason)
}

impl From<SettingError> for OpenError {
    fn from(SettingError { key, message }: SettingError) -> Self {
        Self::Setting { key, message }
    }
}

impl From<NoAnswer> for OpenError {
    fn from(error: NoAnswer) -> Self {
        Self::Unavailable(no_answer(error))
    }
}
