//! Sessions, and who acts in them. Rights are looked up at the moment of action.

use sha2::{Digest, Sha256};
use std::sync::Arc;
use zeroize::Zeroizing;

use super::context::RequestContext;
use super::warifu::Warifu;
use crate::domain::{
    AuditEvent, AuditOutcome, Contract, ContractNumber, Permission, Principal, Session, SessionId,
    SessionToken, Subject, Surface, User,
};
use crate::{Outcome, Refusal};

/// Who acts: a user with a session, as the directory knows them at this very request.
#[derive(Clone)]
pub struct Operator {
    /// The session.
    pub session: Session,
    /// The tenant.
    pub contract: Contract,
    /// The user.
    pub user: User,
    held: HeldSession,
    at_terminal: bool,
}

/// What forms are tied to: one session, and who holds it. The same for users and for staff.
#[derive(Clone)]
pub struct HeldSession {
    id: SessionId,
    form_key: Arc<Zeroizing<[u8; 32]>>,
    actor: String,
    contract: Option<ContractNumber>,
}

impl HeldSession {
    pub(super) fn new(
        token: &SessionToken,
        actor: String,
        contract: Option<ContractNumber>,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"warifu form key\0");
        hash.update(token.expose().as_bytes());
        Self {
            id: token.id(),
            form_key: Arc::new(Zeroizing::new(hash.finalize().into())),
            actor,
            contract,
        }
    }

    pub(super) fn id(&self) -> &SessionId {
        &self.id
    }

    pub(super) fn form_key(&self) -> &[u8] {
        self.form_key.as_slice()
    }

    /// As the audit log names its holder.
    pub(super) fn actor(&self) -> &str {
        &self.actor
    }

    pub(super) fn contract(&self) -> Option<&ContractNumber> {
        self.contract.as_ref()
    }
}

impl AsRef<HeldSession> for Operator {
    fn as_ref(&self) -> &HeldSession {
        &self.held
    }
}

impl Operator {
    pub(super) fn new(
        token: &SessionToken,
        session: Session,
        contract: Contract,
        user: User,
    ) -> Self {
        let actor = user.id().to_string();
        let held = HeldSession::new(token, actor, Some(contract.number.clone()));
        Self {
            session,
            contract,
            user,
            held,
            at_terminal: false,
        }
    }

    /// Who acts at a terminal of the bank.
    pub(super) fn at_terminal(mut self) -> Self {
        self.at_terminal = true;
        self
    }

    pub(super) fn is_at_terminal(&self) -> bool {
        self.at_terminal
    }

    /// Contract and user ID.
    pub fn subject(&self) -> &Subject {
        &self.user.subject
    }

    pub(super) fn session_id(&self) -> &SessionId {
        self.held.id()
    }
}

impl Warifu {
    /// Finds out who holds `token`, and counts it as a use of the session.
    pub async fn operator(
        &self,
        _context: RequestContext,
        surface: Surface,
        token: &str,
    ) -> Outcome<Operator> {
        let token = SessionToken::parse(token).ok_or(Refusal::SessionRequired)?;
        let id = token.id();
        let sessions = &self.ports().sessions;
        let session = sessions
            .touch(&id, self.policy().session.idle)
            .await?
            .filter(|session| session.surface == surface)
            .ok_or(Refusal::SessionRequired)?;
        let Principal::User(subject) = &session.principal else {
            return Err(Refusal::SessionRequired);
        };
        let entry = self.ports().directory.find(subject).await?;
        if let Some(entry) = entry.filter(|entry| !entry.user.disabled) {
            return Ok(Operator::new(&token, session, entry.contract, entry.user));
        }
        sessions.end(&id).await?;
        Err(Refusal::SessionRequired)
    }

    /// Ends the operator's session.
    pub async fn log_out(&self, context: RequestContext, operator: &Operator) -> Outcome<()> {
        self.ports().sessions.end(operator.session_id()).await?;
        let entry = self
            .entry(context, AuditEvent::SessionEnded, AuditOutcome::Success)
            .by(operator)
            .with("surface", operator.session.surface.name());
        self.write([entry]).await
    }

    /// Refuses who does not hold the reissue right, and writes that down.
    pub async fn require_reissue_right(
        &self,
        context: RequestContext,
        operator: &Operator,
    ) -> Outcome<()> {
        if operator.user.holds(Permission::ReissueRetrievalPassword) {
            return Ok(());
        }
        self.write_denied(context, operator, "no-reissue-right", None)
            .await?;
        Err(Refusal::NotPermitted)
    }
}
