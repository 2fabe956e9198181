use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{Quota, QuotaVerdict, ReissueId, Subject};

/// Whose quota of what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaKey {
    /// Reissues for this user.
    ReissuesFor(Subject),
    /// Reissues by this user for others.
    ReissuesBy(Subject),
}

/// Limits on how often something happens. A unit is taken before it is tried and settled after:
/// only what happened, or may have, is counted.
///
/// # Promises
/// - Each call behaves as the method of the same name of [`crate::domain::QuotaWindow`], in one
///   atomic step over all servers that share the store, with the store's own clock.
/// - In any window that begins with a first `Allowed`, at most `limit` are allowed, over all
///   servers that share the store, not counting what was settled as not having happened.
/// - `retry_after` is positive and at most the window.
/// - `take` is idempotent by its unit until that is settled, and `settle` by its unit.
/// - A unit that nobody settles is counted until the window ends, and named by `take` where it
///   stands in the way after [`crate::domain::UNSETTLED_AFTER`].
/// - A quota whose window has passed takes no memory for long.
#[async_trait]
pub trait QuotaStore: Send + Sync {
    /// Takes one of the quota, for the reissue `unit`.
    async fn take(
        &self,
        key: &QuotaKey,
        quota: Quota,
        unit: ReissueId,
    ) -> Result<QuotaVerdict, Unavailable>;

    /// Says whether a unit that was taken happened. What did not is given back.
    async fn settle(
        &self,
        key: &QuotaKey,
        unit: ReissueId,
        happened: bool,
    ) -> Result<(), Unavailable>;
}
