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
            since: START,
            just_set: true
        })
    );
    assert_eq!(
        guess(&mut attempts, &policy, START, Verdict::Right),
        Settlement::Locked(Lock {
            until: None,
            since: START,
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
            since: later,
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
            since: later,
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
        since: START,
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
            since: START,
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
