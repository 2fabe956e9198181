//! What goes wrong while an adapter is built.

use std::fmt;
use std::path::Path;

use thiserror::Error;
use warifu_core::ports::Unavailable;

/// A setting that is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{key}: {message}")]
pub struct SettingError {
    /// Its key within the adapter's table.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl SettingError {
    /// The setting `key` is refused.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
        }
    }
}

impl From<SettingError> for AdapterError {
    fn from(SettingError { key, message }: SettingError) -> Self {
        Self::Setting { key, message }
    }
}

/// Why an adapter could not be built.
#[derive(Debug, Error)]
pub enum AdapterError {
    /// A setting of the adapter is refused.
    #[error("{key}: {message}")]
    Setting {
        /// Its key within the adapter's table; empty for the adapter as a whole.
        key: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// Something else than a setting is wrong, such as a line of a file that a setting names. The
    /// message says where.
    #[error("{0}")]
    Elsewhere(String),
    /// What the adapter uses is not there yet, or not as it is needed, and nothing was to be made or
    /// changed. The message says what would be: `would make var/warifu.db`.
    #[error("not there yet: {0}")]
    NotYet(String),
    /// The back end cannot be reached.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl AdapterError {
    /// The setting `key` of the adapter's table is refused.
    pub fn setting(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Setting {
            key: key.into(),
            message: message.into(),
        }
    }

    /// The setting `key` names a file or folder that cannot be used.
    pub fn path(key: &str, path: &Path, reason: impl fmt::Display) -> Self {
        Self::setting(key, format!("{}: {reason}", path.display()))
    }
}
