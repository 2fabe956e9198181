//! What a failure or a death costs while a notice is printed: never two passwords shown, never one
//! shown that does not work, and no notice that leaves without its record.

use std::sync::Arc;

use tokio::sync::Notify;
use warifu_contracts::case::at_once;
use warifu_core::Refusal;
use warifu_core::domain::paper_request::{PRINTING_LEASE, PaperRefusal, PaperRequest, PaperState};
use warifu_core::domain::{AuditEvent, AuditOutcome};

use crate::bank::{Bank, REISSUE, form};

async fn approved(bank: &Bank) -> PaperRequest {
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let request = bank.register(&maker, form(&[REISSUE])).await;
    bank.decide(&checker, &request, "approve")
        .await
        .expect("an approval")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_any_clerks_who_print_at_once_one_gets_the_notice_and_it_works() {
    for _ in 0..10 {
        let bank = Arc::new(Bank::new());
        let request = approved(&bank).await;
        let (maker, printer) = (bank.clerk("maker").await, bank.clerk("printer").await);
        let print = |number: usize| {
            let clerk = if number.is_multiple_of(2) {
                &maker
            } else {
                &printer
            }
            .clone();
            let (bank, request) = (bank.clone(), request.clone());
            async move { Ok(bank.print(&clerk, &request).await) }
        };
        let answers = at_once(10, print).await.expect("answers");
        let (notices, refusals): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(notices.len(), 1);
        let notice = notices
            .into_iter()
            .next()
            .and_then(Result::ok)
            .expect("a notice");
        assert!(bank.opens(&notice).await.expect("an answer"));
        for refusal in refusals.into_iter().filter_map(Result::err) {
            let expected = matches!(
                refusal,
                Refusal::Paper(
                    PaperRefusal::AlreadyMade
                        | PaperRefusal::BeingPrinted
                        | PaperRefusal::VersionConflict
                ) | Refusal::ReissueQuota { .. }
            );
            assert!(expected, "{refusal:?}");
        }
        assert_eq!(bank.log.of(AuditEvent::NoticeMade).len(), 1);
        assert_eq!(bank.log.of(AuditEvent::Reissued).len(), 1);
    }
}

#[tokio::test]
async fn a_printing_that_fails_is_free_for_the_next_at_once() {
    for event in [AuditEvent::ReissueStarted, AuditEvent::NoticeMade] {
        let bank = Bank::new();
        let request = approved(&bank).await;
        let maker = bank.clerk("maker").await;
        *bank.log.fails_at.lock() = Some(event);
        let failed = bank.print(&maker, &request).await;
        assert!(matches!(failed, Err(Refusal::Unavailable(_))));
        *bank.log.fails_at.lock() = None;
        assert_eq!(bank.show(&request).await.state(), PaperState::Approved);
        assert_eq!(bank.log.of(AuditEvent::NoticeMade).len(), 0);
        let noted = bank.log.with(AuditEvent::NoticeMade, AuditOutcome::Failed);
        assert_eq!(noted.len(), 1, "that nobody got it is written down");

        let notice = bank.print(&maker, &request).await.expect("a notice");
        assert!(bank.opens(&notice).await.expect("an answer"));
        assert_eq!(bank.log.of(AuditEvent::NoticeMade).len(), 1);
    }
}

#[tokio::test]
async fn a_program_that_dies_while_printing_costs_ten_minutes_and_shows_nothing_later() {
    let bank = Arc::new(Bank::new());
    let request = approved(&bank).await;
    let (maker, printer) = (bank.clerk("maker").await, bank.clerk("printer").await);
    let released = Arc::new(Notify::new());
    *bank.log.hangs_at.lock() = Some((AuditEvent::NoticeMade, released.clone()));
    let dead = {
        let (bank, request) = (bank.clone(), request.clone());
        tokio::spawn(async move { bank.print(&maker, &request).await.map(|_| ()) })
    };
    while bank.log.hangs_at.lock().is_some() {
        tokio::task::yield_now().await;
    }
    // Its password is stored, and seen by nobody.
    assert_eq!(bank.show(&request).await.state(), PaperState::Approved);
    let early = bank.print(&printer, &request).await.map(|_| ());
    assert_eq!(early, Err(PaperRefusal::BeingPrinted.into()));
    bank.clock.advance_by(PRINTING_LEASE);
    let notice = bank.print(&printer, &request).await.expect("a notice");
    assert!(bank.opens(&notice).await.expect("an answer"));

    // It was only asleep: it finds that another took over, and takes nothing from them.
    released.notify_one();
    let late = dead.await.expect("no panic");
    assert_eq!(late, Err(PaperRefusal::AlreadyMade.into()));
    assert!(bank.opens(&notice).await.expect("an answer"));
    assert_eq!(bank.show(&request).await.state(), PaperState::Printing);
}

#[tokio::test]
async fn a_request_given_up_after_a_dead_printing_leaves_no_password() {
    let bank = Arc::new(Bank::new());
    let request = approved(&bank).await;
    let maker = bank.clerk("maker").await;
    *bank.log.hangs_at.lock() = Some((AuditEvent::NoticeMade, Arc::new(Notify::new())));
    let dead = {
        let (bank, request, maker) = (bank.clone(), request.clone(), maker.clone());
        tokio::spawn(async move { bank.print(&maker, &request).await.map(|_| ()) })
    };
    while bank.log.hangs_at.lock().is_some() {
        tokio::task::yield_now().await;
    }
    dead.abort();
    bank.clock.advance_by(PRINTING_LEASE);
    let current = bank.show(&request).await;
    let number = request.number().to_string();
    let cancelled = maker.cancel_paper_request(&number, current.version()).await;
    assert_eq!(cancelled.expect("an end").state(), PaperState::Cancelled);
    let voided = bank.log.of(AuditEvent::ReissueCancelled);
    assert_eq!(voided.len(), 1);
    assert!(!voided[0].detail.contains_key("already_void"));
}
