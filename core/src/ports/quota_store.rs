use std::time::Duration;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{Quota, Subject};

/// Whose quota of what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaKey {
    /// Reissues for this user.
    ReissuesFor(Subject),
    /// Reissues by this user for others.
    ReissuesBy(Subject),
}

/// The answer of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaVerdict {
    /// Within the limit, and counted.
    Allowed,
    /// Above the limit, and not counted.
    Exceeded {
        /// After how long it is worth trying again.
        retry_after: Duration,
    },
}

/// Limits on how often something is done.
///
/// # Promises
/// - In any window that begins with a first `Allowed`, at most `limit` are allowed, over all
///   servers that share the store.
/// - `retry_after` is positive and at most the window.
/// - A quota whose window has passed takes no memory for long.
#[async_trait]
pub trait QuotaStore: Send + Sync {
    /// Takes one of the quota.
    async fn take(&self, key: &QuotaKey, quota: Quota) -> Result<QuotaVerdict, Unavailable>;
}
