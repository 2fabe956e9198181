use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::attempts::{
    AttemptPolicy, BrowserSlot, Lane, LaneKind, Lock, Purpose, Settlement, Verdict,
};
use crate::domain::{
    BrowserMark, ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId,
};

/// Which counter. A name that nobody has is counted under the same key as one that somebody has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptKey {
    /// Whose name was entered.
    pub subject: Subject,
    /// What for.
    pub purpose: Purpose,
    /// By which way. [`Lane::Stranger`] where a purpose has no lanes.
    pub lane: Lane,
}

impl AttemptKey {
    /// The counter of a purpose; of a login, that of strangers.
    pub const fn of(subject: Subject, purpose: Purpose) -> Self {
        Self {
            subject,
            purpose,
            lane: Lane::Stranger,
        }
    }

    /// The counter of a login that comes by `lane`.
    pub const fn login(subject: Subject, lane: Lane) -> Self {
        Self {
            subject,
            purpose: Purpose::Login,
            lane,
        }
    }

    /// Every counter of a purpose: one for each lane.
    pub fn all(subject: &Subject, purpose: Purpose) -> impl Iterator<Item = Self> + '_ {
        lanes_of(purpose).map(move |lane| Self {
            subject: subject.clone(),
            purpose,
            lane,
        })
    }

    /// The limits of this counter, of a purpose whose limits are `policy`.
    pub fn limits(&self, policy: AttemptPolicy) -> AttemptPolicy {
        match self.purpose {
            Purpose::Login => self.lane.limits(policy),
            Purpose::StaffDecision => Lane::decisions(policy),
            Purpose::Transaction | Purpose::Otp | Purpose::Retrieval => policy,
        }
    }
}

/// Only logins have lanes.
fn lanes_of(purpose: Purpose) -> impl Iterator<Item = Lane> {
    Lane::all().filter(move |lane| purpose == Purpose::Login || *lane == Lane::Stranger)
}

/// A lock of a user, as administrators are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeldLock {
    /// Of what.
    pub purpose: Purpose,
    /// For whom. [`LaneKind::Stranger`] where a purpose has no lanes.
    pub lane: LaneKind,
}

impl HeldLock {
    /// A lock of each counter of a purpose, as [`AttemptKey::all`] lists them.
    pub fn all(purpose: Purpose) -> impl Iterator<Item = Self> {
        lanes_of(purpose).map(move |lane| Self {
            purpose,
            lane: lane.kind(),
        })
    }

    /// A lock for strangers, or of a purpose that has no lanes.
    pub const fn of(purpose: Purpose) -> Self {
        Self {
            purpose,
            lane: LaneKind::Stranger,
        }
    }
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

/// The counters of every purpose but retrieval, and what else is kept of an account.
///
/// # Promises
/// - `reserve` and `settle` behave as [`crate::domain::attempts::Attempts`] does, each in one
///   atomic step over all servers that share the store, with the store's own clock.
/// - Both are idempotent by the lease token: a repeated `reserve` takes one place, a repeated
///   `settle` is [`Settlement::Lost`] and charges nothing, and [`Verdict::Withdrawn`] takes back
///   what was charged before.
/// - What was answered survives whatever the store is said to survive; a counter or lock is never
///   dropped to save memory.
/// - A counter takes memory no longer than it holds anything: until
///   [`crate::domain::attempts::Attempts::ends_at`], or a while longer. So names that nobody has take
///   some only while they are being tried, and how many are at a time is bounded by who may try
///   them ([`crate::domain::StrangerNames`]).
/// - A browser that was remembered is known, by that mark and for that subject alone, until its time
///   is over, [`BROWSERS`](crate::domain::attempts::BROWSERS) others were remembered later, or all
///   were forgotten. Whoever takes the place of another finds its counter blank.
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

    /// Lifts the locks of a purpose, of all its lanes, and forgets the failures. Tells whether there
    /// was a lock. `policy` gives the limits of the purpose, without those of lanes.
    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable>;

    /// What is locked of logins, transaction and one-time passwords, for each of `users` in order.
    /// `policy` gives the limits of a purpose, without those of lanes.
    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<HeldLock>>, Unavailable>;

    /// Keeps a newer hash of the password of `purpose`.
    async fn remember_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
        hash: StoredHash,
    ) -> Result<(), Unavailable>;

    /// Notes a login and tells when the one before was.
    async fn note_login(&self, subject: &Subject) -> Result<Option<Timestamp>, Unavailable>;

    /// Which of the known browsers of a subject has this mark.
    async fn known_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
    ) -> Result<Option<BrowserSlot>, Unavailable>;

    /// Remembers a browser for so long from now, as [`crate::domain::KnownBrowsers`] does.
    async fn remember_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
        good_for: Duration,
    ) -> Result<BrowserSlot, Unavailable>;

    /// Forgets all browsers of a subject, with their counters.
    async fn forget_browsers(&self, subject: &Subject) -> Result<(), Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
