//! Who may do what, when, and on which version; and what no form can ask for.

use std::sync::Arc;

use warifu_contracts::case::at_once;
use warifu_core::domain::paper_request::{Matter, PaperCheck, PaperRefusal, PaperState};
use warifu_core::domain::{AuditEvent, AuditOutcome, StaffRole};
use warifu_core::office::{Clerk, PaperFilter, PaperForm};
use warifu_core::{InvalidField, Refusal};

use crate::bank::{Bank, FORTNIGHT, REISSUE, decision_form, form, user01};

async fn refused(clerk: &Clerk, form: PaperForm, ask: bool) -> Option<Refusal> {
    let registered = clerk.register_paper_request(form, ask);
    registered.await.err()
}

#[tokio::test]
async fn nobody_is_their_own_second_pair_of_eyes() {
    let bank = Bank::new();
    let (both, checker) = (bank.clerk("both").await, bank.clerk("checker").await);
    let request = bank.register(&both, form(&[REISSUE])).await;
    for decision in ["approve", "reject", "return"] {
        let own = bank.decide(&both, &request, decision).await;
        assert_eq!(
            own.map(|_| ()),
            Err(PaperRefusal::OwnRequest.into()),
            "{decision}"
        );
    }
    assert_eq!(
        bank.log
            .with(AuditEvent::AccessDenied, AuditOutcome::Refused)
            .len(),
        3
    );
    let another = bank
        .register(&bank.clerk("maker").await, form(&[REISSUE]))
        .await;
    let approved = bank
        .decide(&both, &another, "approve")
        .await
        .expect("an approval");
    let printed = bank.print(&both, &approved).await;
    assert_eq!(printed.map(|_| ()), Err(PaperRefusal::Approver.into()));
    let printed = bank.print(&checker, &approved).await;
    assert_eq!(printed.map(|_| ()), Err(Refusal::StaffNotPermitted));
    assert!(
        bank.print(&bank.clerk("printer").await, &approved)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_role_that_is_taken_away_loses_its_effect_at_once() {
    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let request = bank.register(&maker, form(&[REISSUE])).await;
    bank.staff.change("checker", |member| {
        member.roles.remove(&StaffRole::Checker);
    });
    let decided = bank.decide(&checker, &request, "approve").await;
    assert_eq!(decided.map(|_| ()), Err(Refusal::StaffNotPermitted));
    bank.staff.change("maker", |member| member.disabled = true);
    let registered = refused(&maker, form(&[REISSUE]), true).await;
    assert_eq!(registered, Some(Refusal::StaffNotPermitted));
    assert_eq!(bank.show(&request).await.state(), PaperState::Pending);
}

#[tokio::test]
async fn a_decision_asks_for_ones_own_password_and_counts_it() {
    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let request = bank.register(&maker, form(&[REISSUE])).await;
    let decide = async |password: &str| {
        let mut form = decision_form(&checker, &request, "approve");
        form.login_password = password.into();
        let decided = checker.decide_paper_request(form).await;
        decided.map(|request| request.state())
    };
    for left in (1..=4).rev() {
        let refusal = Refusal::StaffPasswordRefused {
            failures_left: left,
        };
        assert_eq!(decide("login-maker").await, Err(refusal));
    }
    assert!(matches!(
        decide("wrong").await,
        Err(Refusal::StaffLoginLocked { .. })
    ));
    assert!(matches!(
        decide("login-checker").await,
        Err(Refusal::StaffLoginLocked { .. })
    ));
    assert_eq!(bank.log.of(AuditEvent::LockSet).len(), 1);
    bank.clock.advance_by(warifu_contracts::samples::LOCK);
    assert_eq!(decide("login-checker").await, Ok(PaperState::Approved));
}

#[tokio::test]
async fn a_decision_is_on_what_was_seen() {
    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let request = bank.register(&maker, form(&[REISSUE])).await;
    let mut earlier = decision_form(&checker, &request, "approve");
    earlier.version -= 1;
    let decided = checker.decide_paper_request(earlier).await;
    assert_eq!(
        decided.map(|_| ()),
        Err(PaperRefusal::VersionConflict.into())
    );
    for (decision, reason, expected) in [
        ("perhaps", "why", InvalidField::Decision),
        ("reject", " ", InvalidField::Reason),
        ("return", "", InvalidField::Reason),
    ] {
        let mut form = decision_form(&checker, &request, decision);
        form.reason = reason.to_owned();
        let decided = checker.decide_paper_request(form).await;
        assert_eq!(decided.map(|_| ()), Err(expected.into()), "{decision}");
    }
    bank.decide(&checker, &request, "reject")
        .await
        .expect("a decision");
    let late = bank.decide(&checker, &request, "approve").await;
    let Err(Refusal::Paper(PaperRefusal::AlreadyHandled { state, by, .. })) = late else {
        panic!("{:?}", late.map(|_| ()));
    };
    assert_eq!(state, PaperState::Rejected);
    assert_eq!(by.map(|by| by.name).as_deref(), Some("checker さん"));
}

#[tokio::test]
async fn what_nobody_decides_in_time_has_expired() {
    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let request = bank.register(&maker, form(&[REISSUE])).await;
    let other = bank.register(&maker, form(&[REISSUE])).await;
    bank.clock.advance_by(FORTNIGHT);
    let late = bank.decide(&checker, &request, "approve").await;
    assert_eq!(late.map(|_| ()), Err(PaperRefusal::Expired.into()));
    let filter = PaperFilter {
        state: Some("expired".to_owned()),
        limit: 10,
        ..PaperFilter::default()
    };
    let page = checker.paper_requests(filter).await;
    assert_eq!(page.expect("a page").requests.len(), 2);
    assert_eq!(bank.show(&other).await.state(), PaperState::Expired);
    let expired = bank.log.of(AuditEvent::PaperExpired);
    assert_eq!(expired.len(), 2, "each is written down once");
    assert!(expired.iter().all(|record| record.actor.is_none()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_approvals_at_once_one_has_an_effect() {
    let bank = Arc::new(Bank::new());
    let maker = bank.clerk("maker").await;
    let (checker, both) = (bank.clerk("checker").await, bank.clerk("both").await);
    for _ in 0..20 {
        let request = bank.register(&maker, form(&["unlock-otp"])).await;
        let approvals = bank.log.of(AuditEvent::PaperApproved).len();
        let effects = bank.log.of(AuditEvent::LockCleared).len();
        let approve = |number: usize| {
            let clerk = if number.is_multiple_of(2) {
                &checker
            } else {
                &both
            }
            .clone();
            let (bank, request) = (bank.clone(), request.clone());
            async move {
                // Who is too many at once is busy, and tries again.
                loop {
                    match bank.decide(&clerk, &request, "approve").await {
                        Err(Refusal::Busy) => tokio::task::yield_now().await,
                        decided => return Ok(decided),
                    }
                }
            }
        };
        let answers = at_once(20, approve).await.expect("answers");
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1);
        for lost in answers.into_iter().filter_map(Result::err) {
            let handled = matches!(lost, Refusal::Paper(PaperRefusal::AlreadyHandled { .. }));
            assert!(handled, "{lost:?}");
        }
        assert_eq!(bank.log.of(AuditEvent::PaperApproved).len(), approvals + 1);
        assert_eq!(bank.log.of(AuditEvent::LockCleared).len(), effects + 1);
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_right_is_refused_by_the_entry() {
    let bank = Bank::new();
    let maker = bank.clerk("maker").await;
    let good = || form(&[REISSUE]);
    let cases: [(PaperForm, InvalidField); 14] = [
        (PaperForm { form: 4, ..good() }, InvalidField::FormNumber),
        (
            PaperForm {
                edition: "light".into(),
                ..good()
            },
            InvalidField::Edition,
        ),
        (
            PaperForm {
                contract_number: "12".into(),
                ..good()
            },
            InvalidField::ContractNumberMalformed,
        ),
        (
            PaperForm {
                contract_number: "999999".into(),
                ..good()
            },
            InvalidField::ContractUnknown,
        ),
        (
            PaperForm {
                user_id: "nobody".into(),
                ..good()
            },
            InvalidField::UserUnknown,
        ),
        (
            PaperForm {
                user_id: String::new(),
                ..good()
            },
            InvalidField::UserIdEmpty,
        ),
        (
            PaperForm {
                user_name: "x".repeat(129),
                ..good()
            },
            InvalidField::UserName,
        ),
        (form(&[]), InvalidField::MattersEmpty),
        (form(&["everything"]), InvalidField::MatterUnknown),
        (
            form(&["lift-freeze"]),
            InvalidField::MatterNotAvailable(Matter::LiftFreeze),
        ),
        (form(&["rebind-otp"]), InvalidField::CardSerial),
        (
            PaperForm {
                received_on: "2026-01-03".into(),
                ..good()
            },
            InvalidField::ReceivedOn,
        ),
        (
            PaperForm {
                received_on: "yesterday".into(),
                ..good()
            },
            InvalidField::ReceivedOn,
        ),
        (
            PaperForm {
                scan_reference: "\n".into(),
                ..good()
            },
            InvalidField::ScanReference,
        ),
    ];
    for (form, expected) in cases {
        for ask in [false, true] {
            let found = refused(&maker, form.clone(), ask).await;
            assert_eq!(found, Some(expected.clone().into()), "{form:?}");
        }
    }
}

#[tokio::test]
async fn everything_that_is_missing_is_told_at_once() {
    let bank = Bank::new();
    let maker = bank.clerk("maker").await;
    let empty = PaperForm {
        form: 3,
        ..PaperForm::default()
    };
    let Some(Refusal::Invalid(fields)) = refused(&maker, empty, false).await else {
        panic!("an empty form is taken");
    };
    for missing in [
        InvalidField::Edition,
        InvalidField::ContractNumberEmpty,
        InvalidField::UserIdEmpty,
        InvalidField::MattersEmpty,
        InvalidField::ReceivedOn,
        InvalidField::ScanReference,
    ] {
        assert!(fields.contains(&missing), "{missing:?} of {fields:?}");
    }
}

#[tokio::test]
async fn a_draft_may_wait_for_its_checks_and_a_request_may_not() {
    let bank = Bank::new();
    let maker = bank.clerk("maker").await;
    let good = || form(&[REISSUE]);
    let disabled = PaperForm {
        user_id: "gone01".into(),
        ..good()
    };
    assert_eq!(
        refused(&maker, disabled, true).await,
        Some(Refusal::UserDisabled)
    );
    let mut unchecked = good();
    unchecked.checks.seal = false;
    let missing = InvalidField::CheckMissing(PaperCheck::Seal);
    assert_eq!(
        refused(&maker, unchecked.clone(), true).await,
        Some(missing.into())
    );
    // As a draft it may wait for the check.
    let draft = maker.register_paper_request(unchecked, false).await;
    let draft = draft.expect("a draft");
    assert_eq!(draft.state(), PaperState::Draft);
    let number = draft.number().to_string();
    let asked = maker.ask_for_paper_approval(&number, draft.version()).await;
    let missing = PaperRefusal::CheckMissing(PaperCheck::Seal);
    assert_eq!(asked.map(|_| ()), Err(missing.into()));
    let cancelled = maker.cancel_paper_request(&number, draft.version()).await;
    assert_eq!(cancelled.expect("an end").state(), PaperState::Cancelled);
}

/// Who has the card before may be at work with it.
#[tokio::test]
async fn a_card_that_is_bound_ends_the_users_sessions() {
    let bank = Bank::new();
    bank.user("user01").await;
    bank.user("holder01").await;
    let form = PaperForm {
        card_serial: "C-1".to_owned(),
        ..form(&["rebind-otp"])
    };
    let request = bank.register(&bank.clerk("maker").await, form).await;
    let checker = bank.clerk("checker").await;
    let approved = bank.decide(&checker, &request, "approve").await;
    approved.expect("an approval");
    assert_eq!(bank.cards.bound.lock().len(), 1);
    let ended = bank.log.of(AuditEvent::SessionEnded);
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].subject.as_deref(), Some("user01"));
    assert_eq!(ended[0].detail["reason"], "card-rebound");
    assert_eq!(ended[0].detail["sessions"], "1");
}

#[tokio::test]
async fn a_card_is_bound_where_there_is_a_place_that_can() {
    let with_card = |serial: &str| PaperForm {
        card_serial: serial.to_owned(),
        ..form(&["rebind-otp"])
    };
    let bank = Bank::with(false);
    let found = refused(&bank.clerk("maker").await, with_card("C-1"), true).await;
    let unavailable = InvalidField::MatterNotAvailable(Matter::RebindOtp);
    assert_eq!(found, Some(unavailable.into()));

    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let request = bank.register(&maker, with_card("C-1")).await;
    let approved = bank
        .decide(&checker, &request, "approve")
        .await
        .expect("an approval");
    assert!(approved.outstanding().is_empty());
    assert_eq!(*bank.cards.bound.lock(), [user01()]);

    // Approval stands; completion is refused as long as there is no such card.
    let request = bank.register(&maker, with_card("C-2")).await;
    let approved = bank
        .decide(&checker, &request, "approve")
        .await
        .expect("an approval");
    assert!(approved.outstanding().contains(&Matter::RebindOtp));
    let number = approved.number().to_string();
    let completed = maker
        .complete_paper_request(&number, approved.version())
        .await;
    let outstanding = PaperRefusal::Outstanding(Matter::RebindOtp);
    assert_eq!(completed.map(|_| ()), Err(outstanding.into()));
}
