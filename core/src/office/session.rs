//! The sessions of the bank's staff.

use super::clerk::Clerk;
use super::handle::Office;
use crate::context::RequestContext;
use crate::domain::{AuditEvent, AuditOutcome, Principal, Session, SessionToken, Surface};
use crate::wiring::SessionForms;
use crate::{Outcome, Refusal};

/// A member of staff in a session, in one request.
#[derive(Clone)]
pub struct StaffSession {
    /// The member of staff whose session it is, within this request.
    pub clerk: Clerk,
    /// What is remembered of the session.
    pub session: Session,
    /// Its forms.
    pub forms: SessionForms,
}

impl StaffSession {
    pub(super) fn new(token: &SessionToken, session: Session, clerk: Clerk) -> Self {
        Self {
            forms: SessionForms::new(&clerk.wiring, &clerk.actor, token),
            clerk,
            session,
        }
    }

    /// Ends the session.
    pub async fn log_out(&self) -> Outcome<()> {
        let wiring = &self.clerk.wiring;
        wiring.ports().sessions.end(self.forms.session_id()).await?;
        let ended = self
            .clerk
            .entry(AuditEvent::SessionEnded, AuditOutcome::Success)
            .with("surface", Surface::Office.name());
        wiring.write([ended]).await
    }
}

impl Office {
    /// Finds out which member of staff holds `token`, and counts it as a use of the session.
    pub async fn session(&self, context: RequestContext, token: &str) -> Outcome<StaffSession> {
        let token = SessionToken::parse(token).ok_or(Refusal::SessionRequired)?;
        let id = token.id();
        let sessions = &self.wiring.ports().sessions;
        let session = sessions
            .touch(&id, self.wiring.policy().session.idle)
            .await?
            .filter(|session| session.surface == Surface::Office)
            .ok_or(Refusal::SessionRequired)?;
        let Principal::Staff(staff) = &session.principal else {
            return Err(Refusal::SessionRequired);
        };
        let member = self.wiring.ports().staff_directory.find(staff).await?;
        if let Some(member) = member.filter(|member| !member.disabled) {
            let clerk = Clerk::in_session(&self.wiring, context, member);
            return Ok(StaffSession::new(&token, session, clerk));
        }
        sessions.end(&id).await?;
        Err(Refusal::SessionRequired)
    }
}
