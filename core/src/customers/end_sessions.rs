//! Ending sessions: one's own in other places, and another user's.

use super::handle::Customers;
use super::operator::Operator;
use super::session::UserSession;
use crate::context::RequestContext;
use crate::domain::{AuditEvent, AuditOutcome, Principal, Subject, User};
use crate::wiring::to_completion;
use crate::{Outcome, Refusal};

impl UserSession {
    /// Ends all sessions of the user but this one, on every surface, and forgets all browsers.
    pub async fn end_other_sessions(&self) -> Outcome<()> {
        let session = self.clone();
        to_completion(async move {
            let (operator, wiring) = (&session.operator, &session.operator.wiring);
            let principal = Principal::User(operator.subject().clone());
            let attempts = &wiring.ports().attempts;
            attempts.forget_browsers(operator.subject()).await?;
            let this = Some(session.forms.session_id());
            let files = wiring.kept_files();
            files.forget_all_of(operator.subject(), this);
            let count = wiring.ports().sessions.end_all(&principal, this).await?;
            let ended = operator
                .entry(AuditEvent::SessionEnded, AuditOutcome::Success)
                .on(operator.subject())
                .with("others", true)
                .with("sessions", count);
            wiring.write([ended]).await
        })
        .await
    }
}

impl Operator {
    /// Ends all sessions of another user of the contract. For service administrators; one's own end
    /// by [`UserSession::end_other_sessions`] and the logout.
    pub async fn end_sessions(&self, user_id: &str) -> Outcome<()> {
        let (operator, user_id) = (self.clone(), user_id.to_owned());
        to_completion(async move {
            if !operator.user.service_administrator {
                let reason = "not-service-administrator";
                operator.write_denied(reason, None).await?;
                return Err(Refusal::NotPermitted);
            }
            let target = operator.selectable(&user_id).await?;
            if !operator.may_end_sessions_of(&target) {
                operator.write_denied("own-sessions", None).await?;
                return Err(Refusal::NotPermitted);
            }
            let ended = operator.entry(AuditEvent::SessionEnded, AuditOutcome::Success);
            operator.wiring.end_sessions(&target.subject, ended).await
        })
        .await
    }

    /// Whether the operator may end the sessions of `target`.
    pub fn may_end_sessions_of(&self, target: &User) -> bool {
        self.user.service_administrator && target.subject != *self.subject()
    }
}

impl Customers {
    /// Ends all sessions of users whom a directory was told to be switched off or gone.
    pub async fn end_sessions_of_withdrawn(
        &self,
        context: RequestContext,
        withdrawn: &[Subject],
    ) -> Outcome<()> {
        self.wiring
            .end_sessions_of_withdrawn(context, withdrawn)
            .await
    }
}
