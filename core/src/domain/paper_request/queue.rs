use super::{Matter, PaperAction, PaperRequest, PaperState, StaffId};

/// What a request waits for. A request waits in one queue at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaperQueue {
    /// 承認が必要: for another's decision, on the request or on a new notice.
    Decision,
    /// 差戻し: to be corrected.
    Correction,
    /// 印刷待ち: for its notice to be made, or to be said to be on paper.
    Printing,
    /// 発送待ち: for the post; without a notice, for its end.
    Posting,
    /// 未着: what came back is to be dealt with.
    ReturnedMail,
}

impl PaperQueue {
    /// Every queue, in the order of the work.
    pub const ALL: [Self; 5] = [
        Self::Decision,
        Self::Correction,
        Self::Printing,
        Self::Posting,
        Self::ReturnedMail,
    ];

    /// The states of what may wait there.
    pub const fn states(self) -> &'static [PaperState] {
        match self {
            Self::Decision => &[PaperState::Pending, PaperState::Reprint],
            Self::Correction => &[PaperState::Returned],
            Self::Printing => &[PaperState::Approved, PaperState::Printing],
            Self::Posting => &[PaperState::Approved, PaperState::Issued],
            Self::ReturnedMail => &[PaperState::Undeliverable],
        }
    }
}

impl PaperRequest {
    /// Where it waits; nowhere where it is a draft, or nothing is left to do.
    pub fn queue(&self) -> Option<PaperQueue> {
        match self.state {
            PaperState::Pending | PaperState::Reprint => Some(PaperQueue::Decision),
            PaperState::Returned => Some(PaperQueue::Correction),
            PaperState::Approved if self.needs_notice() => Some(PaperQueue::Printing),
            PaperState::Printing => Some(PaperQueue::Printing),
            PaperState::Approved | PaperState::Issued => Some(PaperQueue::Posting),
            PaperState::Undeliverable => Some(PaperQueue::ReturnedMail),
            PaperState::Draft
            | PaperState::Posted
            | PaperState::Completed
            | PaperState::Rejected
            | PaperState::Expired
            | PaperState::Cancelled => None,
        }
    }

    /// The queue that `staff` is working off with it: the one that it left by their step, where that
    /// was the last; else the one where it waits.
    pub fn worked_off_in(&self, staff: &StaffId) -> Option<PaperQueue> {
        let mut latest_first = self.history.iter().rev();
        let last = latest_first.next()?;
        if last.by.as_ref().is_none_or(|by| by.id != *staff) {
            return self.queue();
        }
        match last.action {
            PaperAction::AskedForApproval => {
                let returned = |action| action == PaperAction::Returned;
                let again = latest_first.any(|step| returned(step.action));
                again.then_some(PaperQueue::Correction)
            }
            PaperAction::Approved
            | PaperAction::CarriedOut(_)
            | PaperAction::Rejected
            | PaperAction::Returned
            | PaperAction::ReprintApproved
            | PaperAction::ReprintRejected => Some(PaperQueue::Decision),
            PaperAction::NoticeBegun
            | PaperAction::NoticeAbandoned
            | PaperAction::NoticeMade
            | PaperAction::NoticePrinted
            | PaperAction::ReprintAsked => Some(PaperQueue::Printing),
            PaperAction::Completed => {
                let before = latest_first.next().map(|step| step.action);
                let came_back = before == Some(PaperAction::MailReturned);
                Some(if came_back {
                    PaperQueue::ReturnedMail
                } else {
                    PaperQueue::Posting
                })
            }
            PaperAction::Posted => Some(PaperQueue::Posting),
            PaperAction::Registered
            | PaperAction::Edited
            | PaperAction::Cancelled
            | PaperAction::MailReturned
            | PaperAction::Expired => self.queue(),
        }
    }

    /// Whether it asks for a password, which goes out on a notice.
    pub fn needs_notice(&self) -> bool {
        let matters = &self.facts.matters;
        matters.contains(&Matter::ReissueRetrievalPassword)
    }
}
