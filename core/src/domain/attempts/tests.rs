use std::collections::btree_map::Entry;
use std::num::NonZeroU32;

use super::*;
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_unix_millis(1_000_000);
const HALF_HOUR: Duration = Duration::from_secs(1800);

fn policy(max_failures: u32, lock: LockDuration) -> AttemptPolicy {
    AttemptPolicy {
        max_failures: NonZeroU32::new(max_failures).unwrap(),
        lock,
        lease: Duration::from_secs(10),
        lane: LaneLimits::default(),
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
        Reservation::Busy | Reservation::Suspended { .. } => {
            panic!("a single guess is always looked at")
        }
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
fn a_reservation_nobody_settles_is_released() {
    let policy = policy(1, LockDuration::For(HALF_HOUR));
    let mut attempts = Attempts::default();
    attempts.reserve(&policy, START, token(1));
    let later = START.plus(policy.lease);
    for verdict in [Verdict::Right, Verdict::Wrong] {
        let late = attempts.settle(&policy, later, token(1), verdict);
        assert_eq!(late, Settlement::Lost);
    }
    assert!(!attempts.is_locked_at(&policy, later));
    assert_eq!(
        guess(&mut attempts, &policy, later, Verdict::Right),
        Settlement::Accepted
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
            guess(&mut attempts, &policy, START, Verdict::NotAsked),
            Settlement::Released
        );
    }
    assert!(attempts.is_blank());
    for _ in 0..UNANSWERED_ENTRIES {
        assert_eq!(
            guess(&mut attempts, &policy, START, Verdict::Undecided),
            Settlement::Released
        );
    }
    let until = START.plus(UNANSWERED_WINDOW);
    assert_eq!(
        attempts.reserve(&policy, START, token(1)),
        Reservation::Suspended { until }
    );
    assert!(attempts.unlock(&policy, until) || attempts.is_blank());
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

#[test]
fn a_withdrawn_lock_leaves_a_concealed_one_of_before() {
    let policy = policy(1, LockDuration::UntilUnlockedShownAs(HALF_HOUR));
    let mut attempts = Attempts::default();
    guess(&mut attempts, &policy, START, Verdict::Wrong);
    let end = START.plus(HALF_HOUR);
    guess(&mut attempts, &policy, end, Verdict::Wrong);
    let withdrawn = attempts.settle(&policy, end, token(0), Verdict::Withdrawn);
    assert_eq!(withdrawn, Settlement::Released);
    assert!(
        attempts.is_locked_at(&policy, end),
        "the first lock was answered"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Reserve(u8),
    Settle(u8, Verdict),
    Pass(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![
        1 => Just(Verdict::Right),
        4 => Just(Verdict::Wrong),
        1 => Just(Verdict::Undecided),
        1 => Just(Verdict::NotAsked),
        2 => Just(Verdict::Withdrawn),
    ];
    prop::collection::vec(
        prop_oneof![
            4 => (0u8..24).prop_map(Step::Reserve),
            4 => ((0u8..24), verdict).prop_map(|(token, verdict)| Step::Settle(token, verdict)),
            1 => (0u32..12_000).prop_map(Step::Pass),
            1 => (0u32..900_000).prop_map(Step::Pass),
        ],
        0..200,
    )
}

/// What somebody outside knows of one counter.
#[derive(Default)]
struct Outside {
    /// Entries answered "wrong" since the last right one, by their tokens.
    wrong: Vec<u8>,
    /// When entries were left without an answer.
    unanswered: Vec<Timestamp>,
    /// When open reservations end.
    open: BTreeMap<u8, Timestamp>,
    is_locked: bool,
}

impl Outside {
    fn pass_to(&mut self, now: Timestamp) {
        let lapsed: Vec<u8> = self
            .open
            .iter()
            .filter(|(_, end)| **end <= now)
            .map(|(token, _)| *token)
            .collect();
        for token in lapsed {
            let end = self.open.remove(&token);
            self.unanswered.extend(end);
        }
        self.unanswered
            .retain(|at| at.plus(UNANSWERED_WINDOW) > now);
    }
}

proptest! {
    /// Under any schedule: nobody is locked who was not answered "wrong" as often as the limit
    /// says, no more wrong entries are answered between two right ones, no more than ten others
    /// are let through in ten minutes, and no right entry is accepted while locked.
    #[test]
    fn the_budget_holds_under_any_schedule(steps in steps(), limit in 1u32..8) {
        let policy = policy(limit, LockDuration::UntilUnlocked);
        let mut attempts = Attempts::default();
        let mut now = START;
        let mut outside = Outside::default();
        for step in steps {
            outside.pass_to(now);
            match step {
                Step::Pass(millis) => now = now.plus(Duration::from_millis(u64::from(millis))),
                Step::Reserve(number) => match attempts.reserve(&policy, now, token(number)) {
                    Reservation::Granted { .. } => {
                        prop_assert!(!outside.is_locked);
                        // Asking again takes no second place.
                        if let Entry::Vacant(place) = outside.open.entry(number) {
                            place.insert(now.plus(policy.lease));
                            let open = outside.open.len();
                            prop_assert!(open + outside.wrong.len() <= limit as usize);
                            prop_assert!(open + outside.unanswered.len() <= UNANSWERED_ENTRIES);
                        }
                    }
                    Reservation::Locked(lock) => prop_assert!(outside.is_locked && !lock.just_set),
                    Reservation::Busy => prop_assert!(!outside.is_locked && !outside.open.is_empty()),
                    Reservation::Suspended { .. } => {
                        prop_assert!(outside.unanswered.len() >= UNANSWERED_ENTRIES);
                    }
                },
                Step::Settle(number, verdict) => {
                    let was_open = outside.open.remove(&number).is_some();
                    match attempts.settle(&policy, now, token(number), verdict) {
                        Settlement::Accepted => {
                            prop_assert!(was_open && !outside.is_locked && verdict == Verdict::Right);
                            outside.wrong.clear();
                            outside.unanswered.clear();
                        }
                        Settlement::Released if was_open => {
                            if verdict != Verdict::NotAsked {
                                outside.unanswered.push(now);
                            }
                        }
                        Settlement::Released => {
                            let place = outside.wrong.iter().position(|wrong| *wrong == number);
                            prop_assert!(place.is_some() && verdict == Verdict::Withdrawn);
                            outside.wrong.remove(place.unwrap());
                            outside.is_locked = false;
                            outside.unanswered.push(now);
                        }
                        Settlement::Locked(lock) => {
                            prop_assert!(was_open);
                            prop_assert_eq!(lock.just_set, !outside.is_locked);
                            if lock.just_set {
                                prop_assert_eq!(verdict, Verdict::Wrong);
                                outside.wrong.push(number);
                                prop_assert_eq!(outside.wrong.len(), limit as usize);
                                outside.is_locked = true;
                            }
                        }
                        Settlement::Refused { failures_left } => {
                            prop_assert!(was_open && verdict == Verdict::Wrong);
                            outside.wrong.push(number);
                            prop_assert_eq!(outside.wrong.len() + failures_left as usize, limit as usize);
                            prop_assert!(failures_left > 0);
                        }
                        Settlement::Lost => prop_assert!(!was_open),
                    }
                }
            }
        }
    }
}

fn stranger(max_failures: u32) -> AttemptPolicy {
    Lane::Stranger.limits(policy(max_failures, LockDuration::For(HALF_HOUR)))
}

#[test]
fn the_parts_of_a_day_make_up_the_day() {
    let of = |lane: Lane| {
        let limits = lane.limits(policy(1_000_000, LockDuration::For(HALF_HOUR)));
        limits.lane.day.unwrap().most.get()
    };
    assert_eq!(Lane::all().map(of).sum::<u32>(), WRONG_ENTRIES_A_DAY);
}

#[test]
fn a_counter_of_before_there_were_lanes_begins_to_be_forgotten() {
    let before = policy(5, LockDuration::For(HALF_HOUR));
    let mut attempts = Attempts::default();
    guess(&mut attempts, &before, START, Verdict::Wrong);
    let later = START.plus(DAY);
    let seen = guess(&mut attempts, &stranger(5), later, Verdict::NotAsked);
    assert_eq!(seen, Settlement::Released);
    let end = later.plus(HALF_HOUR);
    assert_eq!(attempts.ends_at(&stranger(5)), Some(end));
    guess(&mut attempts, &stranger(5), end, Verdict::NotAsked);
    assert!(attempts.is_blank());
}

#[test]
fn a_concealed_lock_of_strangers_grows_as_it_looks_and_never_ends() {
    let concealed = LockDuration::UntilUnlockedShownAs(HALF_HOUR);
    let policies = [concealed, LockDuration::For(HALF_HOUR)]
        .map(|lock| Lane::Stranger.limits(policy(2, lock)));
    let mut counters = [Attempts::default(), Attempts::default()];
    let mut now = START;
    for number in 0..20 {
        let seen = [0, 1].map(|of| guess(&mut counters[of], &policies[of], now, Verdict::Wrong));
        let until = seen.map(|settlement| match settlement {
            Settlement::Locked(lock) => lock.until,
            _ => None,
        });
        assert_eq!(until[0], until[1], "entry {number}");
        now = until[0].unwrap_or(now);
    }
    now = now.plus(DAY * 365);
    assert!(counters[0].is_locked_at(&policies[0], now));
    assert!(!counters[1].is_locked_at(&policies[1], now));
    assert_eq!(counters[0].ends_at(&policies[0]), None);
}

proptest! {
    /// What a store may forget at `ends_at` is blank by then, and not a moment before.
    #[test]
    fn a_counter_is_blank_when_it_ends_and_not_before(
        steps in prop::collection::vec((0u8..8, 0u8..4, 0u64..5_000_000), 1..60),
        max_failures in 1u32..8,
        lane in 0usize..3,
    ) {
        let lane = [Lane::Stranger, Lane::Certificate, Lane::KnownBrowser(BrowserSlot::default())][lane];
        let policy = lane.limits(policy(max_failures, LockDuration::For(HALF_HOUR)));
        let mut attempts = Attempts::default();
        let mut now = START;
        for (number, verdict, passes) in steps {
            attempts.reserve(&policy, now, token(number));
            let verdicts = [Verdict::Wrong, Verdict::Right, Verdict::Undecided, Verdict::Withdrawn];
            if number % 3 > 0 {
                attempts.settle(&policy, now, token(number), verdicts[usize::from(verdict)]);
            }
            if let Some(end) = attempts.ends_at(&policy).filter(|_| !attempts.is_blank()) {
                let blank_at = |at: Timestamp| {
                    let mut seen = attempts.clone();
                    seen.advance(&policy, at);
                    seen.advance(&policy, at);
                    seen.is_blank()
                };
                prop_assert!(blank_at(end), "{attempts:?} at its end");
                if end > now {
                    prop_assert!(!blank_at(end.minus(Duration::from_millis(1))), "{attempts:?}");
                }
            }
            now = now.plus(Duration::from_millis(passes));
        }
    }
}
