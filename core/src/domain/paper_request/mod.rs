//! A paper request (書面によるお手続き, form 3) from intake to the end, pure:
//! `(state, event, now) → (state, effects)`, or why not. Stores persist a [`PaperRequest`] whole and
//! only over the version it was made from; nothing else is asked of them.
//!
//! What always holds:
//! - who registered or edited a request never decides on it; who approved it never prints, and who
//!   printed its notice, or asked for a new one, never decides on the new one;
//! - of any number of steps made from one version, a store keeps one;
//! - no notice is made twice, and none without [`PaperEvent::BeginNotice`] before it; a new one only
//!   after another agreed, by when the password of the one before is void;
//! - nothing is called printed before a clerk has said that it is on paper;
//! - nothing undecided outlives its time.

mod facts;
mod query;
mod queue;
mod reception_number;
mod rules;
mod state;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use facts::{
    CalendarDay, InvalidCalendarDay, Matter, PaperCheck, PaperChecks, PaperFacts, PaperLine,
};
pub use query::{PaperPosition, PaperRequestQuery};
pub use queue::PaperQueue;
pub use reception_number::{InvalidReceptionNumber, ReceptionNumber};
pub use state::PaperState;
pub use steps::{PaperAction, PaperEffect, PaperEvent, PaperHistoryEntry, PaperRefusal};

use super::identifiers::StaffId;
use super::random_id::ReissueId;
use super::staff::StaffSignature;
use super::timestamp::Timestamp;

/// How long one clerk's printing keeps others from it. It takes a second; a process that has not
/// ended it by then has died, or will find that another took over and show nothing.
pub const PRINTING_LEASE: Duration = Duration::from_secs(10 * 60);

/// The printing of the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Notice {
    reissue: ReissueId,
    begun_at: Timestamp,
}

/// A request, complete with its history. Changed only by [`Self::apply`] and [`Self::expired_at`],
/// each of which makes the next version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRequest {
    number: ReceptionNumber,
    version: u64,
    state: PaperState,
    facts: PaperFacts,
    registered_by: StaffSignature,
    registered_at: Timestamp,
    expires_at: Timestamp,
    editors: BTreeSet<StaffId>,
    approver: Option<StaffSignature>,
    outstanding: BTreeSet<Matter>,
    notice: Option<Notice>,
    history: Vec<PaperHistoryEntry>,
}

impl PaperRequest {
    /// A fresh draft.
    pub fn draft(
        number: ReceptionNumber,
        facts: PaperFacts,
        by: StaffSignature,
        now: Timestamp,
        undecided_for: Duration,
    ) -> Self {
        Self {
            number,
            version: 1,
            state: PaperState::Draft,
            facts,
            registered_by: by.clone(),
            registered_at: now,
            expires_at: now.plus(undecided_for),
            editors: BTreeSet::new(),
            approver: None,
            outstanding: BTreeSet::new(),
            notice: None,
            history: vec![PaperHistoryEntry {
                at: now,
                by: Some(by),
                action: PaperAction::Registered,
                reason: None,
            }],
        }
    }

    /// The next version, and what is to be done once it is stored; or why there is none.
    pub fn apply(
        &self,
        event: PaperEvent,
        by: &StaffSignature,
        now: Timestamp,
    ) -> Result<(Self, Vec<PaperEffect>), PaperRefusal> {
        if self.is_overdue(now) {
            return Err(PaperRefusal::Expired);
        }
        let mut next = self.clone();
        next.version += 1;
        let mut effects = Vec::new();
        let mut reason = None;
        let action = match event {
            PaperEvent::Edit(facts) => {
                self.require(&[PaperState::Draft, PaperState::Returned])?;
                next.facts = *facts;
                next.editors.insert(by.id.clone());
                PaperAction::Edited
            }
            PaperEvent::AskForApproval { undecided_for } => {
                self.require(&[PaperState::Draft, PaperState::Returned])?;
                if let Some(check) = self.facts.checks.missing().next() {
                    return Err(PaperRefusal::CheckMissing(check));
                }
                next.state = PaperState::Pending;
                next.expires_at = now.plus(undecided_for);
                PaperAction::AskedForApproval
            }
            PaperEvent::Approve => {
                effects.extend(self.approve(&mut next, by)?);
                self.decided(PaperAction::Approved, PaperAction::ReprintApproved)
            }
            PaperEvent::Reject { reason: why } => {
                self.require_decider(by, &[PaperState::Pending, PaperState::Reprint])?;
                next.state = PaperState::Rejected;
                next.outstanding.clear();
                effects.extend(self.notice_reissue().map(PaperEffect::VoidPassword));
                reason = Some(why);
                self.decided(PaperAction::Rejected, PaperAction::ReprintRejected)
            }
            PaperEvent::Return { reason: why } => {
                self.require_decider(by, &[PaperState::Pending])?;
                next.state = PaperState::Returned;
                reason = Some(why);
                PaperAction::Returned
            }
            PaperEvent::Cancel => {
                effects.extend(self.cancel(&mut next, now)?);
                PaperAction::Cancelled
            }
            PaperEvent::CarryOut(matter) => {
                if !next.outstanding.remove(&matter) {
                    return Err(self.already_handled());
                }
                PaperAction::CarriedOut(matter)
            }
            PaperEvent::BeginNotice(reissue) => {
                next.notice = Some(self.begin_notice(by, reissue, now)?);
                PaperAction::NoticeBegun
            }
            PaperEvent::AbandonNotice(reissue) => {
                self.require_begun(reissue)?;
                next.notice = None;
                PaperAction::NoticeAbandoned
            }
            PaperEvent::FinishNotice(reissue) => {
                self.require_begun(reissue)?;
                next.state = PaperState::Printing;
                PaperAction::NoticeMade
            }
            PaperEvent::ConfirmPrinted => {
                self.require_made(by)?;
                next.state = PaperState::Issued;
                PaperAction::NoticePrinted
            }
            PaperEvent::AskForReprint { reason: why } => {
                self.require_reprintable()?;
                next.state = PaperState::Reprint;
                reason = Some(why);
                PaperAction::ReprintAsked
            }
            PaperEvent::RecordPosted => {
                self.require_postable()?;
                next.state = PaperState::Posted;
                PaperAction::Posted
            }
            PaperEvent::RecordReturnedMail => {
                effects.push(PaperEffect::VoidPassword(self.returned()?));
                next.state = PaperState::Undeliverable;
                PaperAction::MailReturned
            }
            PaperEvent::Complete => {
                self.complete(&mut next)?;
                PaperAction::Completed
            }
        };
        next.history.push(PaperHistoryEntry {
            at: now,
            by: Some(by.clone()),
            action,
            reason,
        });
        Ok((next, effects))
    }

    fn begin_notice(
        &self,
        by: &StaffSignature,
        reissue: ReissueId,
        now: Timestamp,
    ) -> Result<Notice, PaperRefusal> {
        self.require_printable(by)?;
        if self.is_being_printed(now) {
            return Err(PaperRefusal::BeingPrinted);
        }
        Ok(Notice {
            reissue,
            begun_at: now,
        })
    }

    /// The notice that comes back.
    fn returned(&self) -> Result<ReissueId, PaperRefusal> {
        let reissue = self.printed()?;
        self.require(&[
            PaperState::Issued,
            PaperState::Posted,
            PaperState::Completed,
        ])?;
        Ok(reissue)
    }

    fn complete(&self, next: &mut Self) -> Result<(), PaperRefusal> {
        self.require_completable()?;
        if self.state == PaperState::Undeliverable {
            // It came back: it cannot come back again.
            next.notice = None;
        }
        next.state = PaperState::Completed;
        Ok(())
    }

    fn approve(
        &self,
        next: &mut Self,
        by: &StaffSignature,
    ) -> Result<Vec<PaperEffect>, PaperRefusal> {
        self.require_decider(by, &[PaperState::Pending, PaperState::Reprint])?;
        next.state = PaperState::Approved;
        next.approver = Some(by.clone());
        if self.state == PaperState::Reprint {
            next.notice = None;
            let void = self.notice_reissue().map(PaperEffect::VoidPassword);
            return Ok(void.into_iter().collect());
        }
        next.outstanding.clone_from(&self.facts.matters);
        next.outstanding.remove(&Matter::ReissueRetrievalPassword);
        let matters = next.outstanding.iter().copied();
        Ok(matters.map(PaperEffect::CarryOut).collect())
    }

    fn cancel(&self, next: &mut Self, now: Timestamp) -> Result<Option<PaperEffect>, PaperRefusal> {
        if self.state != PaperState::Approved {
            self.require(&[
                PaperState::Draft,
                PaperState::Pending,
                PaperState::Returned,
                PaperState::Reprint,
            ])?;
        } else if self.is_being_printed(now) {
            return Err(PaperRefusal::BeingPrinted);
        }
        next.state = PaperState::Cancelled;
        next.outstanding.clear();
        Ok(self.notice_reissue().map(PaperEffect::VoidPassword))
    }

    /// The next version, where nobody has decided in time; nothing where there is still time.
    #[must_use]
    pub fn expired_at(&self, now: Timestamp) -> Option<Self> {
        self.is_overdue(now).then(|| {
            let mut next = self.clone();
            next.version += 1;
            next.state = PaperState::Expired;
            next.history.push(PaperHistoryEntry {
                at: now,
                by: None,
                action: PaperAction::Expired,
                reason: None,
            });
            next
        })
    }

    /// Whether its time ran out undecided.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state.is_undecided() && self.expires_at <= now
    }

    /// 受付番号.
    pub fn number(&self) -> &ReceptionNumber {
        &self.number
    }

    /// From 1; one more with every step.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How far it has come.
    pub fn state(&self) -> PaperState {
        self.state
    }

    /// What the form says.
    pub fn facts(&self) -> &PaperFacts {
        &self.facts
    }

    /// Who took it down.
    pub fn registered_by(&self) -> &StaffSignature {
        &self.registered_by
    }

    /// When it was taken down.
    pub fn registered_at(&self) -> Timestamp {
        self.registered_at
    }

    /// Until when somebody has to decide.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Who approved it.
    pub fn approver(&self) -> Option<&StaffSignature> {
        self.approver.as_ref()
    }

    /// What was approved, other than the password, and is not carried out yet.
    pub fn outstanding(&self) -> &BTreeSet<Matter> {
        &self.outstanding
    }

    /// The reissue whose password is, or was to be, on the notice.
    pub fn notice_reissue(&self) -> Option<ReissueId> {
        self.notice.map(|notice| notice.reissue)
    }

    /// Every step, oldest first.
    pub fn history(&self) -> &[PaperHistoryEntry] {
        &self.history
    }
}
