mod histories;
mod reprints;
mod values;

use std::time::Duration;

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

fn jam() -> PaperEvent {
    PaperEvent::AskForReprint { reason: why() }
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
    let printing = || {
        let begun = step(&approved(), PaperEvent::BeginNotice(reissue(1)), "printer");
        step(&begun, PaperEvent::FinishNotice(reissue(1)), "printer")
    };
    let issued = || step(&printing(), PaperEvent::ConfirmPrinted, "printer");
    match state {
        PaperState::Draft => draft,
        PaperState::Pending => pending(),
        PaperState::Returned => step(&pending(), PaperEvent::Return { reason: why() }, "checker"),
        PaperState::Rejected => step(&pending(), PaperEvent::Reject { reason: why() }, "checker"),
        PaperState::Approved => approved(),
        PaperState::Printing => printing(),
        PaperState::Reprint => step(&printing(), jam(), "printer"),
        PaperState::Issued => issued(),
        PaperState::Posted => {
            let event = PaperEvent::CarryOut(Matter::UnlockLogin);
            let done = step(&issued(), event, "checker");
            step(&done, PaperEvent::RecordPosted, "printer")
        }
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
        PaperRefusal::Printer => "printer",
        PaperRefusal::AlreadyHandled { .. } => "handled",
        PaperRefusal::Expired => "expired",
        PaperRefusal::VersionConflict => "version",
        PaperRefusal::CheckMissing(_) => "check",
        PaperRefusal::NotApproved => "not approved",
        PaperRefusal::NoNotice => "no notice",
        PaperRefusal::AlreadyPrinted => "printed",
        PaperRefusal::AlreadyMade => "made",
        PaperRefusal::BeingPrinted => "printing",
        PaperRefusal::NotPrinted => "not printed",
        PaperRefusal::Outstanding(_) => "outstanding",
    }
}

/// Of each state, what comes of each event, in the order of the heads; `-` is "handled".
const TABLE: &str = "
              edit      ask       approve   reject    return    cancel     done      other begin     abandon      finish       printed     jam         post         mail          complete
draft         draft     pending   -         -         -         cancelled  -         -     undecided undecided    undecided    undecided   undecided   undecided    undecided     undecided
pending       -         -         approved  rejected  returned  cancelled  -         -     undecided undecided    undecided    undecided   undecided   undecided    undecided     undecided
returned      returned  pending   -         -         -         cancelled  -         -     undecided undecided    undecided    undecided   undecided   undecided    undecided     undecided
rejected      -         -         -         -         -         -          -         -     undecided undecided    undecided    -           -           -            -             -
approved      -         -         -         -         -         cancelled  approved  -     approved  undecided    undecided    unprinted   unprinted   unprinted    unprinted     unprinted
printing      -         -         -         -         -         -          printing  -     made      made         made         issued      reprint     unprinted    unprinted     unprinted
reprint       -         -         approved  rejected  -         cancelled  reprint   -     made      made         made         -           -           unprinted    unprinted     unprinted
issued        -         -         -         -         -         -          issued    -     printed   printed      printed      printed     reprint     outstanding  undeliverable outstanding
posted        -         -         -         -         -         -          -         -     printed   printed      printed      printed     -           -            undeliverable completed
undeliverable -         -         -         -         -         -          undeliverable - printed   printed      printed      printed     reprint     -            -             outstanding
completed     -         -         -         -         -         -          -         -     printed   printed      printed      -           -           -            undeliverable -
expired       expired   expired   expired   expired   expired   expired    -         -     undecided undecided    undecided    expired     expired     expired      expired       expired
cancelled     -         -         -         -         -         -          -         -     undecided undecided    undecided    -           -           -            -             -
";

#[test]
fn every_pair_of_state_and_event_has_its_outcome() {
    let events = [
        PaperEvent::Edit(Box::new(facts(BOTH, true))),
        ask(),
        PaperEvent::Approve,
        PaperEvent::Reject { reason: why() },
        PaperEvent::Return { reason: why() },
        PaperEvent::Cancel,
        PaperEvent::CarryOut(Matter::UnlockLogin),
        PaperEvent::CarryOut(Matter::UnlockOtp),
        PaperEvent::BeginNotice(reissue(2)),
        PaperEvent::AbandonNotice(reissue(2)),
        PaperEvent::FinishNotice(reissue(2)),
        PaperEvent::ConfirmPrinted,
        jam(),
        PaperEvent::RecordPosted,
        PaperEvent::RecordReturnedMail,
        PaperEvent::Complete,
    ];
    let mut lines = TABLE.lines().filter(|line| !line.is_empty());
    let heads: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(heads.len(), events.len());
    let rows: Vec<Vec<&str>> = lines
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(rows.len(), PaperState::ALL.len());
    for row in rows {
        let state: PaperState = row[0].parse().unwrap();
        for ((head, event), expected) in heads.iter().zip(&events).zip(&row[1..]) {
            let found = match outcome(&in_state(state), event.clone()) {
                Ok(state) => state.name(),
                Err("handled") => "-",
                Err("not approved") => "undecided",
                Err("not printed") => "unprinted",
                Err(word) => word,
            };
            assert_eq!(found, *expected, "{head} in {state}");
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
    assert_eq!(finish(2).unwrap().0.state(), PaperState::Printing);

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
    let made = step(&begun, PaperEvent::FinishNotice(reissue(2)), "maker");
    let issued = step(&made, PaperEvent::ConfirmPrinted, "maker");
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
