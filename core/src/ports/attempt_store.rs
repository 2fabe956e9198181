use std::collections::BTreeSet;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::attempts::{AttemptPolicy, Lock, Purpose, Settlement, Verdict};
use crate::domain::{ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId};

/// Which counter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AttemptKey {
    /// Of a user who exists.
    Known(Subject, Purpose),
    /// Of a login that nobody has. All of them share a fixed number of counters.
    Unknown(Subject),
}

/// A reservation that was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedAttempt {
    /// As in [`crate::domain::attempts::Reservation::Granted`].
    pub barred: bool,
    /// The newer hash kept in place of the imported one, if any.
    pub stored_hash: Option<StoredHash>,
}

/// The answer to a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredReservation {
    /// Go and check.
    Granted(GrantedAttempt),
    /// Too many are being checked.
    Busy,
    /// Locked.
    Locked(Lock),
    /// As [`crate::domain::attempts::Reservation::Suspended`].
    Suspended {
        /// When the next entry is looked at.
        until: Timestamp,
    },
}

/// The counters of the login, transaction and OTP purposes.
///
/// # Promises
/// - `reserve` and `settle` behave as [`crate::domain::attempts::Attempts`] does, each in one
///   atomic step over all servers that share the store, with the store's own clock.
/// - Both are idempotent by the lease token: a repeated `reserve` takes one place, a repeated
///   `settle` is [`Settlement::Lost`] and charges nothing, and [`Verdict::Withdrawn`] takes back
///   what was charged before.
/// - What was answered survives whatever the store is said to survive; a counter or lock is never
///   dropped to save memory.
/// - Names that nobody has ([`AttemptKey::Unknown`]) use a bounded amount of memory: 65,536
///   counters chosen by a keyed hash of the name, whose key no client knows.
/// - A newer hash (`remember_hash`) is returned with every later reservation of that counter until
///   it is replaced.
#[async_trait]
pub trait AttemptStore: Send + Sync {
    /// Reserves an attempt.
    async fn reserve(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<StoredReservation, Unavailable>;

    /// Settles a reserved attempt.
    async fn settle(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: Verdict,
    ) -> Result<Settlement, Unavailable>;

    /// Lifts a lock and forgets the failures. Tells whether there was a lock.
    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable>;

    /// Which of the three purposes are locked, for each of `users` in order.
    /// `policy` gives the limits of a purpose.
    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<Purpose>>, Unavailable>;

    /// Keeps a newer hash of the password of `purpose`.
    async fn remember_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
        hash: StoredHash,
    ) -> Result<(), Unavailable>;

    /// Notes a login and tells when the one before was.
    async fn note_login(&self, subject: &Subject) -> Result<Option<Timestamp>, Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
