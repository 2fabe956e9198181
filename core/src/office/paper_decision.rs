//! The second pair of eyes: approve, reject or give back, with the decider's own login password.

use super::acting::ActingClerk;
use super::clerk::Clerk;
use super::staff_password::parse_staff_password;
use crate::domain::paper_request::{PaperEffect, PaperEvent, PaperLine, PaperRequest, PaperState};
use crate::domain::{AuditEvent, PlainPassword, StaffRole};
use crate::entitlement::{Decision, Entitlement};
use crate::wiring::to_completion;
use crate::{InvalidField, Outcome, Refusal, Secret};

/// What a decision can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperDecision {
    /// 承認.
    Approve,
    /// 却下.
    Reject,
    /// 差戻し.
    Return,
}

impl PaperDecision {
    /// Every decision.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Reject, Self::Return];

    /// The stable name, as in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Return => "return",
        }
    }
}

/// A decision as entered.
#[derive(Clone)]
pub struct PaperDecisionForm {
    /// On which request.
    pub number: String,
    /// As the clerk saw it.
    pub version: u64,
    /// By name.
    pub decision: String,
    /// Why; asked for unless it is approved.
    pub reason: String,
    /// The decider's own ログインパスワード.
    pub login_password: Secret,
}

impl Clerk {
    /// Decides on a request, or on a new notice. For checkers who neither registered nor edited it, nor
    /// printed the notice before. What was approved
    /// is carried out at once; what cannot be now, stays [`PaperRequest::outstanding`] and is
    /// carried out when completion is recorded.
    pub async fn decide_paper_request(&self, form: PaperDecisionForm) -> Outcome<PaperRequest> {
        let (decision, event, password) = self.parse_decision(&form)?;
        let clerk = self.clone();
        to_completion(async move {
            let checker = clerk.acting(&[StaffRole::Checker]).await?;
            let act = Decision {
                number: form.number,
                version: form.version,
                event,
            };
            // Rules first: what cannot be done costs no attempt.
            let made = checker
                .preview(&act.number, Some(act.version), act.event.clone())
                .await?;
            if decision == PaperDecision::Approve {
                clerk.person_of(&made.current).await?;
            }
            let entitlement = clerk.entitle(act, &password).await?;
            clerk.decide(decision, entitlement).await
        })
        .await
    }

    async fn decide(
        &self,
        decision: PaperDecision,
        entitlement: Entitlement<Decision>,
    ) -> Outcome<PaperRequest> {
        // Looked up once more: checking a password takes its time.
        let checker = self.acting(&[StaffRole::Checker]).await?;
        let act = entitlement.into_act();
        let made = checker
            .preview(&act.number, Some(act.version), act.event.clone())
            .await?;
        let of_reprint = made.current.state() == PaperState::Reprint;
        self.void_what_was_printed(&made).await?;
        let (request, effects) = checker
            .step(&act.number, Some(act.version), act.event)
            .await?;
        let event = match decision {
            PaperDecision::Approve => AuditEvent::PaperApproved,
            PaperDecision::Reject => AuditEvent::PaperRejected,
            PaperDecision::Return => AuditEvent::PaperReturned,
        };
        // The reason stays in the request: customers read this log, and it is not meant for them.
        let decided = self.paper_entry(event, &request);
        let decided = if of_reprint {
            decided.with("reprint", true)
        } else {
            decided
        };
        self.wiring.write([decided]).await?;
        Ok(checker.carry_out_approved(request, effects).await)
    }

    fn parse_decision(
        &self,
        form: &PaperDecisionForm,
    ) -> Outcome<(PaperDecision, PaperEvent, PlainPassword)> {
        let decision = PaperDecision::ALL
            .into_iter()
            .find(|decision| decision.name() == form.decision)
            .ok_or(InvalidField::Decision);
        let reason = PaperLine::parse(&form.reason).ok_or(InvalidField::Reason);
        let event = decision.and_then(|decision| match decision {
            PaperDecision::Approve => Ok((decision, PaperEvent::Approve)),
            PaperDecision::Reject => Ok((decision, PaperEvent::Reject { reason: reason? })),
            PaperDecision::Return => Ok((decision, PaperEvent::Return { reason: reason? })),
        });
        let password = parse_staff_password(&self.wiring, &form.login_password);
        match (event, password) {
            (Ok((decision, event)), Ok(password)) => Ok((decision, event, password)),
            (event, password) => Err(Refusal::Invalid(
                [event.err(), password.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }
}

impl ActingClerk {
    /// Approval stands whether or not a back end can follow it now.
    async fn carry_out_approved(
        &self,
        request: PaperRequest,
        effects: Vec<PaperEffect>,
    ) -> PaperRequest {
        let mut request = request;
        for effect in effects {
            let PaperEffect::CarryOut(matter) = effect else {
                continue;
            };
            match self.carry_out(&request, matter).await {
                Ok(next) => request = next,
                Err(refusal) => {
                    let number = request.number();
                    tracing::warn!(%refusal, %matter, %number, "not carried out yet");
                }
            }
        }
        request
    }
}
