//! Counting attempts: reserve, verify, settle. The whole state machine, pure, on one screen.
//!
//! A guess is paid for before it is checked: [`Attempts::reserve`] takes one of the remaining
//! tries, the secret is compared outside, [`Attempts::settle`] books the verdict. A store must do
//! each of the two in one atomic step and persist the result; nothing else is asked of it.
//!
//! What always holds, whatever the interleaving and whoever dies in between:
//! - no more than `max_failures` guesses are evaluated between two right ones;
//! - excess concurrency is [`Reservation::Busy`], never a lock;
//! - a lock, once set, wins over a right guess that is still being checked;
//! - the transition into a lock is reported exactly once.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::random_id::LeaseToken;
use super::timestamp::Timestamp;

/// What a counter counts. Each purpose of a user has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// ログインパスワード.
    Login,
    /// 取引実行パスワード.
    Transaction,
    /// ワンタイムパスワード.
    Otp,
    /// 証明書取得用パスワード.
    Retrieval,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Login, Self::Transaction, Self::Otp, Self::Retrieval];

    /// The stable name, as in API and audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Transaction => "transaction",
            Self::Otp => "otp",
            Self::Retrieval => "retrieval",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Purpose {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.name() == text)
            .ok_or(())
    }
}

/// How long a lock refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockDuration {
    /// For this long; then counting starts anew.
    For(Duration),
    /// Until somebody unlocks, and openly so: for those who are already known to the service.
    UntilUnlocked,
    /// Until somebody unlocks, yet looking from outside like a lock of this duration. Afterwards
    /// the visible count restarts while even the right secret stays refused, so that a lock tells
    /// nobody that the identifier exists.
    UntilUnlockedShownAs(Duration),
}

/// The limits of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptPolicy {
    /// The number of wrong entries that locks.
    pub max_failures: NonZeroU32,
    /// How long the lock refuses.
    pub lock: LockDuration,
    /// How long a reservation lives without being settled; then it counts as a failure.
    pub lease: Duration,
}

/// The counter of one purpose of one identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    failures: u32,
    leases: BTreeMap<LeaseToken, Timestamp>,
    locked_at: Option<Timestamp>,
    /// Set with a concealed lock: refuses even what is right after the visible lock has ended.
    #[serde(default)]
    barred: bool,
    /// When the concealed lock was set that is still on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    barred_since: Option<Timestamp>,
}

/// The answer to a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// Go and check, then settle.
    Granted {
        /// A concealed lock is on: check against a dummy; the settlement will refuse anyway.
        barred: bool,
    },
    /// As many guesses are being checked as may still fail. Neither evaluated nor counted.
    Busy,
    /// Refused without looking.
    Locked(Lock),
}

/// A lock as it refuses now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// When it ends by itself, as far as may be seen from outside.
    pub until: Option<Timestamp>,
    /// When it was set: the same whenever it is seen, and another for each lock of a counter.
    pub since: Timestamp,
    /// Whether this very step set it.
    pub just_set: bool,
}

/// What the check outside found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The secret is right.
    Right,
    /// The secret is wrong.
    Wrong,
    /// Nobody could say: the back end failed. Not charged.
    Unavailable,
}

/// The answer to a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Right, and nothing stood in the way. The count is zero again.
    Accepted,
    /// Wrong; this many more wrong entries lock.
    Refused {
        /// Wrong entries left until the lock; at least one.
        failures_left: u32,
    },
    /// Locked, by this entry or before.
    Locked(Lock),
    /// The reservation is gone: it ran out and was counted, or was settled before.
    Lost,
    /// Released without a charge.
    Released,
}

impl Attempts {
    /// Takes one of the remaining tries for `token` until `now + policy.lease`.
    /// Asking again with a token that already holds one changes nothing.
    pub fn reserve(
        &mut self,
        policy: &AttemptPolicy,
        now: Timestamp,
        token: LeaseToken,
    ) -> Reservation {
        let mut just_set = self.advance(policy, now);
        if self.locked_at.is_none() && self.failures >= policy.max_failures.get() {
            just_set |= self.lock(policy, now);
        }
        if self.locked_at.is_some() {
            return Reservation::Locked(self.lock_seen(policy, now, just_set));
        }
        if !self.leases.contains_key(&token) {
            let open = u32::try_from(self.leases.len()).unwrap_or(u32::MAX);
            if self.failures.saturating_add(open) >= policy.max_failures.get() {
                return Reservation::Busy;
            }
            self.leases.insert(token, now.plus(policy.lease));
        }
        Reservation::Granted {
            barred: self.barred,
        }
    }

    /// Books the verdict on the reservation `token`. A right entry forgets the failures.
    pub fn settle(
        &mut self,
        policy: &AttemptPolicy,
        now: Timestamp,
        token: LeaseToken,
        verdict: Verdict,
    ) -> Settlement {
        let settlement = self.settle_keeping_count(policy, now, token, verdict);
        if settlement == Settlement::Accepted {
            self.failures = 0;
        }
        settlement
    }

    /// As [`Self::settle`], but a right entry leaves the count as it is.
    pub(super) fn settle_keeping_count(
        &mut self,
        policy: &AttemptPolicy,
        now: Timestamp,
        token: LeaseToken,
        verdict: Verdict,
    ) -> Settlement {
        let just_set = self.advance(policy, now);
        if self.leases.remove(&token).is_none() {
            return if just_set {
                Settlement::Locked(self.lock_seen(policy, now, true))
            } else {
                Settlement::Lost
            };
        }
        if verdict == Verdict::Unavailable && !just_set {
            return Settlement::Released;
        }
        if self.locked_at.is_some() {
            return Settlement::Locked(self.lock_seen(policy, now, just_set));
        }
        if verdict == Verdict::Right && !self.barred {
            return Settlement::Accepted;
        }
        if self.fail(policy, now) {
            return Settlement::Locked(self.lock_seen(policy, now, true));
        }
        if self.locked_at.is_some() {
            return Settlement::Locked(self.lock_seen(policy, now, false));
        }
        Settlement::Refused {
            failures_left: policy.max_failures.get() - self.failures,
        }
    }

    /// Charges a right entry like a wrong one. It does not lock; where it used up the last of the
    /// budget, the next reservation does.
    pub(super) fn charge_success(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Lifts the lock and forgets failures. Reservations that are still open stay charged.
    /// Tells whether there was a lock.
    pub fn unlock(&mut self, policy: &AttemptPolicy, now: Timestamp) -> bool {
        self.advance(policy, now);
        let was_locked = self.is_locked();
        self.failures = 0;
        self.locked_at = None;
        self.barred = false;
        self.barred_since = None;
        was_locked
    }

    /// Whether a lock is on at `now`, concealed or not, for the eyes of administrators.
    pub fn is_locked_at(&self, policy: &AttemptPolicy, now: Timestamp) -> bool {
        let mut seen = self.clone();
        seen.advance(policy, now);
        seen.is_locked()
    }

    /// How many more wrong entries lock, as of the last step.
    pub fn failures_left(&self, policy: &AttemptPolicy) -> u32 {
        policy.max_failures.get().saturating_sub(self.failures)
    }

    /// Forgets failures, for a secret that is gone. Locks and open reservations stay.
    pub(super) fn forget_failures(&mut self) {
        self.failures = 0;
    }

    /// Whether nothing would be lost by forgetting this counter.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    fn is_locked(&self) -> bool {
        self.locked_at.is_some() || self.barred
    }

    /// Lets time pass: a timed lock ends, an expired reservation becomes a failure.
    /// Tells whether that set a lock.
    fn advance(&mut self, policy: &AttemptPolicy, now: Timestamp) -> bool {
        if let (Some(since), Some(lasts)) = (self.locked_at, visible_duration(policy.lock))
            && since.plus(lasts) <= now
        {
            self.locked_at = None;
            self.failures = 0;
        }
        let before = self.leases.len();
        self.leases.retain(|_, expires| *expires > now);
        let mut just_set = false;
        for _ in self.leases.len()..before {
            just_set |= self.fail(policy, now);
        }
        just_set
    }

    /// Counts one failure. Tells whether it set a lock that was not there before.
    fn fail(&mut self, policy: &AttemptPolicy, now: Timestamp) -> bool {
        if self.locked_at.is_some() {
            return false;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures < policy.max_failures.get() {
            return false;
        }
        self.lock(policy, now)
    }

    /// Sets the lock. Tells whether there was none before, not even a concealed one.
    fn lock(&mut self, policy: &AttemptPolicy, now: Timestamp) -> bool {
        self.locked_at = Some(now);
        let concealed = matches!(policy.lock, LockDuration::UntilUnlockedShownAs(_));
        let already_barred = std::mem::replace(&mut self.barred, concealed);
        self.barred_since = concealed.then(|| self.barred_since.unwrap_or(now));
        !already_barred
    }

    fn lock_seen(&self, policy: &AttemptPolicy, now: Timestamp, just_set: bool) -> Lock {
        let until = match (self.locked_at, visible_duration(policy.lock)) {
            (Some(since), Some(lasts)) => Some(since.plus(lasts)),
            _ => None,
        };
        Lock {
            until,
            since: self.barred_since.or(self.locked_at).unwrap_or(now),
            just_set,
        }
    }
}

const fn visible_duration(lock: LockDuration) -> Option<Duration> {
    match lock {
        LockDuration::For(lasts) | LockDuration::UntilUnlockedShownAs(lasts) => Some(lasts),
        LockDuration::UntilUnlocked => None,
    }
}

#[cfg(test)]
mod tests;
