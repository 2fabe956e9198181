use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;
use warifu_core::ports::Unavailable;

/// The section of the configuration that this store is set up in.
pub(crate) const PORT: &str = "password_store";

/// Why the store could not be opened. One sentence that says what to do.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder could not be made, or the file not be found or made.
    #[error(
        "the embedded store {path} cannot be opened: {source}; check embedded.path and the permissions of its folder"
    )]
    Inaccessible {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A folder, device or the like.
    #[error("the embedded store {0} is not a regular file; set embedded.path to another name")]
    NotAFile(PathBuf),
    /// Others may read or write it.
    #[error(
        "the embedded store's file {path} is open to other users (mode {mode:04o}); make it its owner's alone with `chmod 600`"
    )]
    OpenToOthers {
        /// The file, or one of its companions.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Something else than a store.
    #[error(
        "{0} is a file, but not a store of this program; set embedded.path to another name, or restore the store from a backup"
    )]
    NotAStore(PathBuf),
    /// Made by a later version of this program.
    #[error(
        "the embedded store {path} was written by a newer version of this program (schema {found}, this one knows {known}); use that version"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The last schema that this program knows.
        known: i64,
    },
    /// Damaged.
    #[error("the embedded store {path} is damaged ({reason}); restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Anything else.
    #[error("the embedded store {path} cannot be used: {reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// No thread to work on.
    #[error("the embedded store cannot start a thread: {0}")]
    NoThread(io::Error),
}

/// Why a step failed. The caller hears [`Unavailable`].
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The database engine failed.
    #[error("{}", describe(.0))]
    Database(#[from] rusqlite::Error),
    /// A state could be read but not understood. The cause would quote from it, so it is not told.
    #[error("a record of table {0} is damaged; restore the store from a backup")]
    Record(&'static str),
    /// The file was moved away, deleted or replaced while it was in use.
    #[error("the file was moved or replaced while in use; put it back, or restart the server")]
    Replaced,
}

impl Failure {
    /// Whether the connection may be in a state that only a new one mends.
    pub(crate) fn spoils_connection(&self) -> bool {
        match self {
            Self::Database(error) => !is_busy(error),
            Self::Record(_) | Self::Replaced => false,
        }
    }

    pub(crate) fn to_unavailable(&self) -> Unavailable {
        unavailable(self.to_string())
    }
}

pub(crate) fn unavailable(reason: impl Into<String>) -> Unavailable {
    Unavailable::new(PORT, reason)
}

pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// What went wrong, in words for an operator.
pub(crate) fn describe(error: &rusqlite::Error) -> String {
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::SystemIoFailure) => "reading or writing the file failed",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process has held the file for too long"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "the file is damaged",
        Some(ErrorCode::ReadOnly) => "the file cannot be written",
        Some(ErrorCode::CannotOpen) => "the file cannot be opened",
        _ => return error.to_string(),
    };
    format!("{hint} ({error})")
}
