//! The judge is worth something: on stores that break a promise it finds out which.

use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use warifu_contracts::broken::{
    AttemptFlaw, CheckThenAct, FlawedAttempts, FlawedRetrievalPasswords, RetrievalFlaw,
};
use warifu_contracts::samples::{TestClock, reissue_id};
use warifu_core::domain::AuditEvent;

use super::history::Event;
use super::judge::{self, Violation};
use super::stores::Stores;
use super::{memory, play_alone, stores_of};

/// After so many schedules without a finding the judge is blind.
const PATIENCE: u64 = 3_000;

fn assert_found(expected: &Violation, make: impl Fn(Arc<TestClock>) -> Stores) {
    let kind: Discriminant<Violation> = discriminant(expected);
    let found = (0..PATIENCE).any(|seed| {
        let violations = play_alone(seed, &make).violations;
        violations.iter().any(|found| discriminant(found) == kind)
    });
    assert!(found, "in {PATIENCE} schedules never {expected:?}");
}

fn flawed(flaw: RetrievalFlaw) -> impl Fn(Arc<TestClock>) -> Stores {
    move |clock| {
        let Stores {
            attempts,
            retrieval_passwords,
        } = memory(clock);
        Stores {
            attempts,
            retrieval_passwords: Arc::new(FlawedRetrievalPasswords::new(retrieval_passwords, flaw)),
        }
    }
}

fn check_then_act(clock: Arc<TestClock>) -> Stores {
    stores_of(Arc::new(CheckThenAct::new(clock)))
}

#[test]
fn a_second_certificate_is_found() {
    let expected = Violation::SecondCertificate(reissue_id(0));
    assert_found(&expected, flawed(RetrievalFlaw::LetsEverybodyWin));
    assert_found(&expected, flawed(RetrievalFlaw::DeliversWhatIsGiven));
}

#[test]
fn guesses_that_nobody_charges_are_found() {
    let expected = Violation::TooManyGuesses(reissue_id(0));
    assert_found(&expected, flawed(RetrievalFlaw::ChargesNothing));
    assert_found(&expected, check_then_act);
}

#[test]
fn guesses_at_transaction_passwords_that_nobody_charges_are_found() {
    let expected = Violation::TooManyTransactionGuesses { administrator: 0 };
    assert_found(&expected, check_then_act);
}

fn miscounting(flaw: AttemptFlaw) -> impl Fn(Arc<TestClock>) -> Stores {
    move |clock| {
        let Stores {
            attempts,
            retrieval_passwords,
        } = memory(clock.clone());
        Stores {
            attempts: Arc::new(FlawedAttempts::new(attempts, clock, flaw)),
            retrieval_passwords,
        }
    }
}

#[test]
fn entries_that_were_not_answered_and_stay_counted_are_found() {
    let kept = miscounting(AttemptFlaw::KeepsWithdrawn);
    let expected = Violation::LockedWithoutFailures { administrator: 0 };
    assert_found(&expected, kept);
    let charged = miscounting(AttemptFlaw::ChargesAbandoned);
    assert_found(&expected, charged);
}

#[test]
fn passwords_that_redeem_after_they_were_taken_back_are_found() {
    let expected = Violation::RedeemedWhenVoid(reissue_id(0));
    assert_found(&expected, flawed(RetrievalFlaw::ForgetsCancellations));
}

#[test]
fn passwords_that_redeem_after_a_newer_one_was_shown_are_found() {
    let expected = Violation::RedeemedWhenVoid(reissue_id(0));
    assert_found(&expected, flawed(RetrievalFlaw::KeepsTheFirstPassword));
}

#[test]
fn passwords_that_were_shown_and_lost_are_found() {
    let flaw = RetrievalFlaw::KeepsTheFirstPassword;
    assert_found(&Violation::ShownAndLost(reissue_id(0)), flawed(flaw));
    assert_found(&Violation::NoFreshStart(reissue_id(0)), flawed(flaw));
    assert_found(&Violation::ShownAndLost(reissue_id(0)), check_then_act);
}

#[test]
fn successes_missing_from_the_log_are_found() {
    for missing in [
        AuditEvent::Reissued,
        AuditEvent::ReissueCancelled,
        AuditEvent::RetrievalEvaluated,
        AuditEvent::CertificateIssued,
        AuditEvent::CertificateDeliveredAgain,
    ] {
        let found = (0..PATIENCE).any(|seed| {
            let mut events = play_alone(seed, memory).events;
            let is_it = |event: &Event| match event {
                Event::Written(record) => record.event == missing,
                _ => false,
            };
            let complete = judge::not_written(&events);
            events.retain(|event| !is_it(event));
            complete.is_empty() && !judge::not_written(&events).is_empty()
        });
        assert!(found, "{missing} is not missed");
    }
}
