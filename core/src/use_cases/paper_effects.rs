//! What an approved request brings about, and its end.

use super::clerk::Clerk;
use super::context::RequestContext;
use super::warifu::Warifu;
use crate::domain::paper_request::{Matter, PaperEvent, PaperRefusal, PaperRequest};
use crate::domain::retrieval_record::Cancellation;
use crate::domain::{AuditEvent, AuditOutcome, ReissueId, StaffMember, StaffRole};
use crate::ports::{DirectoryEntry, Rebinding};
use crate::{InvalidField, Outcome, Refusal};

impl Warifu {
    /// Records that nothing is left to do; what approval could not bring about then, it does now.
    /// For makers.
    pub async fn complete_paper_request(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        number: &str,
        version: u64,
    ) -> Outcome<PaperRequest> {
        let (clerk, number) = (clerk.clone(), number.to_owned());
        self.to_completion(move |warifu| async move {
            let clerk = &clerk;
            let member = warifu.acting(context, clerk, &[StaffRole::Maker]).await?;
            let mut request = warifu.load_paper_request(context, &number).await?;
            let mut seen = version;
            if request.version() == seen {
                for matter in request.outstanding().clone() {
                    request = warifu
                        .carry_out(context, clerk, &member, &request, matter)
                        .await?;
                }
                seen = request.version();
            }
            let event = PaperEvent::Complete;
            let (request, _) = warifu
                .paper_step(context, clerk, &member, &number, Some(seen), event)
                .await?;
            let event = AuditEvent::PaperCompleted;
            warifu
                .write([warifu.paper_entry(context, clerk, event, &request)])
                .await?;
            Ok(request)
        })
        .await
    }

    /// Carries one matter out and keeps that it was. Doing it twice changes nothing: it is done
    /// before it is kept, so that a program that dies in between leaves it to be done again.
    pub(super) async fn carry_out(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        member: &StaffMember,
        request: &PaperRequest,
        matter: Matter,
    ) -> Outcome<PaperRequest> {
        let subject = &request.facts().subject;
        let done = if let Some(purpose) = matter.unlocks() {
            let policy = self.attempt_policy(purpose);
            let attempts = &self.ports().attempts;
            let was_locked = attempts.unlock(subject, purpose, policy).await?;
            self.paper_entry(context, clerk, AuditEvent::LockCleared, request)
                .with("purpose", purpose)
                .with("was_locked", was_locked)
        } else {
            let (Matter::RebindOtp, Some(cards), Some(serial)) = (
                matter,
                &self.ports().otp_cards,
                &request.facts().card_serial,
            ) else {
                return Err(PaperRefusal::Outstanding(matter).into());
            };
            match cards.rebind(subject, serial).await? {
                Rebinding::Bound => {
                    self.paper_entry(context, clerk, AuditEvent::CardRebound, request)
                }
                Rebinding::NoSuchCard => {
                    let failed = self
                        .entry(context, AuditEvent::CardRebound, AuditOutcome::Refused)
                        .by_clerk(clerk)
                        .about(request)
                        .with("reason", "no-such-card");
                    self.write([failed]).await?;
                    return Err(PaperRefusal::Outstanding(matter).into());
                }
            }
        };
        self.write([done]).await?;
        let number = request.number().as_str();
        let version = Some(request.version());
        let event = PaperEvent::CarryOut(matter);
        let (request, _) = self
            .paper_step(context, clerk, member, number, version, event)
            .await?;
        Ok(request)
    }

    /// Takes the password of a notice back. What became of it.
    pub(super) async fn void_paper_password(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        request: &PaperRequest,
        reissue: ReissueId,
    ) -> Outcome<Cancellation> {
        let subject = &request.facts().subject;
        let store = &self.ports().retrieval_passwords;
        let cancellation = store.cancel(subject, reissue).await?;
        let written = |outcome| {
            self.entry(context, AuditEvent::ReissueCancelled, outcome)
                .by_clerk(clerk)
                .about(request)
                .with("reissue_id", reissue)
        };
        let entry = match cancellation {
            Cancellation::Cancelled => written(AuditOutcome::Success),
            Cancellation::AlreadyVoid | Cancellation::Unknown => {
                written(AuditOutcome::Success).with("already_void", true)
            }
            Cancellation::AlreadyRedeemed => {
                written(AuditOutcome::Refused).with("reason", "already-redeemed")
            }
        };
        self.write([entry]).await?;
        Ok(cancellation)
    }

    /// The person whom a request is about, as the directory knows them now.
    pub(super) async fn person_of(&self, request: &PaperRequest) -> Outcome<DirectoryEntry> {
        let subject = &request.facts().subject;
        let found = self.ports().directory.find(subject).await?;
        let entry = found.ok_or(InvalidField::UserUnknown)?;
        if entry.user.disabled {
            return Err(Refusal::UserDisabled);
        }
        Ok(entry)
    }
}
