//! What must hold for a step to be made.

use super::{
    PRINTING_LEASE, PaperAction, PaperRefusal, PaperRequest, PaperState, ReissueId, StaffId,
    StaffSignature, Timestamp,
};

impl PaperRequest {
    pub(super) fn require(&self, states: &[PaperState]) -> Result<(), PaperRefusal> {
        if states.contains(&self.state) {
            Ok(())
        } else if self.state == PaperState::Expired {
            Err(PaperRefusal::Expired)
        } else {
            Err(self.already_handled())
        }
    }

    /// Another pair of eyes than took it down, and, for a new notice, than printed the one before.
    pub(super) fn require_decider(
        &self,
        by: &StaffSignature,
        states: &[PaperState],
    ) -> Result<(), PaperRefusal> {
        self.require(states)?;
        self.may_decide(&by.id)
    }

    /// Whether `staff` had no hand in what is to be decided on; where they had, in what way.
    pub fn may_decide(&self, staff: &StaffId) -> Result<(), PaperRefusal> {
        if self.registered_by.id == *staff {
            return Err(PaperRefusal::OwnRequest);
        }
        if self.editors.contains(staff) {
            return Err(PaperRefusal::EditedRequest);
        }
        let printing = |action| {
            matches!(
                action,
                PaperAction::NoticeBegun
                    | PaperAction::NoticeMade
                    | PaperAction::NoticePrinted
                    | PaperAction::ReprintAsked
            )
        };
        if self.state == PaperState::Reprint && self.did(staff, printing) {
            return Err(PaperRefusal::Printer);
        }
        Ok(())
    }

    /// Whether `staff` approved neither the request nor a new notice.
    pub fn may_print(&self, staff: &StaffId) -> Result<(), PaperRefusal> {
        let approving =
            |action| matches!(action, PaperAction::Approved | PaperAction::ReprintApproved);
        if self.did(staff, approving) {
            return Err(PaperRefusal::Approver);
        }
        Ok(())
    }

    /// Whether a step of this kind was `staff`'s.
    fn did(&self, staff: &StaffId, kind: impl Fn(PaperAction) -> bool) -> bool {
        let mut steps = self.history.iter().filter(|step| kind(step.action));
        steps.any(|step| step.by.as_ref().is_some_and(|by| by.id == *staff))
    }

    pub(super) fn require_printable(&self, by: &StaffSignature) -> Result<(), PaperRefusal> {
        match self.state {
            PaperState::Approved => {}
            PaperState::Printing | PaperState::Reprint => return Err(PaperRefusal::AlreadyMade),
            PaperState::Issued | PaperState::Posted | PaperState::Undeliverable => {
                return Err(PaperRefusal::AlreadyPrinted);
            }
            PaperState::Completed if self.notice.is_some() => {
                return Err(PaperRefusal::AlreadyPrinted);
            }
            PaperState::Completed if self.needs_notice() => return Err(self.already_handled()),
            PaperState::Completed => return Err(PaperRefusal::NoNotice),
            PaperState::Draft
            | PaperState::Pending
            | PaperState::Returned
            | PaperState::Rejected
            | PaperState::Expired
            | PaperState::Cancelled => return Err(PaperRefusal::NotApproved),
        }
        if !self.needs_notice() {
            return Err(PaperRefusal::NoNotice);
        }
        self.may_print(&by.id)
    }

    /// Only whose printing it is may end it: another may have taken over meanwhile.
    pub(super) fn require_begun(&self, reissue: ReissueId) -> Result<(), PaperRefusal> {
        let ours = self.notice.is_some_and(|notice| notice.reissue == reissue);
        match self.state {
            PaperState::Approved if ours => Ok(()),
            PaperState::Approved if self.notice.is_some() => Err(PaperRefusal::BeingPrinted),
            PaperState::Printing | PaperState::Reprint => Err(PaperRefusal::AlreadyMade),
            PaperState::Issued
            | PaperState::Posted
            | PaperState::Undeliverable
            | PaperState::Completed => Err(PaperRefusal::AlreadyPrinted),
            _ => Err(PaperRefusal::NotApproved),
        }
    }

    /// There is a notice of which nobody has said yet whether it is on paper.
    pub(super) fn require_made(&self, by: &StaffSignature) -> Result<(), PaperRefusal> {
        match self.state {
            PaperState::Printing => self.may_print(&by.id),
            PaperState::Approved => Err(PaperRefusal::NotPrinted),
            PaperState::Issued | PaperState::Posted | PaperState::Undeliverable => {
                Err(PaperRefusal::AlreadyPrinted)
            }
            state if state.is_undecided() => Err(PaperRefusal::NotApproved),
            _ => self.require(&[PaperState::Printing]),
        }
    }

    /// There is a notice that nobody can have received.
    pub(super) fn require_reprintable(&self) -> Result<(), PaperRefusal> {
        match self.state {
            PaperState::Approved => Err(PaperRefusal::NotPrinted),
            state if state.is_undecided() => Err(PaperRefusal::NotApproved),
            _ => self.require(&[
                PaperState::Printing,
                PaperState::Issued,
                PaperState::Undeliverable,
            ]),
        }
    }

    pub(super) fn require_postable(&self) -> Result<(), PaperRefusal> {
        match self.state {
            PaperState::Approved if !self.needs_notice() => return Err(PaperRefusal::NoNotice),
            PaperState::Approved | PaperState::Printing | PaperState::Reprint => {
                return Err(PaperRefusal::NotPrinted);
            }
            state if state.is_undecided() => return Err(PaperRefusal::NotApproved),
            _ => self.require(&[PaperState::Issued])?,
        }
        self.require_nothing_outstanding()
    }

    pub(super) fn require_completable(&self) -> Result<(), PaperRefusal> {
        match self.state {
            PaperState::Approved if !self.needs_notice() => {}
            PaperState::Approved | PaperState::Printing | PaperState::Reprint => {
                return Err(PaperRefusal::NotPrinted);
            }
            state if state.is_undecided() => return Err(PaperRefusal::NotApproved),
            _ => self.require(&[
                PaperState::Issued,
                PaperState::Posted,
                PaperState::Undeliverable,
            ])?,
        }
        self.require_nothing_outstanding()
    }

    fn require_nothing_outstanding(&self) -> Result<(), PaperRefusal> {
        match self.outstanding.first() {
            Some(matter) => Err(PaperRefusal::Outstanding(*matter)),
            None => Ok(()),
        }
    }

    /// The notice that was printed, where one was.
    pub(super) fn printed(&self) -> Result<ReissueId, PaperRefusal> {
        match (self.state, self.notice) {
            (PaperState::Approved | PaperState::Printing | PaperState::Reprint, _) => {
                Err(PaperRefusal::NotPrinted)
            }
            (_, Some(notice)) => Ok(notice.reissue),
            (PaperState::Completed, None) => Err(PaperRefusal::NoNotice),
            (PaperState::Expired, None) => Err(PaperRefusal::Expired),
            (state, None) if state.is_undecided() => Err(PaperRefusal::NotApproved),
            (_, None) => Err(self.already_handled()),
        }
    }

    /// What a decision is called: on the request, or on a new notice.
    pub(super) fn decided(&self, request: PaperAction, reprint: PaperAction) -> PaperAction {
        if self.state == PaperState::Reprint {
            reprint
        } else {
            request
        }
    }

    pub(super) fn already_handled(&self) -> PaperRefusal {
        let last = self.history.last();
        PaperRefusal::AlreadyHandled {
            state: self.state,
            by: last.and_then(|step| step.by.clone()),
            at: last.map_or(self.registered_at, |step| step.at),
        }
    }

    pub(super) fn is_being_printed(&self, now: Timestamp) -> bool {
        let over = |begun_at: Timestamp| begun_at.plus(PRINTING_LEASE) <= now;
        self.notice.is_some_and(|notice| !over(notice.begun_at))
    }
}
