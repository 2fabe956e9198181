//! The audit log as hash-chained JSON Lines, in a file or in a store that several servers share.
//!
//! Each process writes a chain of its own; several may write to the same file at the same time,
//! one batch after the other under a file lock. Every record carries the hash of the one before,
//! so that [`verify`] finds what was changed, taken away or put elsewhere. A file is closed now and
//! then ([`Rotation`]): it keeps its place under another name, and chains go on in the file that
//! follows, which says what stood before it. A file that is gone, shorter than before or another one
//! is refused. [`ChainedAuditLog`]
//! writes the same lines, with chains as these, to any
//! [`AuditLineStore`](warifu_core::ports::AuditLineStore).

mod adapter;
mod chained;
mod chained_signer;
mod checkpoint;
mod conditions;
mod counted;
mod extract;
mod family;
mod file;
mod file_log;
mod files;
mod history;
mod index;
mod index_tables;
mod line;
mod log_writer;
mod mark;
mod opening;
mod reader;
mod rotation;
mod settings;
mod signing;
mod standing;
mod stdout;
#[cfg(test)]
mod tests;
mod verify;
mod watch;
mod writer;

pub use adapter::{AuditFile, AuditStdout};
pub use chained::ChainedAuditLog;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use extract::{Extract, ExtractError, Wanted};
pub use file_log::{FileAuditLog, OpenError};
pub use files::LogFiles;
pub use log_writer::LogOptions;
pub use mark::Checkpoints;
pub use reader::LinesReader;
pub use rotation::{Rotated, Rotation};
pub use settings::AuditFileSettings;
pub use signing::{SigningError, SigningKey, VerifyingKey};
pub use stdout::StdoutAuditLog;
pub use verify::{Expected, Fault, Marks, Summary, VerificationError, verify, verify_against};

/// The section of the configuration.
const PORT: &str = "audit_log";
