//! Whatever is done, in whatever order, by whomever.

use proptest::prelude::*;

use super::*;

fn any_event() -> impl Strategy<Value = PaperEvent> {
    (0u8..15, 0u8..3).prop_map(|(kind, id)| match kind {
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
        11 => PaperEvent::ConfirmPrinted,
        12 => jam(),
        13 => PaperEvent::RecordPosted,
        _ => PaperEvent::Complete,
    })
}

const fn printing(action: PaperAction) -> bool {
    matches!(
        action,
        PaperAction::NoticeBegun
            | PaperAction::NoticeMade
            | PaperAction::NoticePrinted
            | PaperAction::ReprintAsked
    )
}

proptest! {
    #[test]
    fn four_eyes_and_one_notice_whatever_happens(
        acts in prop::collection::vec((any_event(), 0u8..4, 0u64..4 * 86_400), 1..60),
    ) {
        let mut request = draft(BOTH);
        let mut now = START;
        let (mut made, mut agreed) = (0, 0);
        for (event, who, seconds) in acts {
            now = now.plus(Duration::from_secs(seconds));
            if let Some(expired) = request.expired_at(now) {
                request = expired;
            }
            let by = staff(["maker", "editor", "checker", "printer"][usize::from(who)]);
            let Ok((next, effects)) = request.apply(event.clone(), &by, now) else {
                continue;
            };
            prop_assert_eq!(next.version(), request.version() + 1);
            prop_assert_eq!(next.history().len(), request.history().len() + 1);
            match event {
                PaperEvent::Approve => {
                    let reprint = request.state() == PaperState::Reprint;
                    let hands = request.history().iter().filter(|step| {
                        matches!(step.action, PaperAction::Registered | PaperAction::Edited)
                            || reprint && printing(step.action)
                    });
                    prop_assert!(hands.into_iter().all(|step| step.by.as_ref() != Some(&by)));
                    prop_assert!(next.facts().checks.missing().next().is_none());
                    if reprint {
                        agreed += 1;
                        let before = request.notice_reissue().map(PaperEffect::VoidPassword);
                        prop_assert_eq!(effects.first().copied(), before);
                    }
                }
                PaperEvent::BeginNotice(_) => {
                    let mut approvals = request.history().iter().filter(|step| {
                        let action = step.action;
                        matches!(action, PaperAction::Approved | PaperAction::ReprintApproved)
                    });
                    prop_assert!(approvals.all(|step| step.by.as_ref() != Some(&by)));
                }
                PaperEvent::FinishNotice(_) => made += 1,
                PaperEvent::ConfirmPrinted => {
                    prop_assert_eq!(request.state(), PaperState::Printing);
                }
                _ => {}
            }
            prop_assert!(made <= 1 + agreed, "no second notice without another's agreement");
            if next.state() == PaperState::Posted {
                prop_assert!(next.outstanding().is_empty());
            }
            let queued = next.queue().is_some();
            prop_assert_eq!(queued, next.state().is_open() && next.state() != PaperState::Draft);
            request = next;
        }
        if made == 0 {
            prop_assert!(!matches!(
                request.state(),
                PaperState::Printing
                    | PaperState::Reprint
                    | PaperState::Issued
                    | PaperState::Posted
                    | PaperState::Undeliverable
                    | PaperState::Completed
            ));
        }
    }
}
