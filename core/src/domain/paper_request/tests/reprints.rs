//! A notice that is no good, and queues.

use super::*;

#[test]
fn a_new_notice_needs_eyes_that_neither_printed_nor_asked() {
    let reprint = in_state(PaperState::Reprint);
    let decide = |request: &PaperRequest, who: &str| {
        let decided = request.apply(PaperEvent::Approve, &staff(who), START);
        decided.map_err(word)
    };
    assert_eq!(decide(&reprint, "printer").err(), Some("printer"));
    assert_eq!(decide(&reprint, "maker").err(), Some("own"));
    // Another who only said that it is no good.
    let printing = in_state(PaperState::Printing);
    let asked = step(&printing, jam(), "other");
    assert_eq!(decide(&asked, "other").err(), Some("printer"));

    let (approved, effects) = decide(&asked, "checker2").unwrap();
    assert_eq!(effects, [PaperEffect::VoidPassword(reissue(1))]);
    assert_eq!(approved.state(), PaperState::Approved);
    assert_eq!(approved.notice_reissue(), None);
    // Neither who approved first nor who approved now prints.
    for approver in ["checker", "checker2"] {
        let begun = PaperEvent::BeginNotice(reissue(2));
        let printed = approved.apply(begun, &staff(approver), START);
        assert_eq!(printed.map_err(word).err(), Some("approver"));
    }
    let begun = step(&approved, PaperEvent::BeginNotice(reissue(2)), "printer");
    let made = step(&begun, PaperEvent::FinishNotice(reissue(2)), "printer");
    let confirmed = made.apply(PaperEvent::ConfirmPrinted, &staff("checker"), START);
    assert_eq!(confirmed.map_err(word).err(), Some("approver"));
    let issued = step(&made, PaperEvent::ConfirmPrinted, "printer");
    assert_eq!(issued.notice_reissue(), Some(reissue(2)));
}

#[test]
fn whatever_ends_a_request_for_a_new_notice_voids_the_one_before() {
    let reprint = in_state(PaperState::Reprint);
    let ends = [
        PaperEvent::Approve,
        PaperEvent::Reject { reason: why() },
        PaperEvent::Cancel,
    ];
    for end in ends {
        let (_, effects) = reprint.apply(end, &staff("checker2"), START).unwrap();
        assert_eq!(effects, [PaperEffect::VoidPassword(reissue(1))]);
    }
}

#[test]
fn mail_that_came_back_is_sent_again_or_dealt_with_once() {
    let returned = in_state(PaperState::Undeliverable);
    assert_eq!(
        step(&returned, jam(), "printer").state(),
        PaperState::Reprint
    );
    let done = step(
        &returned,
        PaperEvent::CarryOut(Matter::UnlockLogin),
        "printer",
    );
    let completed = step(&done, PaperEvent::Complete, "printer");
    assert_eq!(
        outcome(&completed, PaperEvent::RecordReturnedMail),
        Err("no notice")
    );
}

#[test]
fn a_queue_is_the_one_that_somebody_works_off() {
    use {PaperQueue as Q, PaperState as S};
    let of = |state, who: &str| in_state(state).worked_off_in(&staff(who).id);
    assert_eq!(of(S::Pending, "maker"), None);
    assert_eq!(of(S::Pending, "checker"), Some(Q::Decision));
    assert_eq!(of(S::Approved, "checker"), Some(Q::Decision));
    assert_eq!(of(S::Approved, "maker"), Some(Q::Printing));
    assert_eq!(of(S::Returned, "checker"), Some(Q::Decision));
    assert_eq!(of(S::Returned, "maker"), Some(Q::Correction));
    assert_eq!(of(S::Reprint, "printer"), Some(Q::Printing));
    assert_eq!(of(S::Reprint, "checker"), Some(Q::Decision));
    assert_eq!(of(S::Issued, "printer"), Some(Q::Printing));
    assert_eq!(of(S::Issued, "other"), Some(Q::Posting));
    assert_eq!(of(S::Posted, "printer"), Some(Q::Posting));
    assert_eq!(of(S::Completed, "printer"), Some(Q::Posting));
    assert_eq!(of(S::Completed, "other"), None);
    let again = step(&in_state(S::Returned), ask(), "maker");
    assert_eq!(again.worked_off_in(&staff("maker").id), Some(Q::Correction));
    let unlock = step(&draft(&[Matter::UnlockOtp]), ask(), "maker");
    let approved = step(&unlock, PaperEvent::Approve, "checker");
    assert_eq!(approved.queue(), Some(Q::Posting));
}
