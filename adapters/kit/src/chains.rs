//! How the records of an audit log become lines that cannot be changed unseen, whoever keeps the
//! lines.

use std::sync::Arc;

use warifu_core::ports::{AuditLineStore, AuditLog};

/// Makes an audit log out of a store of lines: each line carries the hash of the one before. The
/// program brings it, so that every log can be checked with the same tools. Adapters call `chained`
/// of their context.
pub trait Chains: Send + Sync {
    /// An audit log whose lines are kept by `lines`.
    fn chained(&self, lines: Arc<dyn AuditLineStore>) -> Arc<dyn AuditLog>;
}
