//! Notices in runs, and what is no good: nothing is lost, nothing is made twice, and a second one needs
//! other eyes.

use warifu_core::Refusal;
use warifu_core::domain::AuditEvent;
use warifu_core::domain::paper_request::{PaperQueue, PaperRefusal, PaperRequest, PaperState};
use warifu_core::domain::retrieval_record::ReissueStatus;
use warifu_core::office::{Clerk, NOTICES_IN_A_RUN, PaperTab};
use warifu_core::ports::RetrievalPasswordStore;

use crate::bank::{Bank, REISSUE, form, user01};

async fn approved(bank: &Bank, user: &str) -> PaperRequest {
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let mut form = form(&[REISSUE]);
    user.clone_into(&mut form.user_id);
    let request = bank.register(&maker, form).await;
    let approved = bank.decide(&checker, &request, "approve").await;
    approved.expect("an approval")
}

/// What became of the latest password of the contract.
async fn latest(bank: &Bank) -> ReissueStatus {
    let policy = &bank.use_cases.service.policy().retrieval;
    let store: &dyn RetrievalPasswordStore = bank.store.as_ref();
    let reissues = store.reissues(&user01().contract, None, policy, 10).await;
    reissues.expect("a list")[0].status
}

fn number(request: &PaperRequest) -> String {
    request.number().to_string()
}

async fn printed(bank: &Bank, maker: &Clerk, user: &str) -> PaperRequest {
    let request = approved(bank, user).await;
    bank.print(maker, &request).await.expect("a notice");
    let steps = maker.confirm_printed_notices(vec![number(&request)]).await;
    steps.expect("a record").done.remove(0)
}

#[tokio::test]
async fn a_run_makes_each_notice_once_with_its_record_and_leaves_out_what_cannot_be_made() {
    let bank = Bank::new();
    let maker = bank.clerk("maker").await;
    let mut numbers = Vec::new();
    for user in ["user01", "holder01", "admin01"] {
        numbers.push(number(&approved(&bank, user).await));
    }
    let undecided = bank.register(&maker, form(&[REISSUE])).await;
    numbers.insert(1, number(&undecided));
    // The same once more is not made once more.
    numbers.push(numbers[0].clone());
    let run = maker.print_paper_notices(numbers.clone()).await;
    let run = run.expect("a run");
    assert_eq!(run.made.len(), 3);
    assert!(run.left.is_empty());
    assert_eq!(
        run.refused,
        [(numbers[1].clone(), PaperRefusal::NotApproved.into())]
    );
    for notice in &run.made {
        assert!(bank.opens(notice).await.expect("an answer"));
        assert_eq!(notice.request.state(), PaperState::Printing);
    }
    assert_eq!(bank.log.of(AuditEvent::NoticeMade).len(), 3);
    assert_eq!(bank.log.of(AuditEvent::NoticePrinted).len(), 0);

    let again = maker.print_paper_notices(numbers.clone()).await;
    let again = again.expect("a run");
    assert!(again.made.is_empty());
    let made = Refusal::from(PaperRefusal::AlreadyMade);
    let refusals = again.refused.iter().filter(|(_, refusal)| *refusal == made);
    assert_eq!(refusals.count(), 3);

    let confirmed = maker.confirm_printed_notices(numbers[..2].to_vec()).await;
    let confirmed = confirmed.expect("records");
    assert_eq!((confirmed.done.len(), confirmed.refused.len()), (1, 1));
    assert_eq!(bank.log.of(AuditEvent::NoticePrinted).len(), 1);
    let counts = maker.count_paper_requests().await.expect("counts");
    assert_eq!((counts.to_print, counts.to_post), (2, 1));
    assert_eq!((counts.all, counts.processed), (4, Some(0)));
}

#[tokio::test]
async fn a_failure_in_the_middle_of_a_run_loses_none_and_makes_none_twice() {
    let bank = Bank::new();
    let maker = bank.clerk("maker").await;
    let first = number(&approved(&bank, "user01").await);
    let others = [
        number(&approved(&bank, "holder01").await),
        number(&approved(&bank, "admin01").await),
    ];
    let run = maker.print_paper_notices(vec![first.clone()]).await;
    assert_eq!(run.expect("a run").made.len(), 1);
    *bank.log.fails_at.lock() = Some(AuditEvent::NoticeMade);
    let mut all = vec![first];
    all.extend(others.clone());
    let run = maker.print_paper_notices(all.clone()).await.expect("a run");
    assert!(run.made.is_empty());
    assert_eq!(
        run.refused.len(),
        2,
        "the rest is not tried while the log is down"
    );
    assert_eq!(run.left, [others[1].clone()]);
    *bank.log.fails_at.lock() = None;
    let run = maker.print_paper_notices(all).await.expect("a run");
    assert_eq!(run.made.len(), 2);
    for notice in &run.made {
        assert!(bank.opens(notice).await.expect("an answer"));
    }
    assert_eq!(bank.log.of(AuditEvent::NoticeMade).len(), 3);
}

#[tokio::test]
async fn a_run_ends_after_as_many_as_a_page_holds() {
    let bank = Bank::new();
    let maker = bank.clerk("maker").await;
    let unknown: Vec<String> = (0..=NOTICES_IN_A_RUN).map(|of| format!("x{of}")).collect();
    let run = maker.print_paper_notices(unknown).await.expect("a run");
    assert!(run.made.is_empty() && run.left.is_empty());
    assert_eq!(run.refused.len(), NOTICES_IN_A_RUN + 1);
    assert_eq!(run.refused[0].1, Refusal::PaperRequestNotFound);
}

#[tokio::test]
async fn a_jam_needs_other_eyes_and_voids_the_first_password() {
    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let both = bank.clerk("both").await;
    let request = approved(&bank, "user01").await;
    let first = bank.print(&both, &request).await.expect("a notice");
    let current = bank.show(&request).await;
    let no_reason = both
        .ask_for_reprint(&number(&request), current.version(), " ")
        .await;
    assert!(no_reason.is_err());
    let asked = both
        .ask_for_reprint(&number(&request), current.version(), "紙づまり")
        .await
        .expect("a request");
    assert_eq!(asked.state(), PaperState::Reprint);
    assert!(
        bank.opens(&first).await.expect("an answer"),
        "not decided yet"
    );
    let again = bank.print(&maker, &request).await.map(|_| ());
    assert_eq!(again, Err(PaperRefusal::AlreadyMade.into()));
    let own = bank.decide(&both, &asked, "approve").await.map(|_| ());
    assert_eq!(own, Err(PaperRefusal::Printer.into()));
    assert!(bank.opens(&first).await.expect("an answer"));

    let approved = bank.decide(&checker, &asked, "approve").await;
    let approved = approved.expect("an approval");
    assert_eq!(approved.queue(), Some(PaperQueue::Printing));
    assert_eq!(latest(&bank).await, ReissueStatus::Cancelled);
    assert_eq!(bank.log.of(AuditEvent::ReissueCancelled).len(), 1);
    let decisions = bank.log.of(AuditEvent::PaperApproved);
    assert_eq!(decisions.len(), 2);
    assert_eq!(decisions[1].detail["reprint"], "true");
    let second = bank.print(&maker, &approved).await.expect("a new notice");
    assert!(bank.opens(&second).await.expect("an answer"));
    assert_eq!(bank.log.of(AuditEvent::NoticeMade).len(), 2);
    assert_eq!(bank.log.of(AuditEvent::NoticeReprintRequested).len(), 1);
}

#[tokio::test]
async fn a_reprint_that_is_refused_or_given_up_leaves_no_password() {
    for ends in ["reject", "cancel"] {
        let bank = Bank::new();
        let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
        let request = approved(&bank, "user01").await;
        let notice = bank.print(&maker, &request).await.expect("a notice");
        let version = notice.request.version();
        let asked = maker
            .ask_for_reprint(&number(&request), version, "紙づまり")
            .await
            .expect("a request");
        let ended = if ends == "reject" {
            bank.decide(&checker, &asked, "reject").await
        } else {
            maker
                .cancel_paper_request(&number(&asked), asked.version())
                .await
        };
        assert!(!ended.expect("an end").state().is_open());
        assert_eq!(latest(&bank).await, ReissueStatus::Cancelled, "{ends}");
    }
}

#[tokio::test]
async fn next_goes_through_a_queue_oldest_first_and_begins_again() {
    let bank = Bank::new();
    let (maker, checker) = (bank.clerk("maker").await, bank.clerk("checker").await);
    let mut waiting = Vec::new();
    for user in ["user01", "holder01", "admin01"] {
        let mut form = form(&[REISSUE]);
        user.clone_into(&mut form.user_id);
        waiting.push(bank.register(&maker, form).await);
        bank.clock.advance_by(std::time::Duration::from_secs(1));
    }
    let next = async |clerk: &Clerk, queue, of: &PaperRequest| {
        let next = clerk.next_paper_request(queue, of).await;
        next.expect("an answer")
    };
    let queue = PaperQueue::Decision;
    for (of, expected) in [(0, 1), (1, 2), (2, 0)] {
        let found = next(&checker, queue, &waiting[of]).await;
        assert_eq!(found.as_ref(), Some(waiting[expected].number()));
    }
    assert_eq!(
        next(&maker, queue, &waiting[0]).await,
        None,
        "all are the maker's own"
    );
    bank.decide(&checker, &waiting[1], "approve")
        .await
        .expect("an approval");
    let found = next(&checker, queue, &waiting[1]).await;
    assert_eq!(found.as_ref(), Some(waiting[2].number()));
    let both = bank.clerk("both").await;
    bank.decide(&both, &waiting[2], "approve")
        .await
        .expect("an approval");
    let printing = PaperQueue::Printing;
    let found = next(&both, printing, &waiting[0]).await;
    assert_eq!(
        found.as_ref(),
        Some(waiting[1].number()),
        "not what they approved"
    );
    assert_eq!(next(&both, printing, &waiting[1]).await, None);
}

#[tokio::test]
async fn what_is_posted_is_done_with_and_mail_that_comes_back_waits_again() {
    let bank = Bank::new();
    let maker = bank.clerk("maker").await;
    let request = printed(&bank, &maker, "user01").await;
    let posted = maker.record_posted_notices(vec![number(&request)]).await;
    let posted = posted.expect("records").done.remove(0);
    assert_eq!(posted.state(), PaperState::Posted);
    assert_eq!(bank.log.of(AuditEvent::NoticePosted).len(), 1);
    let counts = maker.count_paper_requests().await.expect("counts");
    assert_eq!((counts.to_post, counts.processed), (0, Some(1)));
    let returned = maker
        .record_returned_mail(&number(&posted), posted.version())
        .await
        .expect("a record");
    let counts = maker.count_paper_requests().await.expect("counts");
    assert_eq!(counts.of(PaperTab::Undelivered), Some(1));
    assert_eq!(counts.processed, Some(0));
    let version = returned.request.version();
    let done = maker
        .complete_paper_request(&number(&posted), version)
        .await;
    assert_eq!(done.expect("an end").state(), PaperState::Completed);
}

#[tokio::test]
async fn what_was_kept_before_there_were_these_states_is_read() {
    let bank = Bank::new();
    let maker = bank.clerk("maker").await;
    let request = printed(&bank, &maker, "user01").await;
    let mut old = serde_json::to_value(&request).expect("JSON");
    // To be printed was all there was, and it was said when the notice was made.
    let history = old["history"].as_array_mut().expect("steps");
    history.retain(|step| step["action"] != "notice-made");
    let read: PaperRequest = serde_json::from_value(old).expect("a request");
    assert_eq!(read.queue(), Some(PaperQueue::Posting));
    assert_eq!(read.notice_reissue(), request.notice_reissue());
    let printers = [&maker.member.id];
    for printer in printers {
        assert_eq!(read.worked_off_in(printer), Some(PaperQueue::Printing));
    }
}
