//! The scripts in Lua and the state machines in Rust, side by side: whatever the schedule, both
//! answer the same.

use std::num::NonZeroU32;
use std::time::Duration;

use warifu_contracts::case::rounds;
use warifu_contracts::samples::{
    SeededRandomness, certificate, client_key, contract, hash, lease, policy_of, reissue_id,
    server_key, user, user_id,
};
use warifu_contracts::{Fixture, StoreClock};
use warifu_core::domain::attempts::{
    AttemptPolicy, Attempts, BrowserSlot, DayLimit, Lane, LaneLimits, LockDuration, Purpose,
    Reservation, Verdict,
};
use warifu_core::domain::retrieval_record::{
    HandOverWay, ISSUE_LEASE, MarkedRequest, NewRetrievalPassword, REMEMBERED_REISSUES,
    ReissueRoute, RetrievalSettlement, RetrievalState, RetrievalVerdict,
};
use warifu_core::domain::{IdempotencyKey, LeaseToken, PersonIdentity, RequestDigest, Timestamp};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, HeldLock, RetrievalPasswordStore, StoredReservation,
};
use warifu_redis::RedisStore;

use warifu_test_support::redis::{RedisServer, fixture};

/// Random numbers of one schedule.
struct Dice(SeededRandomness);

impl Dice {
    fn below(&self, limit: u64) -> u64 {
        self.0.next_number() % limit
    }

    fn number(&self, limit: u64) -> usize {
        usize::try_from(self.below(limit)).expect("a small number")
    }

    fn of<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.number(choices.len() as u64)]
    }

    fn policy(&self) -> AttemptPolicy {
        let shown = Duration::from_secs(self.of(&[5, 30, 1800]));
        let lock = self.of(&[
            LockDuration::For(shown),
            LockDuration::UntilUnlocked,
            LockDuration::UntilUnlockedShownAs(shown),
        ]);
        policy_of(u32::try_from(1 + self.below(6)).expect("small"), lock)
    }

    fn policy_of_a_lane(&self) -> AttemptPolicy {
        let policy = self.policy();
        match self.below(3) {
            0 => policy,
            _ => AttemptPolicy {
                lane: self.lane_limits(),
                ..policy
            },
        }
    }

    fn lane_limits(&self) -> LaneLimits {
        let longest = Duration::from_secs(self.of(&[1, 60, 3_600, 86_400]));
        let most = u32::try_from(1 + self.below(12)).expect("small");
        LaneLimits {
            longest_lock: self.of(&[None, Some(longest)]),
            day: self.of(&[
                None,
                NonZeroU32::new(most).map(|most| DayLimit {
                    most,
                    renewed: most.get() % 2 == 0,
                }),
            ]),
        }
    }

    async fn pass_time(&self, clock: &dyn StoreClock) {
        let millis = self.of(&[
            1, 900, 4_999, 5_000, 9_999, 10_000, 29_999, 30_000, 700_000, 3_600_000, 40_000_000,
        ]);
        clock.advance(Duration::from_millis(millis)).await;
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// One of a few requests that are sent again and again.
fn request(number: usize) -> Option<MarkedRequest> {
    let key = IdempotencyKey::parse(&format!("order-{number}"))?;
    Some(MarkedRequest {
        digest: RequestDigest::of(&user(9), &user(1), &key),
        remember_for: MINUTE * 10,
    })
}

struct Schedule {
    seed: u64,
    dice: Dice,
    store: Fixture<RedisStore>,
}

impl Schedule {
    async fn now(&self) -> Timestamp {
        self.store.clock.now().await
    }

    fn lease(&self) -> LeaseToken {
        lease(self.dice.number(8))
    }
}

/// Plays `steps` of the counters of two users.
async fn play_attempts(schedule: &Schedule, steps: usize) {
    let Schedule { seed, dice, store } = schedule;
    let port: &dyn AttemptStore = store.port.as_ref();
    let mut policy = dice.policy_of_a_lane();
    let keys = [
        AttemptKey::of(user(1), Purpose::Otp),
        AttemptKey::login(user(2), Lane::KnownBrowser(BrowserSlot::default())),
    ];
    let mut expected = [Attempts::default(), Attempts::default()];
    for step in 0..steps {
        let which = dice.number(2);
        let (key, rules) = (&keys[which], &mut expected[which]);
        let token = schedule.lease();
        let now = schedule.now().await;
        let context = format!("seed {seed}, step {step}");
        match dice.below(20) {
            0..7 => {
                let answer = port.reserve(key, &policy, token).await.expect("an answer");
                let answer = match answer {
                    StoredReservation::Granted(GrantedAttempt {
                        barred,
                        stored_hash: None,
                    }) => Reservation::Granted { barred },
                    StoredReservation::Granted(other) => panic!("{context}: {other:?}"),
                    StoredReservation::Busy => Reservation::Busy,
                    StoredReservation::Locked(lock) => Reservation::Locked(lock),
                    StoredReservation::Suspended { until } => Reservation::Suspended { until },
                };
                assert_eq!(answer, rules.reserve(&policy, now, token), "{context}");
            }
            7..15 => {
                let verdicts = [
                    Verdict::Wrong,
                    Verdict::Wrong,
                    Verdict::Right,
                    Verdict::Undecided,
                    Verdict::NotAsked,
                    Verdict::Withdrawn,
                ];
                let verdict = dice.of(&verdicts);
                let answer = port
                    .settle(key, &policy, token, verdict)
                    .await
                    .expect("an answer");
                assert_eq!(
                    answer,
                    rules.settle(&policy, now, token, verdict),
                    "{context}"
                );
            }
            15 if which == 0 => {
                let answer = port.unlock(&user(1), Purpose::Otp, &policy).await;
                assert_eq!(answer, Ok(rules.unlock(&policy, now)), "{context}");
            }
            16 if which == 0 => {
                let locks = port.locks(&contract(), &[user_id(1)], &|_| policy).await;
                let locked = locks.expect("an answer")[0].contains(&HeldLock::of(Purpose::Otp));
                assert_eq!(locked, rules.is_locked_at(&policy, now), "{context}");
            }
            // A bank changes its limits now and then.
            17 if dice.below(10) == 0 => policy = dice.policy_of_a_lane(),
            _ => dice.pass_time(store.clock.as_ref()).await,
        }
    }
}

/// Plays `steps` of the retrieval password of one user.
async fn play_retrieval(schedule: &Schedule, steps: usize) {
    let Schedule { seed, dice, store } = schedule;
    let port: &dyn RetrievalPasswordStore = store.port.as_ref();
    let mut policy = dice.policy();
    let (subject, own) = (user(3), user_id(3));
    let mut rules = RetrievalState::default();
    for step in 0..steps {
        let token = schedule.lease();
        let now = schedule.now().await;
        let context = format!("seed {seed}, step {step}");
        let id = reissue_id(dice.number(5));
        let key = if dice.below(2) == 0 {
            client_key(dice.number(3))
        } else {
            server_key(dice.number(3))
        };
        match dice.below(24) {
            0..7 => {
                let answer = port.reserve(&subject, &policy, token).await;
                assert_eq!(answer, Ok(rules.reserve(&policy, now, token)), "{context}");
            }
            7..15 => {
                let verdict = match dice.below(8) {
                    0 => RetrievalVerdict::Wrong,
                    1 => RetrievalVerdict::Undecided,
                    2 => RetrievalVerdict::NotAsked,
                    3 => RetrievalVerdict::Withdrawn,
                    _ => RetrievalVerdict::Right { record: id, key },
                };
                let answer = port.settle(&subject, &policy, token, verdict).await;
                let expected = rules.settle(&policy, now, token, verdict);
                assert_eq!(answer, Ok(expected), "{context}");
            }
            15 | 16 => {
                let given = certificate(dice.number(100), now);
                let answer = port
                    .store_certificate(&subject, id, key, given.clone())
                    .await;
                assert_eq!(
                    answer,
                    Ok(rules.store_certificate(id, key, given)),
                    "{context}"
                );
            }
            17 => {
                let answer = port.cancel(&subject, id).await;
                assert_eq!(answer, Ok(rules.cancel(id, now)), "{context}");
            }
            18 | 19 => {
                let new = NewRetrievalPassword {
                    id,
                    hash: hash(dice.number(100)),
                    operator: dice.of(&["admin01", "two words", ""]).to_owned(),
                    route: dice.of(&[
                        ReissueRoute::Administrator,
                        ReissueRoute::SelfService,
                        ReissueRoute::Paper,
                    ]),
                    valid_for: Duration::from_secs(dice.of(&[20, 60, 7 * 86_400])),
                    hold_for: Duration::from_secs(dice.of(&[0, 0, 10])),
                    request: dice.of(&[None, request(0), request(1), request(2)]),
                    verified_at: dice.of(&[None, Some(now), Some(now.minus(MINUTE))]),
                    identity: PersonIdentity::parse(dice.of(&["", "person-1", "person-2"])),
                };
                let answer = port.reissue(&subject, new.clone(), &policy).await;
                assert_eq!(
                    answer,
                    Ok(rules.reissue(&own, new, &policy, now)),
                    "{context}"
                );
            }
            20 => {
                let found = port.find(&contract(), id).await;
                let expected = rules.knows(id).then(|| own.clone());
                assert_eq!(found, Ok(expected), "{context}");
            }
            21 if dice.below(10) == 0 => policy = dice.policy(),
            22 => {
                let way = dice.of(&HandOverWay::ALL);
                let answer = port.hand_over(&subject, id, way).await;
                assert_eq!(answer, Ok(rules.hand_over(id, way, now)), "{context}");
            }
            _ => dice.pass_time(store.clock.as_ref()).await,
        }
        let now = schedule.now().await;
        let statuses = port
            .statuses(&contract(), std::slice::from_ref(&own), &policy)
            .await;
        assert_eq!(statuses, Ok(vec![rules.status(&policy, now)]), "{context}");
        if step % 8 == 0 {
            let listed = port.reissues(&contract(), Some(&own), &policy, 100).await;
            let mut expected = rules.reissues(&own, &policy, now);
            expected.sort_by_key(|reissue| std::cmp::Reverse(reissue.issued_at));
            assert_eq!(listed, Ok(expected), "{context}");
        }
    }
}

/// Reissues in a row, so many that the oldest are forgotten and asked for all the same.
async fn play_reissues(schedule: &Schedule, steps: usize) {
    let Schedule { seed, dice, store } = schedule;
    let port: &dyn RetrievalPasswordStore = store.port.as_ref();
    let policy = dice.policy();
    let (subject, own) = (user(4), user_id(4));
    let mut rules = RetrievalState::default();
    let mut issued = 0;
    for step in 0..steps {
        let now = schedule.now().await;
        let context = format!("seed {seed}, step {step}");
        // Mostly what nobody has seen yet; now and then any of all that ever were.
        let id = match dice.below(4) {
            0 if issued > 0 => reissue_id(dice.number(issued as u64)),
            _ => {
                issued += 1;
                reissue_id(issued)
            }
        };
        let new = NewRetrievalPassword {
            id,
            hash: hash(step),
            operator: "admin01".to_owned(),
            route: ReissueRoute::Administrator,
            valid_for: Duration::from_secs(dice.of(&[60, 7 * 86_400])),
            hold_for: Duration::ZERO,
            request: None,
            verified_at: None,
            identity: None,
        };
        let answer = port.reissue(&subject, new.clone(), &policy).await;
        let expected = rules.reissue(&own, new, &policy, now);
        assert_eq!(answer, Ok(expected), "{context}");

        let any = reissue_id(dice.number(issued as u64 + 1));
        let found = port.find(&contract(), any).await;
        let expected = rules.knows(any).then(|| own.clone());
        assert_eq!(found, Ok(expected), "{context}");
        if dice.below(4) == 0 {
            let answer = port.cancel(&subject, any).await;
            assert_eq!(answer, Ok(rules.cancel(any, now)), "{context}");
        }
        let listed = port.reissues(&contract(), Some(&own), &policy, 1_000).await;
        let expected = rules.reissues(&own, &policy, now);
        assert_eq!(listed, Ok(expected), "{context}");
        dice.pass_time(store.clock.as_ref()).await;
    }
    let listed = rules.reissues(&own, &policy, schedule.now().await).len();
    assert_eq!(
        listed,
        REMEMBERED_REISSUES + 1,
        "seed {seed}: the schedule reaches what is remembered"
    );
}

/// Claims of one password by keys that servers made, taken over to the millisecond where a server
/// takes too long.
async fn play_claims(schedule: &Schedule, steps: usize) {
    let Schedule { seed, dice, store } = schedule;
    let port: &dyn RetrievalPasswordStore = store.port.as_ref();
    let policy = policy_of(10_000, LockDuration::UntilUnlocked);
    let (subject, own) = (user(5), user_id(5));
    let mut rules = RetrievalState::default();
    let new = NewRetrievalPassword {
        id: reissue_id(1),
        hash: hash(1),
        operator: "admin01".to_owned(),
        route: ReissueRoute::SelfService,
        valid_for: Duration::from_secs(7 * 86_400),
        hold_for: Duration::ZERO,
        request: None,
        verified_at: None,
        identity: None,
    };
    let now = schedule.now().await;
    let answer = port.reissue(&subject, new.clone(), &policy).await;
    assert_eq!(answer, Ok(rules.reissue(&own, new, &policy, now)));
    let mut taken_over = 0;
    for step in 0..steps {
        let token = lease(step);
        let now = schedule.now().await;
        let context = format!("seed {seed}, step {step}");
        let answer = port.reserve(&subject, &policy, token).await;
        assert_eq!(answer, Ok(rules.reserve(&policy, now, token)), "{context}");
        let verdict = RetrievalVerdict::Right {
            record: reissue_id(1),
            key: server_key(dice.number(3)),
        };
        let answer = port.settle(&subject, &policy, token, verdict).await;
        let expected = rules.settle(&policy, now, token, verdict);
        taken_over += usize::from(matches!(
            expected,
            RetrievalSettlement::Won { abandoned: Some(_) }
        ));
        assert_eq!(answer, Ok(expected), "{context}");
        let just_short = ISSUE_LEASE.saturating_sub(Duration::from_millis(1));
        let passes = dice.of(&[Duration::from_millis(1), just_short, ISSUE_LEASE]);
        store.clock.advance(passes).await;
    }
    assert!(taken_over > 0, "seed {seed}: the schedule takes over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_schedule_of_claims_is_taken_over_as_the_rules_say() {
    let server = RedisServer::start_quick();
    for seed in 0..rounds(20, 1_000) as u64 {
        let store = fixture(server.servers()).await;
        let schedule = Schedule {
            seed,
            dice: Dice(SeededRandomness::new(seed)),
            store,
        };
        play_claims(&schedule, 60).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_schedule_of_reissues_is_remembered_as_the_rules_say() {
    let server = RedisServer::start_quick();
    for seed in 0..rounds(20, 1_000) as u64 {
        let store = fixture(server.servers()).await;
        let schedule = Schedule {
            seed,
            dice: Dice(SeededRandomness::new(seed)),
            store,
        };
        play_reissues(&schedule, 4 * REMEMBERED_REISSUES).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_schedule_of_attempts_is_answered_as_the_rules_say() {
    let server = RedisServer::start_quick();
    for seed in 0..rounds(40, 2_000) as u64 {
        let store = fixture(server.servers()).await;
        let schedule = Schedule {
            seed,
            dice: Dice(SeededRandomness::new(seed)),
            store,
        };
        play_attempts(&schedule, 150).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_schedule_of_redemptions_is_answered_as_the_rules_say() {
    let server = RedisServer::start_quick();
    for seed in 0..rounds(40, 2_000) as u64 {
        let store = fixture(server.servers()).await;
        let schedule = Schedule {
            seed,
            dice: Dice(SeededRandomness::new(seed)),
            store,
        };
        play_retrieval(&schedule, 150).await;
    }
}
