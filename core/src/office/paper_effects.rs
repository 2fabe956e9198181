//! What an approved request brings about, and its end.

use super::acting::{ActingClerk, Preview};
use super::clerk::Clerk;
use crate::domain::paper_request::{Matter, PaperEffect, PaperEvent, PaperRefusal, PaperRequest};
use crate::domain::retrieval_record::Cancellation;
use crate::domain::{AuditEvent, AuditOutcome, ReissueId, StaffRole};
use crate::ports::{DirectoryEntry, Rebinding};
use crate::wiring::to_completion;
use crate::{InvalidField, Outcome, Refusal};

impl Clerk {
    /// Records that nothing is left to do; what approval could not bring about then, it does now.
    /// For makers.
    pub async fn complete_paper_request(
        &self,
        number: &str,
        version: u64,
    ) -> Outcome<PaperRequest> {
        let (clerk, number) = (self.clone(), number.to_owned());
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let mut request = clerk.load_paper_request(&number).await?;
            let mut seen = version;
            if request.version() == seen {
                request = maker.carry_out_outstanding(request).await?;
                seen = request.version();
            }
            let event = PaperEvent::Complete;
            let (request, _) = maker.step(&number, Some(seen), event).await?;
            let completed = clerk.paper_entry(AuditEvent::PaperCompleted, &request);
            clerk.wiring.write([completed]).await?;
            Ok(request)
        })
        .await
    }

    /// Takes back what a step would void, before it is recorded: whoever reads of the step may rely
    /// on it. Whether somebody had redeemed it by then.
    pub(super) async fn void_what_was_printed(&self, made: &Preview) -> Outcome<bool> {
        let mut already_redeemed = false;
        for effect in &made.effects {
            if let PaperEffect::VoidPassword(reissue) = effect {
                let cancellation = self.void_paper_password(&made.current, *reissue).await?;
                already_redeemed |= cancellation == Cancellation::AlreadyRedeemed;
            }
        }
        Ok(already_redeemed)
    }

    /// Takes the password of a notice back. What became of it.
    pub(super) async fn void_paper_password(
        &self,
        request: &PaperRequest,
        reissue: ReissueId,
    ) -> Outcome<Cancellation> {
        let subject = &request.facts().subject;
        let store = &self.wiring.ports().retrieval_passwords;
        let cancellation = store.cancel(subject, reissue).await?;
        let written = |outcome| {
            self.entry(AuditEvent::ReissueCancelled, outcome)
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
        self.wiring.write([entry]).await?;
        Ok(cancellation)
    }

    /// The person whom a request is about, as the directory knows them now.
    pub(super) async fn person_of(&self, request: &PaperRequest) -> Outcome<DirectoryEntry> {
        let subject = &request.facts().subject;
        let found = self.wiring.ports().directory.find(subject).await?;
        let entry = found.ok_or(InvalidField::UserUnknown)?;
        if entry.user.disabled {
            return Err(Refusal::UserDisabled);
        }
        Ok(entry)
    }
}

impl ActingClerk {
    /// Does what approval could not bring about then.
    pub(super) async fn carry_out_outstanding(
        &self,
        request: PaperRequest,
    ) -> Outcome<PaperRequest> {
        let mut request = request;
        for matter in request.outstanding().clone() {
            request = self.carry_out(&request, matter).await?;
        }
        Ok(request)
    }

    /// Carries one matter out and keeps that it was. Doing it twice changes nothing: it is done
    /// before it is kept, so that a program that dies in between leaves it to be done again.
    pub(super) async fn carry_out(
        &self,
        request: &PaperRequest,
        matter: Matter,
    ) -> Outcome<PaperRequest> {
        let (clerk, wiring) = (&self.clerk, &self.clerk.wiring);
        let subject = &request.facts().subject;
        let done = if let Some(purpose) = matter.unlocks() {
            let policy = wiring.attempt_policy(purpose);
            let attempts = &wiring.ports().attempts;
            let was_locked = attempts.unlock(subject, purpose, policy).await?;
            clerk
                .paper_entry(AuditEvent::LockCleared, request)
                .with("purpose", purpose)
                .with("was_locked", was_locked)
        } else {
            let (Matter::RebindOtp, Some(cards), Some(serial)) = (
                matter,
                &wiring.ports().otp_cards,
                &request.facts().card_serial,
            ) else {
                return Err(PaperRefusal::Outstanding(matter).into());
            };
            match cards.rebind(subject, serial).await? {
                Rebinding::Bound => {
                    // Who had the card before may be at work with it.
                    let ended = clerk.paper_entry(AuditEvent::SessionEnded, request);
                    let ended = ended.with("reason", "card-rebound");
                    wiring.end_sessions(subject, ended).await?;
                    clerk.paper_entry(AuditEvent::CardRebound, request)
                }
                Rebinding::NoSuchCard => {
                    let failed = clerk
                        .entry(AuditEvent::CardRebound, AuditOutcome::Refused)
                        .about(request)
                        .with("reason", "no-such-card");
                    wiring.write([failed]).await?;
                    return Err(PaperRefusal::Outstanding(matter).into());
                }
            }
        };
        wiring.write([done]).await?;
        let number = request.number().as_str();
        let version = Some(request.version());
        let event = PaperEvent::CarryOut(matter);
        let (request, _) = self.step(number, version, event).await?;
        Ok(request)
    }
}
