use async_trait::async_trait;

use super::Unavailable;

/// The servers that hold a store's data, where they are not this program: they are started again, hand
/// over to one another, and are given older data while programs use them.
///
/// # Promises
/// - `begun` grows, within two seconds, when a server has begun to serve the data: it was started, or took
///   over from another. What it holds may be older than what was there before.
/// - After `give_up` no program uses the data, on this program's word alone, until an operator has adopted
///   the store. What is left of the data stays.
#[async_trait]
pub trait StoreServers: Send + Sync {
    /// How many servers have begun to serve the data since the store was opened.
    fn begun(&self) -> u64;

    /// Gives the data up, for every program that uses it. `reason` says to operators why.
    async fn give_up(&self, reason: &str) -> Result<(), Unavailable>;
}
