//! The case file of one form, from intake to the end.

use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::paper_request::{Matter, PaperLine, PaperRefusal, PaperState};
use warifu_core::domain::retrieval_record::{ReissueRoute, ReissueStatus};
use warifu_core::domain::{AuditEvent, AuditOutcome, ContractNumber};
use warifu_core::office::{Clerk, PaperEdit, PaperFilter, PaperTab};
use warifu_core::ports::{AttemptStore, HeldLock, RetrievalPasswordStore};
use warifu_core::{AuditFilter, Refusal};

use crate::bank::{Bank, CONTRACT, REISSUE, form, user01};

async fn otp_is_locked(bank: &Bank) -> bool {
    let user = user01();
    let limits = |purpose| *bank.use_cases.service.policy().attempts(purpose);
    let locks = bank
        .store
        .locks(&user.contract, &[user.user], &limits)
        .await;
    locks.expect("an answer")[0].contains(&HeldLock::of(Purpose::Otp))
}

#[tokio::test]
async fn a_form_becomes_a_password_that_only_the_notice_has() {
    let bank = Bank::new();
    bank.lock(&user01(), Purpose::Otp).await;
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let registered = bank.register(&maker, form(&[REISSUE, "unlock-otp"])).await;
    assert_eq!(registered.state(), PaperState::Pending);
    assert_eq!(registered.facts().user_name, "user01 様");

    let printed = bank.print(&maker, &registered).await.map(|_| ());
    assert_eq!(printed, Err(PaperRefusal::NotApproved.into()));
    assert!(otp_is_locked(&bank).await);
    let approved = bank
        .decide(&checker, &registered, "approve")
        .await
        .expect("an approval");
    assert_eq!(approved.state(), PaperState::Approved);
    assert!(approved.outstanding().is_empty());
    assert!(!otp_is_locked(&bank).await);
    let cleared = bank.log.of(AuditEvent::LockCleared);
    assert_eq!(cleared.len(), 1);
    assert_eq!(cleared[0].actor.as_deref(), Some("staff:checker"));
    assert_eq!(cleared[0].detail["was_locked"], "true");

    let notice = bank.print(&maker, &approved).await.expect("a notice");
    assert_eq!(notice.request.state(), PaperState::Printing);
    assert_eq!(notice.contract.registered_address, "〒100-0000 東京都");
    assert!(bank.opens(&notice).await.expect("an answer"));
    let again = bank.print(&maker, &approved).await.map(|_| ());
    assert_eq!(again, Err(PaperRefusal::AlreadyMade.into()));
    assert_eq!(bank.log.of(AuditEvent::NoticeMade).len(), 1);
    assert_eq!(bank.log.of(AuditEvent::NoticePrinted).len(), 0);
    let number = notice.request.number().to_string();
    let confirmed = maker.confirm_printed_notices(vec![number]).await;
    let issued = confirmed.expect("a record").done.remove(0);
    assert_eq!(issued.state(), PaperState::Issued);
    let printed = bank.log.of(AuditEvent::NoticePrinted);
    assert_eq!(printed.len(), 1);
    assert_eq!(
        printed[0].contract.as_ref().map(ContractNumber::as_str),
        Some(CONTRACT)
    );
    assert_eq!(
        printed[0].detail["reissue_id"],
        notice.reissue_id.to_string()
    );
    let password = String::from_utf8(notice.retrieval_password.expose().to_vec());
    assert!(!bank.log.says(&password.expect("it is ASCII")));

    let user = user01();
    let reissues = bank
        .store
        .reissues(
            &user.contract,
            None,
            &bank.use_cases.service.policy().retrieval,
            10,
        )
        .await
        .expect("a list");
    assert_eq!(reissues.len(), 1);
    assert_eq!(reissues[0].route, ReissueRoute::Paper);
    assert_eq!(reissues[0].operator, "staff:maker");

    let number = issued.number().to_string();
    let version = issued.version();
    let completed = maker
        .complete_paper_request(&number, version)
        .await
        .expect("completion");
    assert_eq!(completed.state(), PaperState::Completed);
    let names: Vec<_> = completed
        .history()
        .iter()
        .filter_map(|step| step.by.as_ref())
        .collect();
    assert_eq!(names.len(), completed.history().len());
    assert_eq!(bank.log.of(AuditEvent::PaperCompleted).len(), 1);
}

#[tokio::test]
async fn mail_that_comes_back_voids_its_password() {
    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let request = bank.register(&maker, form(&[REISSUE])).await;
    let approved = bank
        .decide(&checker, &request, "approve")
        .await
        .expect("an approval");
    let number = approved.number().to_string();
    let early = maker
        .record_returned_mail(&number, approved.version())
        .await;
    assert_eq!(early.map(|_| ()), Err(PaperRefusal::NotPrinted.into()));
    let notice = maker.take_paper_notice(&number).await.expect("a notice");
    let posted = maker.record_posted_notices(vec![number.clone()]).await;
    let posted = posted.expect("a record").done.remove(0);
    assert_eq!(posted.state(), PaperState::Posted);
    assert_eq!(posted.version(), notice.request.version() + 1);
    let returned = maker
        .record_returned_mail(&number, posted.version())
        .await
        .expect("a record");
    assert_eq!(returned.request.state(), PaperState::Undeliverable);
    assert!(!returned.already_redeemed);
    let user = user01();
    let policy = &bank.use_cases.service.policy().retrieval;
    let reissues = bank.store.reissues(&user.contract, None, policy, 10).await;
    assert_eq!(
        reissues.expect("a list")[0].status,
        ReissueStatus::Cancelled
    );
    assert_eq!(bank.log.of(AuditEvent::NoticeReturned).len(), 1);
    assert_eq!(bank.log.of(AuditEvent::ReissueCancelled).len(), 1);
}

#[tokio::test]
async fn what_is_given_back_is_corrected_and_put_forward_again() {
    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let request = bank.register(&maker, form(&[REISSUE])).await;
    let returned = bank
        .decide(&checker, &request, "return")
        .await
        .expect("a decision");
    assert_eq!(returned.state(), PaperState::Returned);
    let reason = returned
        .history()
        .last()
        .and_then(|step| step.reason.as_ref());
    assert_eq!(reason.map(PaperLine::as_str), Some("印影が違います"));
    let both = bank.clerk("both").await;
    let edit = PaperEdit {
        number: returned.number().to_string(),
        version: returned.version(),
        form: form(&[REISSUE, "unlock-login"]),
        ask_for_approval: true,
    };
    let again = both.edit_paper_request(edit).await.expect("an edit");
    assert_eq!(again.state(), PaperState::Pending);
    assert!(again.facts().matters.contains(&Matter::UnlockLogin));
    let own = bank.decide(&both, &again, "approve").await;
    assert_eq!(own.map(|_| ()), Err(PaperRefusal::EditedRequest.into()));
    assert_eq!(
        bank.log
            .with(AuditEvent::AccessDenied, AuditOutcome::Refused)
            .len(),
        1
    );
    assert!(bank.decide(&checker, &again, "approve").await.is_ok());
    assert_eq!(bank.log.of(AuditEvent::PaperReturned).len(), 1);
    assert_eq!(bank.log.of(AuditEvent::PaperEdited).len(), 1);
    assert_eq!(bank.log.of(AuditEvent::PaperApprovalRequested).len(), 2);
}

#[tokio::test]
async fn each_tab_has_its_requests() {
    let bank = Bank::new();
    let (maker, both) = (bank.clerk("maker").await, bank.clerk("both").await);
    let first = bank.register(&maker, form(&[REISSUE])).await;
    let second = bank.register(&both, form(&[REISSUE])).await;
    let listed = async |clerk: &Clerk, tab| {
        let filter = PaperFilter {
            tab,
            limit: 1,
            ..PaperFilter::default()
        };
        let mut numbers = Vec::new();
        let mut cursor = None;
        loop {
            let filter = PaperFilter {
                cursor,
                ..filter.clone()
            };
            let page = clerk.paper_requests(filter).await;
            let page = page.expect("a page");
            numbers.extend(page.requests.iter().map(|request| request.number().clone()));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break numbers;
            }
        }
    };
    assert_eq!(
        listed(&both, PaperTab::ToDecide).await,
        [first.number().clone()]
    );
    assert_eq!(
        listed(&both, PaperTab::Waiting).await,
        [second.number().clone()]
    );
    assert_eq!(listed(&both, PaperTab::Processed).await, []);
    assert_eq!(listed(&both, PaperTab::All).await.len(), 2);
    let counts = both.count_paper_requests().await;
    let counts = counts.expect("counts");
    assert_eq!((counts.to_decide, counts.waiting), (1, 1));
    let counts = maker.count_paper_requests().await;
    assert_eq!(
        counts.expect("counts").to_decide,
        0,
        "a maker decides nothing"
    );
    bank.decide(&both, &first, "reject")
        .await
        .expect("a decision");
    assert_eq!(
        listed(&maker, PaperTab::Processed).await,
        [first.number().clone()]
    );
    let filter = PaperFilter {
        state: Some("rejected".to_owned()),
        search: Some(first.number().to_string()),
        limit: 10,
        ..PaperFilter::default()
    };
    let page = maker.paper_requests(filter).await;
    assert_eq!(page.expect("a page").requests.len(), 1);
}

#[tokio::test]
async fn auditors_read_the_history_of_all_contracts_and_others_do_not() {
    let bank = Bank::new();
    let (maker, auditor) = (bank.clerk("maker").await, bank.clerk("auditor").await);
    bank.register(&maker, form(&[REISSUE])).await;
    let read = async |clerk: &Clerk, contract| {
        let filter = AuditFilter {
            limit: 100,
            ..AuditFilter::default()
        };
        clerk.read_audit(contract, filter).await
    };
    let refused = read(&maker, None).await;
    assert_eq!(refused.map(|_| ()), Err(Refusal::StaffNotPermitted));
    let all = read(&auditor, None).await.expect("a page").records;
    let one = read(&auditor, Some(CONTRACT))
        .await
        .expect("a page")
        .records;
    assert!(one.len() < all.len() && !one.is_empty());
    assert_eq!(bank.log.of(AuditEvent::AuditRead).len(), 2);
}
