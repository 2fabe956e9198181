//! The audit log as hash-chained JSON Lines, in a file or in a store that several servers share.
//!
//! Each process writes a chain of its own; several may write to the same file at the same time,
//! one batch after the other under a file lock. Every record carries the hash of the one before,
//! so that [`verify`] finds what was changed, taken away or put elsewhere. A file that is moved
//! away is left alone, and a new one is begun in its place, with a new chain. [`ChainedAuditLog`]
//! writes the same lines, with chains as these, to any
//! [`AuditLineStore`](warifu_core::ports::AuditLineStore).

mod adapter;
mod chained;
mod checkpoint;
mod conditions;
mod extract;
mod file;
mod file_log;
mod index;
mod line;
mod reader;
mod settings;
mod signing;
mod stdout;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub use adapter::{AuditFile, AuditStdout};
pub use chained::ChainedAuditLog;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use extract::{Extract, ExtractError, Wanted};
pub use file_log::{FileAuditLog, OpenError, open_to_read};
pub use reader::LinesReader;
pub use settings::AuditFileSettings;
pub use signing::{SigningError, SigningKey, VerifyingKey};
pub use stdout::StdoutAuditLog;
pub use verify::{Fault, Summary, VerificationError, verify};

/// The section of the configuration.
const PORT: &str = "audit_log";
