//! Customers' sessions. Who holds one is looked up at the moment of action.

use super::handle::Customers;
use super::operator::Operator;
use crate::context::RequestContext;
use crate::domain::{
    AuditEvent, AuditOutcome, Contract, HolderMark, Principal, Session, SessionToken, Surface, User,
};
use crate::ports::DirectoryEntry;
use crate::wiring::{SessionForms, Wiring};
use crate::{Outcome, Refusal};

/// A user in a session, in one request: what only they can do who have logged in, beside what any
/// [`Operator`] can.
#[derive(Clone)]
pub struct UserSession {
    /// The user whose session it is, within this request.
    pub operator: Operator,
    /// What is remembered of the session.
    pub session: Session,
    /// Its forms.
    pub forms: SessionForms,
}

impl UserSession {
    pub(super) fn new(
        wiring: &Wiring,
        context: RequestContext,
        (token, session): (&SessionToken, Session),
        (contract, user): (Contract, User),
    ) -> Self {
        let operator = Operator::in_session(wiring, context, contract, user);
        Self {
            forms: SessionForms::new(wiring, &operator.actor, token),
            operator,
            session,
        }
    }

    /// Ends the session.
    pub async fn log_out(&self) -> Outcome<()> {
        let wiring = &self.operator.wiring;
        self.forget_retrieved();
        wiring.ports().sessions.end(self.forms.session_id()).await?;
        let entry = self
            .operator
            .entry(AuditEvent::SessionEnded, AuditOutcome::Success)
            .with("surface", self.session.surface.name());
        wiring.write([entry]).await
    }
}

impl Customers {
    /// Finds out who holds `token`, and counts it as a use of the session.
    pub async fn session(
        &self,
        context: RequestContext,
        surface: Surface,
        token: &str,
    ) -> Outcome<UserSession> {
        let token = SessionToken::parse(token).ok_or(Refusal::SessionRequired)?;
        let id = token.id();
        let sessions = &self.wiring.ports().sessions;
        let session = sessions
            .touch(&id, self.wiring.policy().session.idle)
            .await?;
        let Some(session) = session else {
            // It ended by itself, or on another server.
            self.wiring.kept_files().forget(&id);
            return Err(Refusal::SessionRequired);
        };
        if session.surface != surface {
            return Err(Refusal::SessionRequired);
        }
        let Principal::User(subject) = &session.principal else {
            return Err(Refusal::SessionRequired);
        };
        let entry = self.wiring.ports().directory.find(subject).await?;
        let ended = |reason: &str| {
            self.wiring
                .entry(context, AuditEvent::SessionEnded, AuditOutcome::Success)
                .with("surface", surface.name())
                .with("reason", reason)
        };
        let Some(entry) = entry.filter(|entry| !entry.user.disabled) else {
            // For good: who is switched on again in a minute logs in anew, everywhere.
            let wiring = &self.wiring;
            wiring.end_sessions(subject, ended("disabled")).await?;
            return Err(Refusal::SessionRequired);
        };
        if !session.is_held_by(&holder_of(&token, &entry)) {
            self.wiring.kept_files().forget(&id);
            sessions.end(&id).await?;
            let changed = ended("password-or-person-changed").on(subject);
            self.wiring.write([changed]).await?;
            return Err(Refusal::SessionRequired);
        }
        Ok(UserSession::new(
            &self.wiring,
            context,
            (&token, session),
            (entry.contract, entry.user),
        ))
    }
}

/// Who holds a session that `token` opens, as the directory knows them.
pub(super) fn holder_of(token: &SessionToken, entry: &DirectoryEntry) -> HolderMark {
    let password = entry.login_password.as_ref();
    token.holder_mark(entry.user.identity.as_ref(), password)
}
