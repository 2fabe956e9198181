//! The sessions of the bank's staff.

use super::clerk::Clerk;
use super::handle::Office;
use crate::context::RequestContext;
use crate::domain::{
    AuditEvent, AuditOutcome, HolderMark, PasswordHash, PasswordVersion, Principal, Session,
    SessionToken, Surface,
};
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
        let directory = &self.wiring.ports().staff_directory;
        let member = directory.find(staff).await?;
        let Some(member) = member.filter(|member| !member.disabled) else {
            sessions.end_all(&session.principal, None).await?;
            return Err(Refusal::SessionRequired);
        };
        let password = directory.imported_hash(staff).await?;
        if !session.is_held_by(&clerk_holding(&token, password.as_ref())) {
            sessions.end(&id).await?;
            return Err(Refusal::SessionRequired);
        }
        let clerk = Clerk::in_session(&self.wiring, context, member);
        Ok(StaffSession::new(&token, session, clerk))
    }
}

/// Who holds a session that `token` opens: whoever has this login password.
pub(super) fn clerk_holding(token: &SessionToken, password: Option<&PasswordHash>) -> HolderMark {
    let version = password.map(PasswordVersion::of_hash);
    token.holder_mark(None, version.as_ref())
}
