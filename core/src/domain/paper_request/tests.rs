mod values;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::{Edition, Subject};

const DAY: Duration = Duration::from_secs(86_400);
const FORTNIGHT: Duration = Duration::from_secs(14 * 86_400);
const START: Timestamp = Timestamp::from_unix_millis(1_767_225_600_000);

fn staff(id: &str) -> StaffSignature {
    StaffSignature {
        id: id.parse().unwrap(),
        name: format!("{id} さん"),
    }
}

fn facts(matters: &[Matter], checks: bool) -> PaperFacts {
    PaperFacts {
        edition: Edition::parse("standard").unwrap(),
        subject: Subject::new("1234567890".parse().unwrap(), "user01".parse().unwrap()),
        contract_name: "株式会社サンプル".to_owned(),
        user_name: "鈴木 一郎".to_owned(),
        matters: matters.iter().copied().collect(),
        received_on: "2025-12-31".parse().unwrap(),
        checks: PaperChecks {
            seal: checks,
            identity: checks,
            registered_address: checks,
        },
        scan_reference: PaperLine::parse("S-1").unwrap(),
        card_serial: None,
    }
}

const BOTH: &[Matter] = &[Matter::ReissueRetrievalPassword, Matter::UnlockLogin];

fn reissue(byte: u8) -> ReissueId {
    ReissueId::from_bytes([byte; 16])
}

fn draft(matters: &[Matter]) -> PaperRequest {
    let number = "KT7M9XHW".parse().unwrap();
    PaperRequest::draft(
        number,
        facts(matters, true),
        staff("maker"),
        START,
        FORTNIGHT,
    )
}

fn ask() -> PaperEvent {
    PaperEvent::AskForApproval {
        undecided_for: FORTNIGHT,
    }
}

fn why() -> PaperLine {
    PaperLine::parse("印影が違います").unwrap()
}

fn step(request: &PaperRequest, event: PaperEvent, by: &str) -> PaperRequest {
    request.apply(event, &staff(by), START).unwrap().0
}

/// A request in each state, from one that asks for a password and an unlock.
fn in_state(state: PaperState) -> PaperRequest {
    let draft = draft(BOTH);
    let pending = || step(&draft, ask(), "maker");
    let approved = || step(&pending(), PaperEvent::Approve, "checker");
    let issued = || {
        let begun = step(&approved(), PaperEvent::BeginNotice(reissue(1)), "printer");
        step(&begun, PaperEvent::FinishNotice(reissue(1)), "printer")
    };
    match state {
        PaperState::Draft => draft,
        PaperState::Pending => pending(),
        PaperState::Returned => step(&pending(), PaperEvent::Return { reason: why() }, "checker"),
        PaperState::Rejected => step(&pending(), PaperEvent::Reject { reason: why() }, "checker"),
        PaperState::Approved => approved(),
        PaperState::Issued => issued(),
        PaperState::Undeliverable => step(&issued(), PaperEvent::RecordReturnedMail, "printer"),
        PaperState::Completed => {
            let event = PaperEvent::CarryOut(Matter::UnlockLogin);
            let done = step(&issued(), event, "checker");
            step(&done, PaperEvent::Complete, "printer")
        }
        PaperState::Expired => pending().expired_at(START.plus(FORTNIGHT)).unwrap(),
        PaperState::Cancelled => step(&draft, PaperEvent::Cancel, "maker"),
    }
}

/// What comes of an event: the state after it, or a word for the refusal.
fn outcome(request: &PaperRequest, event: PaperEvent) -> Result<PaperState, &'static str> {
    let result = request.apply(event, &staff("other"), START.plus(DAY));
    result.map(|(next, _)| next.state()).map_err(word)
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn word(refusal: PaperRefusal) -> &'static str {
    match refusal {
        PaperRefusal::OwnRequest => "own",
        PaperRefusal::EditedRequest => "edited",
        PaperRefusal::Approver => "approver",
        PaperRefusal::AlreadyHandled { .. } => "handled",
        PaperRefusal::Expired => "expired",
        PaperRefusal::VersionConflict => "version",
        PaperRefusal::CheckMissing(_) => "check",
        PaperRefusal::NotApproved => "not approved",
        PaperRefusal::NoNotice => "no notice",
        PaperRefusal::AlreadyPrinted => "printed",
        PaperRefusal::BeingPrinted => "printing",
        PaperRefusal::NotPrinted => "not printed",
        PaperRefusal::Outstanding(_) => "outstanding",
    }
}

// In the order of the events of the table.
type Row = [Result<PaperState, &'static str>; 13];

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_pair_of_state_and_event_has_its_outcome() {
    use PaperState as S;
    let events: [(&str, PaperEvent); 13] = [
        ("edit", PaperEvent::Edit(Box::new(facts(BOTH, true)))),
        ("ask", ask()),
        ("approve", PaperEvent::Approve),
        ("reject", PaperEvent::Reject { reason: why() }),
        ("return", PaperEvent::Return { reason: why() }),
        ("cancel", PaperEvent::Cancel),
        ("carry out", PaperEvent::CarryOut(Matter::UnlockLogin)),
        ("begin", PaperEvent::BeginNotice(reissue(2))),
        ("abandon", PaperEvent::AbandonNotice(reissue(2))),
        ("finish", PaperEvent::FinishNotice(reissue(2))),
        ("mail", PaperEvent::RecordReturnedMail),
        ("complete", PaperEvent::Complete),
        ("carry out another", PaperEvent::CarryOut(Matter::UnlockOtp)),
    ];
    let undecided =
        |edit: Result<S, &'static str>, ask, decide: [Result<S, &'static str>; 3]| -> Row {
            let [approve, reject, give_back] = decide;
            let no = Err("not approved");
            let handled = Err("handled");
            [
                edit,
                ask,
                approve,
                reject,
                give_back,
                Ok(S::Cancelled),
                handled,
                no,
                no,
                no,
                no,
                no,
                handled,
            ]
        };
    let ended = |word: &'static str, print: &'static str, end: &'static str, mail| -> Row {
        let (no, printed) = (Err(word), Err(print));
        let handled = Err("handled");
        [
            no,
            no,
            no,
            no,
            no,
            no,
            handled,
            printed,
            printed,
            printed,
            mail,
            Err(end),
            handled,
        ]
    };
    let handled = Err("handled");
    for state in S::ALL.iter().copied() {
        let expected: Row = match state {
            S::Draft => undecided(Ok(S::Draft), Ok(S::Pending), [handled; 3]),
            S::Returned => undecided(Ok(S::Returned), Ok(S::Pending), [handled; 3]),
            S::Pending => undecided(
                handled,
                handled,
                [Ok(S::Approved), Ok(S::Rejected), Ok(S::Returned)],
            ),
            S::Approved => [
                handled,
                handled,
                handled,
                handled,
                handled,
                Ok(S::Cancelled),
                Ok(S::Approved),
                Ok(S::Approved),
                Err("not approved"),
                Err("not approved"),
                Err("not printed"),
                Err("not printed"),
                handled,
            ],
            S::Issued => {
                let mut row = ended("handled", "printed", "outstanding", Ok(S::Undeliverable));
                row[6] = Ok(S::Issued);
                row
            }
            S::Undeliverable => {
                let mut row = ended("handled", "printed", "handled", handled);
                row[6] = Ok(S::Undeliverable);
                row
            }
            S::Completed => ended("handled", "printed", "handled", Ok(S::Undeliverable)),
            S::Rejected | S::Cancelled => ended("handled", "not approved", "handled", handled),
            S::Expired => {
                let mut row = ended("expired", "not approved", "expired", Err("expired"));
                row[6] = handled;
                row
            }
        };
        for ((name, event), expected) in events.iter().zip(expected) {
            let found = outcome(&in_state(state), event.clone());
            assert_eq!(found, expected, "{name} in {state}");
        }
    }
}

#[test]
fn whoever_registered_or_edited_never_decides() {
    let pending = in_state(PaperState::Pending);
    let decisions = [
        PaperEvent::Approve,
        PaperEvent::Reject { reason: why() },
        PaperEvent::Return { reason: why() },
    ];
    let edited = step(
        &in_state(PaperState::Returned),
        PaperEvent::Edit(Box::new(facts(BOTH, true))),
        "editor",
    );
    let again = step(&edited, ask(), "maker");
    for decision in decisions {
        let by = |request: &PaperRequest, who: &str| {
            let result = request.apply(decision.clone(), &staff(who), START);
            result.map(|_| ()).map_err(word)
        };
        assert_eq!(by(&pending, "maker"), Err("own"));
        assert_eq!(by(&again, "maker"), Err("own"));
        assert_eq!(by(&again, "editor"), Err("edited"));
        assert_eq!(by(&again, "checker"), Ok(()));
    }
}

#[test]
fn the_approver_does_not_print_and_nobody_prints_beside_another() {
    let approved = in_state(PaperState::Approved);
    let print = |request: &PaperRequest, who: &str, number, at| {
        request.apply(PaperEvent::BeginNotice(reissue(number)), &staff(who), at)
    };
    assert_eq!(
        print(&approved, "checker", 1, START).map_err(word).err(),
        Some("approver")
    );
    let (begun, _) = print(&approved, "maker", 1, START).unwrap();
    assert_eq!(
        print(&begun, "other", 2, START).map_err(word).err(),
        Some("printing")
    );
    let cancelled = begun.apply(PaperEvent::Cancel, &staff("other"), START);
    assert_eq!(cancelled.map_err(word).err(), Some("printing"));

    // The one who was thought dead comes back too late to show anything.
    let later = START.plus(PRINTING_LEASE);
    let (taken, _) = print(&begun, "other", 2, later).unwrap();
    let finish = |number| {
        taken.apply(
            PaperEvent::FinishNotice(reissue(number)),
            &staff("x"),
            later,
        )
    };
    assert_eq!(finish(1).map_err(word).err(), Some("printing"));
    assert_eq!(finish(2).unwrap().0.state(), PaperState::Issued);

    // Given up after a printing that never ended: its password must not live on.
    let (cancelled, effects) = begun
        .apply(PaperEvent::Cancel, &staff("other"), later)
        .unwrap();
    assert_eq!(cancelled.state(), PaperState::Cancelled);
    assert_eq!(effects, [PaperEffect::VoidPassword(reissue(1))]);
}

#[test]
fn an_abandoned_printing_lets_the_next_begin_at_once() {
    let approved = in_state(PaperState::Approved);
    let begun = step(&approved, PaperEvent::BeginNotice(reissue(1)), "maker");
    let abandoned = step(&begun, PaperEvent::AbandonNotice(reissue(1)), "maker");
    let begun = step(&abandoned, PaperEvent::BeginNotice(reissue(2)), "maker");
    let issued = step(&begun, PaperEvent::FinishNotice(reissue(2)), "maker");
    assert_eq!(issued.notice_reissue(), Some(reissue(2)));
    let (_, effects) = issued
        .apply(PaperEvent::RecordReturnedMail, &staff("maker"), START)
        .unwrap();
    assert_eq!(effects, [PaperEffect::VoidPassword(reissue(2))]);
}

#[test]
fn approval_brings_about_all_but_the_password() {
    let pending = step(
        &draft(&[
            Matter::ReissueRetrievalPassword,
            Matter::UnlockOtp,
            Matter::UnlockLogin,
        ]),
        ask(),
        "maker",
    );
    let (approved, effects) = pending
        .apply(PaperEvent::Approve, &staff("checker"), START)
        .unwrap();
    assert_eq!(
        effects,
        [
            PaperEffect::CarryOut(Matter::UnlockLogin),
            PaperEffect::CarryOut(Matter::UnlockOtp)
        ]
    );
    assert_eq!(approved.outstanding().len(), 2);
    let once = step(
        &approved,
        PaperEvent::CarryOut(Matter::UnlockOtp),
        "checker",
    );
    let twice = once.apply(
        PaperEvent::CarryOut(Matter::UnlockOtp),
        &staff("checker"),
        START,
    );
    assert_eq!(twice.map_err(word).err(), Some("handled"));
}

#[test]
fn a_request_without_a_password_has_no_notice_and_is_completed_when_all_is_done() {
    let pending = step(&draft(&[Matter::UnlockOtp]), ask(), "maker");
    let approved = step(&pending, PaperEvent::Approve, "checker");
    assert_eq!(
        outcome(&approved, PaperEvent::BeginNotice(reissue(1))),
        Err("no notice")
    );
    assert_eq!(outcome(&approved, PaperEvent::Complete), Err("outstanding"));
    let done = step(
        &approved,
        PaperEvent::CarryOut(Matter::UnlockOtp),
        "checker",
    );
    let completed = step(&done, PaperEvent::Complete, "maker");
    assert_eq!(
        outcome(&completed, PaperEvent::BeginNotice(reissue(1))),
        Err("no notice")
    );
    assert_eq!(
        outcome(&completed, PaperEvent::RecordReturnedMail),
        Err("no notice")
    );
}

#[test]
fn approval_is_not_asked_for_before_every_check_is_done() {
    for missing in PaperCheck::ALL {
        let mut facts = facts(BOTH, true);
        match missing {
            PaperCheck::Seal => facts.checks.seal = false,
            PaperCheck::Identity => facts.checks.identity = false,
            PaperCheck::RegisteredAddress => facts.checks.registered_address = false,
        }
        let edited = step(&draft(BOTH), PaperEvent::Edit(Box::new(facts)), "maker");
        let asked = edited.apply(ask(), &staff("maker"), START);
        assert_eq!(asked.err(), Some(PaperRefusal::CheckMissing(missing)));
    }
}

#[test]
fn what_nobody_decides_in_time_expires_and_what_is_decided_does_not() {
    let end = START.plus(FORTNIGHT);
    let moment = Duration::from_millis(1);
    for state in PaperState::ALL.iter().copied() {
        let request = in_state(state);
        assert_eq!(request.expired_at(end.minus(moment)), None, "{state}");
        let expired = request.expired_at(end);
        assert_eq!(expired.is_some(), state.is_undecided(), "{state}");
        if let Some(expired) = expired {
            assert_eq!(expired.state(), PaperState::Expired);
            assert_eq!(expired.version(), request.version() + 1);
            assert_eq!(expired.history().last().unwrap().by, None);
            // Nobody needs to have noticed: no step is made any more.
            let late = request.apply(PaperEvent::Cancel, &staff("other"), end);
            assert_eq!(late.err(), Some(PaperRefusal::Expired));
        }
    }
}

#[test]
fn already_handled_says_how_by_whom_and_when() {
    let rejected = in_state(PaperState::Rejected);
    let refusal = rejected
        .apply(PaperEvent::Approve, &staff("late"), START.plus(DAY))
        .err();
    assert_eq!(
        refusal,
        Some(PaperRefusal::AlreadyHandled {
            state: PaperState::Rejected,
            by: Some(staff("checker")),
            at: START,
        })
    );
}

fn any_event() -> impl Strategy<Value = PaperEvent> {
    (0u8..12, 0u8..3).prop_map(|(kind, id)| match kind {
        0 => PaperEvent::Edit(Box::new(facts(BOTH, id > 0))),
        1 => ask(),
        2 => PaperEvent::Approve,
        3 => PaperEvent::Reject { reason: why() },
        4 => PaperEvent::Return { reason: why() },
        5 => PaperEvent::Cancel,
        6 => PaperEvent::CarryOut(Matter::UnlockLogin),
        7 => PaperEvent::BeginNotice(reissue(id)),
        8 => PaperEvent::AbandonNotice(reissue(id)),
        9 => PaperEvent::FinishNotice(reissue(id)),
        10 => PaperEvent::RecordReturnedMail,
        _ => PaperEvent::Complete,
    })
}

proptest! {
    #[test]
    fn four_eyes_and_one_notice_whatever_happens(
        acts in prop::collection::vec((any_event(), 0u8..4, 0u64..4 * 86_400), 1..60),
    ) {
        let mut request = draft(BOTH);
        let mut now = START;
        let mut printed = 0;
        for (event, who, seconds) in acts {
            now = now.plus(Duration::from_secs(seconds));
            if let Some(expired) = request.expired_at(now) {
                request = expired;
            }
            let by = staff(["maker", "editor", "checker", "printer"][usize::from(who)]);
            let Ok((next, _)) = request.apply(event.clone(), &by, now) else {
                continue;
            };
            prop_assert_eq!(next.version(), request.version() + 1);
            prop_assert_eq!(next.history().len(), request.history().len() + 1);
            match event {
                PaperEvent::Approve => {
                    let edits = |step: &&PaperHistoryEntry| {
                        matches!(step.action, PaperAction::Registered | PaperAction::Edited)
                    };
                    let hands = request.history().iter().filter(edits);
                    prop_assert!(hands.into_iter().all(|step| step.by.as_ref() != Some(&by)));
                    prop_assert!(next.facts().checks.missing().next().is_none());
                }
                PaperEvent::BeginNotice(_) => {
                    prop_assert!(next.approver().is_some_and(|approver| *approver != by));
                }
                PaperEvent::FinishNotice(_) => printed += 1,
                _ => {}
            }
            request = next;
        }
        prop_assert!(printed <= 1);
        if printed == 0 {
            prop_assert!(!matches!(
                request.state(),
                PaperState::Issued | PaperState::Undeliverable | PaperState::Completed
            ));
        }
    }
}
