//! Counting attempts: reserve, verify, settle. The whole state machine, pure, on one screen.
//!
//! A guess is paid for before it is checked: [`Attempts::reserve`] takes one of the remaining
//! tries, the secret is compared outside, [`Attempts::settle`] books the verdict. A store must do
//! each of the two in one atomic step and persist the result; nothing else is asked of it.
//!
//! What was not answered taught nobody anything: a reservation that nobody settles is released when
//! its time is over, and an entry whose verdict never left the server is taken back
//! ([`Verdict::Withdrawn`]). Neither is a failure. So that no unknown leak becomes a free guess all
//! the same, [`UNANSWERED_ENTRIES`] of them within [`UNANSWERED_WINDOW`] suspend the counter.
//!
//! What always holds, whatever the interleaving and whoever dies in between:
//! - no more than `max_failures` wrong entries are answered between two right ones, and no more than
//!   [`UNANSWERED_ENTRIES`] others are evaluated in any [`UNANSWERED_WINDOW`];
//! - nobody is locked who was not answered "wrong" `max_failures` times;
//! - excess concurrency is [`Reservation::Busy`], never a lock;
//! - a lock, once set, wins over a right guess that is still being checked;
//! - the transition into a lock is reported exactly once.

mod lane;
mod limits;
mod purpose;
mod wear;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::wear::Wear;
use super::random_id::LeaseToken;
use super::timestamp::Timestamp;

pub use self::lane::{
    A_BROWSER_A_DAY, BROWSERS, BrowserSlot, CERTIFICATE_A_DAY, LONGEST_LOCK, Lane, LaneKind,
    STRANGERS_A_DAY, WRONG_ENTRIES_A_DAY,
};
pub use self::limits::{AttemptPolicy, DAY, DayLimit, LaneLimits, LockDuration};
pub use self::purpose::Purpose;
pub use self::wear::MOST_DOUBLINGS;

/// Entries of one counter that may stay without an answer within [`UNANSWERED_WINDOW`].
pub const UNANSWERED_ENTRIES: usize = 10;

/// How long an entry without an answer is remembered, so that the window slides.
pub const UNANSWERED_WINDOW: Duration = Duration::from_secs(10 * 60);

/// How many of the newest failures can be taken back. More are never being answered at once: see
/// [`UNANSWERED_ENTRIES`].
pub const FAILURES_TO_TAKE_BACK: usize = 16;

/// The counter of one purpose of one identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    failures: u32,
    leases: BTreeMap<LeaseToken, Timestamp>,
    locked_at: Option<Timestamp>,
    /// Set with a concealed lock: refuses even what is right after the visible lock has ended.
    #[serde(default)]
    barred: bool,
    /// Whether it was barred before `locked_at`: what remains where that lock is taken back.
    #[serde(default)]
    barred_before: bool,
    /// The newest of the failures, oldest first, by the reservations that they were booked on.
    #[serde(default)]
    failed: VecDeque<LeaseToken>,
    /// When entries were left without an answer, oldest first.
    #[serde(default)]
    unanswered: VecDeque<Timestamp>,
    /// Reservations that were open when a right entry used up what they are for.
    #[serde(default)]
    excused: BTreeSet<LeaseToken>,
    /// When the concealed lock was set that is still on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    barred_since: Option<Timestamp>,
    /// How worn it is, in a lane.
    #[serde(default, skip_serializing_if = "Wear::is_none")]
    wear: Wear,
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
    /// Too many of the latest entries got no answer. Neither evaluated nor counted.
    Suspended {
        /// When the next entry is looked at.
        until: Timestamp,
    },
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
    /// Nobody could say: the back end that was asked failed. Not charged, but without an answer.
    Undecided,
    /// Nobody could say, and nobody was asked. Not charged.
    NotAsked,
    /// The verdict never left the server, because it could not be booked in time. Takes back what
    /// the same reservation was charged, a lock that came of it included.
    Withdrawn,
}

/// What a refused entry was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// Counted, or excused; not locked.
    Counted {
        /// Wrong entries left until the lock.
        failures_left: u32,
    },
    /// Locked by this entry.
    Locked(Lock),
}

impl From<Charge> for Settlement {
    fn from(charge: Charge) -> Self {
        match charge {
            Charge::Counted { failures_left } => Self::Refused { failures_left },
            Charge::Locked(lock) => Self::Locked(lock),
        }
    }
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
    /// The reservation is gone: it ran out, or was settled before. Whoever entered is told nothing
    /// of the verdict.
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
        self.advance(policy, now);
        let mut just_set = false;
        if self.locked_at.is_none() && self.failures_left(policy) == 0 {
            just_set = self.lock(policy, now);
        }
        if self.locked_at.is_some() {
            return Reservation::Locked(self.lock_seen(policy, now, just_set));
        }
        if !self.leases.contains_key(&token) {
            if let Some(until) = self.suspended_until() {
                return Reservation::Suspended { until };
            }
            let open = self.leases.len();
            let may_fail = self.failures_left(policy);
            let may_lapse = UNANSWERED_ENTRIES.saturating_sub(self.unanswered.len());
            if open >= may_lapse.min(may_fail as usize) {
                return Reservation::Busy;
            }
            self.leases.insert(token, now.plus(policy.lease));
        }
        Reservation::Granted {
            barred: self.barred,
        }
    }

    /// Books the verdict on the reservation `token`. A right entry forgets the failures, and
    /// the entries without an answer.
    pub fn settle(
        &mut self,
        policy: &AttemptPolicy,
        now: Timestamp,
        token: LeaseToken,
        verdict: Verdict,
    ) -> Settlement {
        let settlement = self.settle_keeping_count(policy, now, token, verdict);
        if settlement == Settlement::Accepted {
            self.forget_failures();
            self.wear.accepted(&policy.lane);
            self.unanswered.clear();
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
        self.advance(policy, now);
        if self.leases.remove(&token).is_none() {
            let taken_back = verdict == Verdict::Withdrawn && self.take_back(policy, token);
            if !taken_back {
                return Settlement::Lost;
            }
            self.leave_unanswered(now);
            return Settlement::Released;
        }
        match verdict {
            Verdict::NotAsked => return Settlement::Released,
            Verdict::Undecided | Verdict::Withdrawn => {
                self.leave_unanswered(now);
                return Settlement::Released;
            }
            Verdict::Right | Verdict::Wrong => {}
        }
        if self.locked_at.is_some() {
            return Settlement::Locked(self.lock_seen(policy, now, false));
        }
        if verdict == Verdict::Right && !self.barred {
            return Settlement::Accepted;
        }
        self.fail(policy, now, token).into()
    }

    /// Counts a failure that was booked on `token`.
    fn fail(&mut self, policy: &AttemptPolicy, now: Timestamp, token: LeaseToken) -> Charge {
        self.failures = self.failures.saturating_add(1);
        self.wear.failed(&policy.lane, now);
        self.failed.push_back(token);
        if self.failed.len() > FAILURES_TO_TAKE_BACK {
            self.failed.pop_front();
        }
        let failures_left = self.failures_left(policy);
        if failures_left > 0 {
            return Charge::Counted { failures_left };
        }
        let just_set = self.lock(policy, now);
        Charge::Locked(self.lock_seen(policy, now, just_set))
    }

    /// Charges a right entry like a wrong one. It does not lock; where it used up the last of the
    /// budget, the next reservation does. What is being checked beside it is excused.
    pub(super) fn charge_success(&mut self) {
        self.failures = self.failures.saturating_add(1);
        self.excused.extend(self.leases.keys());
    }

    /// Charges a right entry that came too late like a wrong one, unless it was being checked when
    /// what it is for was used up: somebody's double click is no failure.
    pub(super) fn charge_late(
        &mut self,
        policy: &AttemptPolicy,
        now: Timestamp,
        token: LeaseToken,
    ) -> Charge {
        if self.excused.remove(&token) {
            return Charge::Counted {
                failures_left: self.failures_left(policy),
            };
        }
        self.fail(policy, now, token)
    }

    /// Lifts the lock and forgets failures, and entries without an answer. Reservations stay open.
    /// Tells whether there was a lock.
    pub fn unlock(&mut self, policy: &AttemptPolicy, now: Timestamp) -> bool {
        self.advance(policy, now);
        let was_locked = self.is_locked();
        self.forget_failures();
        self.unanswered.clear();
        self.locked_at = None;
        self.barred = false;
        self.barred_before = false;
        self.barred_since = None;
        self.wear = Wear::default();
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
        let until_lock = policy.max_failures.get().saturating_sub(self.failures);
        until_lock.min(self.wear.left_today(&policy.lane))
    }

    /// When this counter will be blank if nobody enters anything any more. Nothing where that never
    /// comes: a failure that is not forgotten, or a lock that somebody has to lift.
    pub fn ends_at(&self, policy: &AttemptPolicy) -> Option<Timestamp> {
        if self.barred {
            return None;
        }
        let locked_until = match self.locked_at {
            Some(_) => Some(self.lock_end(policy)?),
            None => None,
        };
        let decays = policy.lane.decays();
        let forgotten = if decays && self.wear.last_failed().is_some() {
            Some(self.wear.forgotten_at(policy)?)
        } else if self.failures > 0 && locked_until.is_none() {
            return None;
        } else {
            None
        };
        let lapsed = self.leases.values().max();
        let unanswered = lapsed.max(self.unanswered.back());
        [
            locked_until,
            forgotten,
            self.wear.day_end(),
            unanswered.map(|at| at.plus(UNANSWERED_WINDOW)),
        ]
        .into_iter()
        .flatten()
        .max()
        .or(Some(Timestamp::from_unix_millis(0)))
    }

    /// Forgets failures, for a secret that is gone. Locks and open reservations stay.
    pub(super) fn forget_failures(&mut self) {
        self.failures = 0;
        self.failed.clear();
    }

    /// Whether nothing would be lost by forgetting this counter.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    fn is_locked(&self) -> bool {
        self.locked_at.is_some() || self.barred
    }

    /// Lets time pass: a timed lock ends, what was reserved for too long is released without an
    /// answer, and entries without an answer are forgotten.
    fn advance(&mut self, policy: &AttemptPolicy, now: Timestamp) {
        if self.lock_end(policy).is_some_and(|end| end <= now) {
            self.locked_at = None;
            self.forget_failures();
        }
        self.wear.pass_day(now);
        if self.locked_at.is_none() && self.wear.decayed(policy, self.failures, now) {
            self.forget_failures();
        }
        let (lapsed, open) = std::mem::take(&mut self.leases)
            .into_iter()
            .partition(|(_, expires)| *expires <= now);
        self.leases = open;
        self.excused.retain(|token| self.leases.contains_key(token));
        let mut ends: Vec<Timestamp> = BTreeMap::into_values(lapsed).collect();
        ends.sort_unstable();
        for end in ends {
            self.leave_unanswered(end);
        }
        self.unanswered
            .retain(|since| since.plus(UNANSWERED_WINDOW) > now);
    }

    /// Remembers an entry that got no answer. No more are needed than suspend.
    fn leave_unanswered(&mut self, at: Timestamp) {
        self.unanswered.push_back(at);
        if self.unanswered.len() > UNANSWERED_ENTRIES {
            self.unanswered.pop_front();
        }
    }

    fn suspended_until(&self) -> Option<Timestamp> {
        let oldest = self.unanswered.front()?;
        (self.unanswered.len() >= UNANSWERED_ENTRIES).then(|| oldest.plus(UNANSWERED_WINDOW))
    }

    /// Takes back what `token` was charged. Tells whether there was anything.
    fn take_back(&mut self, policy: &AttemptPolicy, token: LeaseToken) -> bool {
        let Some(place) = self.failed.iter().position(|failed| *failed == token) else {
            return false;
        };
        self.failed.remove(place);
        self.failures = self.failures.saturating_sub(1);
        self.wear.take_back_failure();
        if self.failures_left(policy) > 0 && self.locked_at.take().is_some() {
            self.barred = self.barred_before;
            self.barred_since = self.barred_since.filter(|_| self.barred);
            self.wear.take_back_lock();
        }
        self.wear.clear_if_unworn(self.failures);
        true
    }

    /// Sets the lock. Tells whether there was none before, not even a concealed one.
    fn lock(&mut self, policy: &AttemptPolicy, now: Timestamp) -> bool {
        self.locked_at = Some(now);
        self.wear.locked(&policy.lane, now);
        let concealed = matches!(policy.lock, LockDuration::UntilUnlockedShownAs(_));
        self.barred_before = std::mem::replace(&mut self.barred, concealed);
        self.barred_since = concealed.then(|| self.barred_since.unwrap_or(now));
        !self.barred_before
    }

    /// When the lock that is on ends, as far as may be seen from outside.
    fn lock_end(&self, policy: &AttemptPolicy) -> Option<Timestamp> {
        let end = self.locked_at?.plus(self.wear.lock_lasts(policy)?);
        let day_end = self
            .wear
            .day_end()
            .filter(|_| self.wear.left_today(&policy.lane) == 0);
        Some(day_end.map_or(end, |day_end| day_end.max(end)))
    }

    fn lock_seen(&self, policy: &AttemptPolicy, now: Timestamp, just_set: bool) -> Lock {
        Lock {
            until: self.lock_end(policy),
            since: self.barred_since.or(self.locked_at).unwrap_or(now),
            just_set,
        }
    }
}

#[cfg(test)]
mod tests;
