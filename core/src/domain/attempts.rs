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
            return Reservation::Locked(self.lock_seen(policy, just_set));
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
                Settlement::Locked(self.lock_seen(policy, true))
            } else {
                Settlement::Lost
            };
        }
        if verdict == Verdict::Unavailable && !just_set {
            return Settlement::Released;
        }
        if self.locked_at.is_some() {
            return Settlement::Locked(self.lock_seen(policy, just_set));
        }
        if verdict == Verdict::Right && !self.barred {
            return Settlement::Accepted;
        }
        if self.fail(policy, now) {
            return Settlement::Locked(self.lock_seen(policy, true));
        }
        if self.locked_at.is_some() {
            return Settlement::Locked(self.lock_seen(policy, false));
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
        !already_barred
    }

    fn lock_seen(&self, policy: &AttemptPolicy, just_set: bool) -> Lock {
        let until = match (self.locked_at, visible_duration(policy.lock)) {
            (Some(since), Some(lasts)) => Some(since.plus(lasts)),
            _ => None,
        };
        Lock { until, just_set }
    }
}

const fn visible_duration(lock: LockDuration) -> Option<Duration> {
    match lock {
        LockDuration::For(lasts) | LockDuration::UntilUnlockedShownAs(lasts) => Some(lasts),
        LockDuration::UntilUnlocked => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_unix_millis(1_000_000);
    const HALF_HOUR: Duration = Duration::from_secs(1800);

    fn policy(max_failures: u32, lock: LockDuration) -> AttemptPolicy {
        AttemptPolicy {
            max_failures: NonZeroU32::new(max_failures).unwrap(),
            lock,
            lease: Duration::from_secs(10),
        }
    }

    fn token(number: u8) -> LeaseToken {
        LeaseToken::from_bytes([number; 16])
    }

    fn guess(
        attempts: &mut Attempts,
        policy: &AttemptPolicy,
        now: Timestamp,
        verdict: Verdict,
    ) -> Settlement {
        match attempts.reserve(policy, now, token(0)) {
            Reservation::Granted { .. } => attempts.settle(policy, now, token(0), verdict),
            Reservation::Locked(lock) => Settlement::Locked(lock),
            Reservation::Busy => panic!("a single guess is never busy"),
        }
    }

    #[test]
    fn the_last_allowed_wrong_entry_itself_answers_the_lock() {
        let policy = policy(5, LockDuration::UntilUnlocked);
        let mut attempts = Attempts::default();
        for left in (1..5).rev() {
            assert_eq!(
                guess(&mut attempts, &policy, START, Verdict::Wrong),
                Settlement::Refused {
                    failures_left: left
                }
            );
        }
        assert_eq!(
            guess(&mut attempts, &policy, START, Verdict::Wrong),
            Settlement::Locked(Lock {
                until: None,
                just_set: true
            })
        );
        assert_eq!(
            guess(&mut attempts, &policy, START, Verdict::Right),
            Settlement::Locked(Lock {
                until: None,
                just_set: false
            })
        );
    }

    #[test]
    fn excess_concurrency_is_busy_and_costs_nothing() {
        let policy = policy(2, LockDuration::UntilUnlocked);
        let mut attempts = Attempts::default();
        for number in 0..2 {
            assert_eq!(
                attempts.reserve(&policy, START, token(number)),
                Reservation::Granted { barred: false }
            );
        }
        assert_eq!(
            attempts.reserve(&policy, START, token(2)),
            Reservation::Busy
        );
        assert_eq!(
            attempts.settle(&policy, START, token(0), Verdict::Right),
            Settlement::Accepted
        );
        assert_eq!(
            attempts.reserve(&policy, START, token(2)),
            Reservation::Granted { barred: false }
        );
    }

    #[test]
    fn a_reservation_nobody_settles_is_a_failure() {
        let policy = policy(1, LockDuration::For(HALF_HOUR));
        let mut attempts = Attempts::default();
        attempts.reserve(&policy, START, token(1));
        let later = START.plus(policy.lease);
        assert_eq!(
            attempts.settle(&policy, later, token(1), Verdict::Right),
            Settlement::Locked(Lock {
                until: Some(later.plus(HALF_HOUR)),
                just_set: true
            })
        );
        assert_eq!(
            attempts.settle(&policy, later, token(1), Verdict::Right),
            Settlement::Lost
        );
    }

    #[test]
    fn the_lock_wins_over_a_right_guess_in_flight() {
        let policy = policy(2, LockDuration::UntilUnlocked);
        let mut attempts = Attempts::default();
        attempts.reserve(&policy, START, token(1));
        attempts.reserve(&policy, START, token(2));
        attempts.settle(&policy, START, token(1), Verdict::Wrong);
        let later = START.plus(Duration::from_secs(1));
        attempts.reserve(&policy, later, token(3));
        assert_eq!(
            attempts.settle(&policy, later, token(2), Verdict::Wrong),
            Settlement::Locked(Lock {
                until: None,
                just_set: true
            })
        );
    }

    #[test]
    fn an_unavailable_back_end_is_not_charged() {
        let policy = policy(1, LockDuration::UntilUnlocked);
        let mut attempts = Attempts::default();
        for _ in 0..20 {
            assert_eq!(
                guess(&mut attempts, &policy, START, Verdict::Unavailable),
                Settlement::Released
            );
        }
        assert!(attempts.is_blank());
    }

    #[test]
    fn a_timed_lock_ends_and_counting_starts_anew() {
        let policy = policy(2, LockDuration::For(HALF_HOUR));
        let mut attempts = Attempts::default();
        guess(&mut attempts, &policy, START, Verdict::Wrong);
        guess(&mut attempts, &policy, START, Verdict::Wrong);
        let end = START.plus(HALF_HOUR);
        assert!(attempts.is_locked_at(&policy, end.minus(Duration::from_millis(1))));
        assert_eq!(
            guess(&mut attempts, &policy, end, Verdict::Right),
            Settlement::Accepted
        );
    }

    #[test]
    fn a_concealed_lock_looks_timed_and_refuses_what_is_right() {
        let policy = policy(2, LockDuration::UntilUnlockedShownAs(HALF_HOUR));
        let mut attempts = Attempts::default();
        guess(&mut attempts, &policy, START, Verdict::Wrong);
        let lock = Lock {
            until: Some(START.plus(HALF_HOUR)),
            just_set: true,
        };
        assert_eq!(
            guess(&mut attempts, &policy, START, Verdict::Wrong),
            Settlement::Locked(lock)
        );
        let end = START.plus(HALF_HOUR);
        assert_eq!(
            attempts.reserve(&policy, end, token(9)),
            Reservation::Granted { barred: true }
        );
        assert_eq!(
            attempts.settle(&policy, end, token(9), Verdict::Right),
            Settlement::Refused { failures_left: 1 }
        );
        assert!(attempts.is_locked_at(&policy, end));
        // The second visible lock is no news.
        assert_eq!(
            guess(&mut attempts, &policy, end, Verdict::Wrong),
            Settlement::Locked(Lock {
                until: Some(end.plus(HALF_HOUR)),
                just_set: false
            })
        );
        assert!(attempts.unlock(&policy, end));
        assert_eq!(
            guess(&mut attempts, &policy, end, Verdict::Right),
            Settlement::Accepted
        );
    }

    #[derive(Clone, Debug)]
    enum Step {
        Reserve(u8),
        Settle(u8, Verdict),
        Pass(u16),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let verdict = prop_oneof![
            1 => Just(Verdict::Right),
            4 => Just(Verdict::Wrong),
            1 => Just(Verdict::Unavailable)
        ];
        prop::collection::vec(
            prop_oneof![
                4 => (0u8..24).prop_map(Step::Reserve),
                4 => ((0u8..24), verdict).prop_map(|(token, verdict)| Step::Settle(token, verdict)),
                1 => (0u16..12_000).prop_map(Step::Pass),
            ],
            0..200,
        )
    }

    proptest! {
        /// Under any interleaving: at most the limit is evaluated between two right guesses, no
        /// right guess is accepted while locked, and the lock is announced exactly once.
        #[test]
        fn the_budget_holds_under_any_schedule(steps in steps(), limit in 1u32..8) {
            let policy = policy(limit, LockDuration::UntilUnlocked);
            let mut attempts = Attempts::default();
            let mut now = START;
            let mut evaluated = 0u32;
            let mut announced = 0;
            let mut locked = false;
            for step in steps {
                let lock = match step {
                    Step::Pass(millis) => {
                        now = now.plus(Duration::from_millis(u64::from(millis)));
                        None
                    }
                    Step::Reserve(number) => {
                        let lease = attempts.leases.get(&token(number));
                        let held = lease.is_some_and(|expires| *expires > now);
                        match attempts.reserve(&policy, now, token(number)) {
                            Reservation::Granted { .. } => {
                                evaluated += u32::from(!held);
                                None
                            }
                            Reservation::Locked(lock) => Some(lock),
                            Reservation::Busy => None,
                        }
                    }
                    Step::Settle(number, verdict) => {
                        match attempts.settle(&policy, now, token(number), verdict) {
                            Settlement::Accepted => {
                                prop_assert!(!locked);
                                evaluated = u32::try_from(attempts.leases.len()).unwrap();
                                None
                            }
                            Settlement::Released => {
                                evaluated -= 1;
                                None
                            }
                            Settlement::Locked(lock) => Some(lock),
                            Settlement::Refused { failures_left } => {
                                prop_assert!(failures_left > 0);
                                None
                            }
                            Settlement::Lost => None,
                        }
                    }
                };
                if let Some(lock) = lock {
                    announced += u32::from(lock.just_set);
                    locked = true;
                }
                prop_assert!(evaluated <= limit);
                prop_assert!(attempts.failures <= limit);
                prop_assert!(
                    attempts.locked_at.is_some()
                        || attempts.failures + u32::try_from(attempts.leases.len()).unwrap() <= limit
                );
            }
            prop_assert!(announced <= 1);
            prop_assert_eq!(announced == 1, locked);
        }
    }
}
