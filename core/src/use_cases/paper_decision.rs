//! The second pair of eyes: approve, reject or give back, with the decider's own login password.

use super::clerk::Clerk;
use super::context::{RequestContext, Secret};
use super::staff_log_in::ClerkVerified;
use super::warifu::Warifu;
use crate::domain::paper_request::{PaperEffect, PaperEvent, PaperLine, PaperRequest};
use crate::domain::{AuditEvent, PlainPassword, StaffMember, StaffRole};
use crate::{InvalidField, Outcome, Refusal};

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

impl Warifu {
    /// Decides on a request. For checkers who neither registered nor edited it. What was approved
    /// is carried out at once; what cannot be now, stays [`PaperRequest::outstanding`] and is
    /// carried out when completion is recorded.
    pub async fn decide_paper_request(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        form: PaperDecisionForm,
    ) -> Outcome<PaperRequest> {
        let (decision, event, password) = self.parse_decision(&form)?;
        let clerk = clerk.clone();
        self.to_completion(move |warifu| async move {
            let (clerk, number) = (&clerk, form.number.as_str());
            let member = warifu.acting(context, clerk, &[StaffRole::Checker]).await?;
            let version = Some(form.version);
            // Rules first: what cannot be done costs no attempt.
            let (request, ..) = warifu
                .preview_paper_step(context, clerk, &member, number, version, event.clone())
                .await?;
            if decision == PaperDecision::Approve {
                warifu.person_of(&request).await?;
            }
            let verified = warifu.verify_clerk(context, clerk, &password).await?;
            warifu
                .decide(
                    context,
                    clerk,
                    number,
                    form.version,
                    (decision, event),
                    verified,
                )
                .await
        })
        .await
    }

    async fn decide(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        number: &str,
        version: u64,
        (decision, event): (PaperDecision, PaperEvent),
        _verified: ClerkVerified,
    ) -> Outcome<PaperRequest> {
        // Looked up once more: checking a password takes its time.
        let member = self.acting(context, clerk, &[StaffRole::Checker]).await?;
        let (request, effects) = self
            .paper_step(context, clerk, &member, number, Some(version), event)
            .await?;
        let event = match decision {
            PaperDecision::Approve => AuditEvent::PaperApproved,
            PaperDecision::Reject => AuditEvent::PaperRejected,
            PaperDecision::Return => AuditEvent::PaperReturned,
        };
        // The reason stays in the request: customers read this log, and it is not meant for them.
        self.write([self.paper_entry(context, clerk, event, &request)])
            .await?;
        Ok(self
            .carry_out_approved(context, clerk, &member, request, effects)
            .await)
    }

    /// Approval stands whether or not a back end can follow it now.
    async fn carry_out_approved(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        member: &StaffMember,
        request: PaperRequest,
        effects: Vec<PaperEffect>,
    ) -> PaperRequest {
        let mut request = request;
        for effect in effects {
            let PaperEffect::CarryOut(matter) = effect else {
                continue;
            };
            let done = self
                .carry_out(context, clerk, member, &request, matter)
                .await;
            match done {
                Ok(next) => request = next,
                Err(refusal) => {
                    let number = request.number();
                    tracing::warn!(%refusal, %matter, %number, "not carried out yet");
                }
            }
        }
        request
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
        let password = self.parse_clerk_password(&form.login_password);
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
