//! The life of a retrieval password, tried under any schedule: whoever retries, dies, races or
//! comes too late. What a store is asked to persist is read back after every step.

mod remembered;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use warifu_contracts::samples::{
    START, VALID_FOR, certificate, client_key, lease, new_password, reissue_id, retrieval_policy,
    server_key, user_id,
};
use warifu_core::domain::attempts::Charge;
use warifu_core::domain::retrieval_record::{
    Cancellation, ISSUE_LEASE, IssuedTimes, KeyOrigin, NewRetrievalPassword, NotRedeemable,
    RedeemingKey, ReissueAnswer, ReissueStatus, RetrievalReservation, RetrievalSettlement,
    RetrievalState, RetrievalVerdict, StoredCertificate,
};
use warifu_core::domain::{IssuedCertificate, Timestamp};

use steps::{Step, step};

const HOLD: Duration = Duration::from_mins(5);
const DAY: Duration = Duration::from_hours(24);

/// Two keys of customers, two of the server.
fn key(number: usize) -> RedeemingKey {
    if number < 2 {
        client_key(number)
    } else {
        server_key(number)
    }
}

/// What is seen from outside of one password.
struct Seen {
    from: Timestamp,
    until: Timestamp,
    winner: Option<(RedeemingKey, Timestamp)>,
    delivered: Option<IssuedCertificate>,
    is_taken_over: bool,
    is_cancelled: bool,
    charged: u32,
    /// The tokens of the failures among what was charged.
    counted: Vec<usize>,
    locks_reported: u32,
}

impl Seen {
    fn new(times: IssuedTimes) -> Self {
        Self {
            from: times.redeemable_from,
            until: times.expires_at,
            winner: None,
            delivered: None,
            is_taken_over: false,
            is_cancelled: false,
            charged: 0,
            counted: Vec::new(),
            locks_reported: 0,
        }
    }
}

/// Drives a state and checks every answer against what was seen before.
struct Observer {
    state: RetrievalState,
    now: Timestamp,
    seen: Vec<Seen>,
    certificates: usize,
}

impl Observer {
    fn new() -> Self {
        let state = RetrievalState::default();
        let mut observer = Self {
            state,
            now: START,
            seen: Vec::new(),
            certificates: 0,
        };
        observer.reissue(false);
        observer
    }

    fn current(&mut self) -> &mut Seen {
        self.seen.last_mut().expect("there is always a password")
    }

    fn is_current(&self, record: usize) -> bool {
        record + 1 == self.seen.len()
    }

    /// The record so many before the current one; the first of all at most.
    fn record(&self, back: usize) -> usize {
        self.seen.len().saturating_sub(1 + back)
    }

    fn reissue(&mut self, held: bool) {
        let hold_for = if held { HOLD } else { Duration::ZERO };
        let new = NewRetrievalPassword {
            hold_for,
            ..new_password(self.seen.len())
        };
        let answer = self
            .state
            .reissue(&user_id(1), new, &retrieval_policy(), self.now);
        let ReissueAnswer::Issued(times) = answer else {
            panic!("a fresh reissue was answered {answer:?}");
        };
        assert_eq!(times.issued_at, self.now);
        self.seen.push(Seen::new(times));
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Reissue { held } => self.reissue(held),
            Step::RepeatReissue => {
                let before = self.state.clone();
                let again = new_password(self.record(0));
                self.state
                    .reissue(&user_id(1), again, &retrieval_policy(), self.now);
                assert_eq!(self.state, before, "a repeated reissue changes nothing");
            }
            Step::Reserve { token } => self.reserve(token),
            Step::SettleWrong { token } => {
                let answer = self.settle(token, RetrievalVerdict::Wrong);
                assert_no_success(&answer);
            }
            Step::SettleUndecided { token } => {
                let answer = self.settle(token, RetrievalVerdict::Undecided);
                assert_no_success(&answer);
            }
            Step::Withdraw { token } => {
                self.settle(token, RetrievalVerdict::NotAsked);
                let answer = self.settle(token, RetrievalVerdict::Withdrawn);
                assert_no_success(&answer);
                self.note_withdrawn(token, &answer);
            }
            Step::SettleRight {
                token,
                records_back,
                key: number,
            } => {
                self.settle_right(token, self.record(records_back), key(number));
            }
            Step::Store {
                records_back,
                key: number,
            } => {
                self.store(self.record(records_back), key(number));
            }
            Step::Cancel { records_back } => self.cancel(self.record(records_back)),
            Step::Wait(duration) => self.now = self.now.plus(duration),
        }
        self.read_back();
        self.check_what_is_listed();
    }

    fn reserve(&mut self, token: usize) {
        match self
            .state
            .reserve(&retrieval_policy(), self.now, lease(token))
        {
            RetrievalReservation::Granted(candidate) => {
                let id = candidate.expect("there is always a password").id;
                assert_eq!(id, reissue_id(self.record(0)), "what is checked against");
                assert_eq!(self.current().locks_reported, 0, "granted behind a lock");
            }
            RetrievalReservation::Busy | RetrievalReservation::Suspended { .. } => {
                assert_eq!(self.current().locks_reported, 0);
            }
            RetrievalReservation::Locked(lock) => self.note_lock(lock.just_set),
        }
    }

    /// What is taken back was counted, and was the last that locked where nothing is locked now.
    fn note_withdrawn(&mut self, token: usize, answer: &RetrievalSettlement) {
        let most = retrieval_policy().max_failures.get();
        let seen = self.current();
        let counted = seen.counted.iter().position(|counted| *counted == token);
        match (answer, counted) {
            (RetrievalSettlement::Released, Some(place)) => {
                seen.counted.remove(place);
                seen.charged -= 1;
                if seen.charged < most {
                    seen.locks_reported = 0;
                }
            }
            (RetrievalSettlement::Released, None) => panic!("nothing of {token} was counted"),
            (_, Some(_)) => panic!("{token} stays counted: {answer:?}"),
            (_, None) => {}
        }
    }

    fn note_lock(&mut self, just_set: bool) {
        let seen = self.current();
        seen.locks_reported += u32::from(just_set);
        assert_eq!(seen.locks_reported, 1, "a lock is reported once");
    }

    fn settle(&mut self, token: usize, verdict: RetrievalVerdict) -> RetrievalSettlement {
        let answer = self
            .state
            .settle(&retrieval_policy(), self.now, lease(token), verdict);
        match &answer {
            RetrievalSettlement::Locked(lock)
            | RetrievalSettlement::NotRedeemable {
                charge: Charge::Locked(lock),
                ..
            } => {
                if lock.just_set {
                    self.current().charged += 1;
                    self.current().counted.push(token);
                }
                self.note_lock(lock.just_set);
            }
            RetrievalSettlement::NotRedeemable {
                charge: Charge::Counted { failures_left },
                ..
            } if *failures_left
                == retrieval_policy().max_failures.get() - self.current().charged =>
            {
                assert!(self.current().winner.is_some(), "excused without a winner");
            }
            RetrievalSettlement::Refused { failures_left }
            | RetrievalSettlement::NotRedeemable {
                charge: Charge::Counted { failures_left },
                ..
            } => {
                let most = retrieval_policy().max_failures.get();
                let seen = self.current();
                seen.charged += 1;
                seen.counted.push(token);
                assert_eq!(*failures_left, most - seen.charged);
                assert!(*failures_left > 0);
            }
            RetrievalSettlement::Won { abandoned: None } => self.current().charged += 1,
            _ => {}
        }
        let most = retrieval_policy().max_failures.get();
        assert!(self.current().charged <= most, "one password, one budget");
        answer
    }

    fn settle_right(&mut self, token: usize, record: usize, key: RedeemingKey) {
        let verdict = RetrievalVerdict::Right {
            record: reissue_id(record),
            key,
        };
        let is_locked = self.current().locks_reported > 0;
        let answer = self.settle(token, verdict);
        let (now, is_current) = (self.now, self.is_current(record));
        let seen = &mut self.seen[record];
        match answer {
            RetrievalSettlement::Won { abandoned } => {
                assert!(is_current && !is_locked && !seen.is_cancelled);
                assert!(
                    (seen.from..seen.until).contains(&now),
                    "redeemed outside of its time"
                );
                assert_eq!(seen.delivered, None, "won again after a delivery");
                match (abandoned, seen.winner.take()) {
                    (None, None) => {}
                    (Some(abandoned), Some((winner, since))) => {
                        assert_eq!(abandoned, winner.fingerprint);
                        assert_eq!(winner.origin, KeyOrigin::Server);
                        assert!(now.since(since) >= ISSUE_LEASE, "taken over too early");
                        seen.is_taken_over = true;
                    }
                    _ => panic!("the abandoned key is not the one that had won"),
                }
                seen.winner = Some((key, now));
            }
            RetrievalSettlement::SameKey { certificate } => {
                assert_eq!(seen.winner.map(|(winner, _)| winner), Some(key));
                assert_eq!(certificate.map(|certificate| *certificate), seen.delivered);
            }
            RetrievalSettlement::NotRedeemable { reason, .. } => match reason {
                NotRedeemable::Consumed => {
                    assert!(is_current);
                    let winner = seen.winner.expect("somebody has won").0;
                    assert_ne!(winner, key, "the winner was told that it is spent");
                }
                NotRedeemable::Stale => assert!(!is_current || seen.is_cancelled),
                NotRedeemable::Expired => assert!(seen.until <= now),
            },
            RetrievalSettlement::Held { redeemable_from } => {
                assert_eq!(redeemable_from, seen.from);
                assert!(now < seen.from);
            }
            RetrievalSettlement::Locked(_) | RetrievalSettlement::Lost => {}
            RetrievalSettlement::Refused { .. } | RetrievalSettlement::Released => {
                panic!("a right entry was answered {answer:?}")
            }
        }
    }

    fn store(&mut self, record: usize, key: RedeemingKey) {
        self.certificates += 1;
        let given = certificate(self.certificates, self.now.plus(DAY * 365));
        let is_current = self.is_current(record);
        let answer = self
            .state
            .store_certificate(reissue_id(record), key, given.clone());
        let seen = &mut self.seen[record];
        let is_winner = is_current && seen.winner.is_some_and(|(winner, _)| winner == key);
        match answer {
            StoredCertificate::Deliver(delivered) => {
                assert!(is_winner, "delivered to a key that has not won");
                let first = seen.delivered.get_or_insert(given);
                assert_eq!(*delivered, *first, "one password, one certificate");
            }
            StoredCertificate::NotYours => assert!(!is_winner, "the winner gets nothing"),
        }
    }

    fn cancel(&mut self, record: usize) {
        let is_current = self.is_current(record);
        let answer = self.state.cancel(reissue_id(record), self.now);
        let seen = &mut self.seen[record];
        match answer {
            Cancellation::Cancelled => {
                assert!(is_current && seen.winner.is_none() && self.now < seen.until);
                assert!(!seen.is_cancelled, "cancelled twice");
                seen.is_cancelled = true;
            }
            Cancellation::AlreadyVoid => {
                let is_void = !is_current || seen.is_cancelled || seen.until <= self.now;
                assert!(is_void && seen.delivered.is_none());
            }
            Cancellation::AlreadyRedeemed => assert!(seen.winner.is_some()),
            Cancellation::Unknown => assert!(self.seen.len() - record > 20, "forgotten early"),
        }
    }

    /// A store persists the state as text: nothing may be lost on the way.
    fn read_back(&mut self) {
        let stored = serde_json::to_string(&self.state).expect("a state can be written");
        let read: RetrievalState = serde_json::from_str(&stored).expect("a state can be read");
        assert_eq!(read, self.state);
        self.state = read;
    }

    fn check_what_is_listed(&self) {
        let policy = retrieval_policy();
        let reissues = self.state.reissues(&user_id(1), &policy, self.now);
        let newest_first = (0..self.seen.len()).rev().take(21).map(reissue_id);
        assert!(reissues.iter().map(|reissue| reissue.id).eq(newest_first));
        assert!(reissues.iter().all(|reissue| self.state.knows(reissue.id)));
        for (record, reissue) in (0..self.seen.len()).rev().zip(&reissues) {
            let seen = &self.seen[record];
            if seen.delivered.is_some() {
                assert_eq!(reissue.status, ReissueStatus::Redeemed, "record {record}");
            } else if seen.is_cancelled {
                assert_eq!(reissue.status, ReissueStatus::Cancelled, "record {record}");
            } else if !self.is_current(record) {
                let ended = [ReissueStatus::Superseded, ReissueStatus::Expired];
                assert!(
                    ended.contains(&reissue.status),
                    "record {record}: {:?}",
                    reissue.status
                );
            }
        }
        let status = self.state.status(&policy, self.now);
        assert_eq!(status.status, Some(reissues[0].status));
        let is_reported = self.seen.last().is_some_and(|seen| seen.locks_reported > 0);
        assert!(
            status.locked || !is_reported,
            "a lock is gone without a reissue"
        );
    }
}

fn assert_no_success(answer: &RetrievalSettlement) {
    assert!(
        matches!(
            answer,
            RetrievalSettlement::Refused { .. }
                | RetrievalSettlement::Locked(_)
                | RetrievalSettlement::Lost
                | RetrievalSettlement::Released
        ),
        "a wrong or unchecked entry was answered {answer:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: u32::try_from(warifu_contracts::case::rounds(64, 2_000)).unwrap_or(u32::MAX),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn one_password_yields_one_certificate_under_any_schedule(
        steps in prop::collection::vec(step(), 1..120)
    ) {
        let mut observer = Observer::new();
        for step in steps {
            observer.take(step);
        }
    }
}

#[test]
fn the_schedules_reach_every_end() {
    // A property that never sees a take-over says nothing about take-overs.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let schedules = prop::collection::vec(step(), 120);
    let mut reached = BTreeSet::new();
    for _ in 0..60 {
        let steps = schedules
            .new_tree(&mut runner)
            .expect("a schedule")
            .current();
        let mut observer = Observer::new();
        for step in steps {
            observer.take(step);
        }
        for seen in &observer.seen {
            let is_locked = seen.locks_reported > 0;
            reached.extend(is_locked.then_some("locked"));
            reached.extend((is_locked && seen.winner.is_some()).then_some("locked after it won"));
            reached.extend(seen.is_cancelled.then_some("cancelled"));
            reached.extend(seen.delivered.is_some().then_some("delivered"));
            reached.extend(seen.is_taken_over.then_some("taken over"));
        }
    }
    let expected = [
        "cancelled",
        "delivered",
        "locked",
        "locked after it won",
        "taken over",
    ];
    assert_eq!(reached, BTreeSet::from(expected));
}
