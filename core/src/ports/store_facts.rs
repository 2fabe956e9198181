use std::fmt;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::Timestamp;

/// Something that a store knows of the bank it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreFact {
    /// Which certificate authority issues what is kept here: the SHA-256 of its certificate, in
    /// lower-case hexadecimal.
    Authority,
}

impl StoreFact {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority",
        }
    }
}

impl fmt::Display for StoreFact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a store knows of itself: facts that outlive programs, and the time it goes by.
///
/// # Promises
/// - `keep_fact` keeps the first value that it is given, in one atomic step over all programs that share
///   the store: of any number of calls with different values, all are answered the same one.
/// - `replace_fact` has effect whatever was kept; a fact is never forgotten by itself.
/// - `time` is the time that the store decides by: what it says of leases, sessions, claims and
///   passwords is by this clock, for every program that shares it.
#[async_trait]
pub trait StoreFacts: Send + Sync {
    /// What is kept.
    async fn fact(&self, fact: StoreFact) -> Result<Option<String>, Unavailable>;

    /// Keeps `value` where nothing is kept yet. Answers what is kept.
    async fn keep_fact(&self, fact: StoreFact, value: &str) -> Result<String, Unavailable>;

    /// Keeps `value` in place of what was kept.
    async fn replace_fact(&self, fact: StoreFact, value: &str) -> Result<(), Unavailable>;

    /// Now, by the store's clock.
    async fn time(&self) -> Result<Timestamp, Unavailable>;
}
