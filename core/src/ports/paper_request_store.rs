use async_trait::async_trait;

use super::Unavailable;
use crate::domain::paper_request::{PaperRequest, PaperRequestQuery, ReceptionNumber};
use crate::domain::{LeaseToken, Timestamp};

/// The requests of the paper procedure, each with its whole history.
///
/// # Promises
/// - A request that was kept is found by its number on every server that shares the store, exactly
///   as it was given.
/// - `create` keeps a request only where its number is free.
/// - `replace` keeps a request only in the place of the version that `expected` names, in one atomic
///   step over all servers that share the store: of any number of requests made from one version,
///   one is kept.
/// - Both are idempotent by `change`: the call that kept a request answers `true` again as long as
///   that request is the current one, and no other call does.
/// - `list` gives what matches all conditions of the query, by [`PaperRequest::position`] newest or
///   oldest first as the query says, each once, and at most `limit`. What is open
///   ([`PaperRequestQuery::is_of_open_ones`]) is listed without a look at all there ever was.
/// - `total` says how many requests there are; one whose registration a failure interrupted may be
///   among them.
/// - `overdue` gives requests that are overdue at the given moment, at most `limit`, and never
///   answers with none where there is one.
/// - What was answered survives whatever the store is said to survive. Where the store replicates,
///   both answer only after every replica that may take over has acknowledged.
#[async_trait]
pub trait PaperRequestStore: Send + Sync {
    /// Keeps a new request. `false` where its number is taken.
    async fn create(&self, request: &PaperRequest, change: LeaseToken)
    -> Result<bool, Unavailable>;

    /// Keeps the next version of a request. `false` where the version kept is not `expected`.
    async fn replace(
        &self,
        request: &PaperRequest,
        expected: u64,
        change: LeaseToken,
    ) -> Result<bool, Unavailable>;

    /// Finds a request.
    async fn find(&self, number: &ReceptionNumber) -> Result<Option<PaperRequest>, Unavailable>;

    /// Lists requests.
    async fn list(&self, query: &PaperRequestQuery) -> Result<Vec<PaperRequest>, Unavailable>;

    /// How many there are.
    async fn total(&self) -> Result<usize, Unavailable>;

    /// Requests that nobody decided in time, and that do not say so yet.
    async fn overdue(&self, now: Timestamp, limit: usize)
    -> Result<Vec<PaperRequest>, Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
