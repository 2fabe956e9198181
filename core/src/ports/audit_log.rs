use std::sync::Arc;

use async_trait::async_trait;

use super::{AuditLineStore, Unavailable};
use crate::domain::{AuditEvent, AuditOutcome, AuditRecord, ContractNumber, Timestamp};

/// A record as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuditRecord {
    /// The chain of the process that wrote it.
    pub chain: String,
    /// Its place in that chain, from 1.
    pub seq: u64,
    /// What was written.
    pub record: AuditRecord,
}

/// What to look for. Every condition that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Of this contract only.
    pub contract: Option<ContractNumber>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Done by.
    pub actor: Option<String>,
    /// Done on.
    pub subject: Option<String>,
    /// Of this kind.
    pub event: Option<AuditEvent>,
    /// That ended so.
    pub outcome: Option<AuditOutcome>,
    /// Continue where the page that gave this cursor ended.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// Some of the records, newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    /// The records.
    pub records: Vec<StoredAuditRecord>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// The audit log.
///
/// # Promises
/// - When `append` answers `Ok`, all of `records` are durable, in order and with nothing of other
///   writers lost; when it fails, the caller must not report success.
/// - A record is one line, whatever text came in: control characters are escaped.
/// - Records are chained: changing, removing or reordering one is found by verification.
/// - While `takes_records` refuses, nothing may be evaluated. It refuses from a failed `append` on,
///   until a later durable write has succeeded, which the log tries by itself and without being
///   asked; it costs no write of its own.
/// - `check` does what `append` does, durably, and leaves no record.
/// - `query` returns what matches all conditions, newest first, and never a record of another
///   contract than the one asked for; a cursor that it did not give is
///   [`AuditQueryError::BadCursor`].
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Writes records, durably.
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable>;

    /// Whether a record appended now would be kept, as far as that can be told at once. Asked before
    /// each attempt is reserved, so that nothing is evaluated that could not be written down.
    ///
    /// Around every log stands one that remembers by itself when a write failed; an adapter overrides
    /// this where it can tell more, such as that its file is gone.
    async fn takes_records(&self) -> Result<(), Unavailable> {
        Ok(())
    }

    /// Writes what is still to be written before the program ends; nothing is appended afterwards.
    /// Tells how many records could not be written and are lost with the program.
    async fn close(&self) -> usize {
        0
    }

    /// Reads records.
    async fn query(&self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError>;

    /// Whether records can be read here at all. Where they are collected elsewhere, `query` is
    /// [`Unavailable`].
    fn can_be_read(&self) -> bool {
        true
    }

    /// Where the lines of the log can be read as they were written, to check them and to hand them
    /// out. Nothing where they lie in a file or are collected elsewhere.
    fn lines(&self) -> Option<Arc<dyn AuditLineStore>> {
        None
    }

    /// Whether it can be written: tries what `append` does, and leaves no record of it.
    async fn check(&self) -> Result<(), Unavailable>;
}

/// Why records could not be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum AuditQueryError {
    /// The log cannot answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The cursor is not one that this log gave.
    #[error("the cursor is not one that this log gave")]
    BadCursor,
}
