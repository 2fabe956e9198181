//! The bank's staff in a session, and what their roles let them do. Roles are looked up at the
//! moment of action.

use super::context::RequestContext;
use super::sessions::HeldSession;
use super::warifu::Warifu;
use crate::domain::{
    AuditEvent, AuditOutcome, Principal, Session, SessionToken, StaffMember, StaffRole, Subject,
    Surface,
};
use crate::{Outcome, Refusal};

/// A member of staff with a session, as the staff directory knows them at this very request.
#[derive(Clone)]
pub struct Clerk {
    /// The session.
    pub session: Session,
    /// Who.
    pub member: StaffMember,
    held: HeldSession,
    at_terminal: bool,
}

impl Clerk {
    pub(super) fn new(token: &SessionToken, session: Session, member: StaffMember) -> Self {
        let held = HeldSession::new(token, actor(&member), None);
        Self {
            session,
            member,
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

    /// How counters, quotas and cards know the member.
    pub(super) fn subject(&self) -> Subject {
        Subject::of_staff(&self.member.id)
    }
}

impl AsRef<HeldSession> for Clerk {
    fn as_ref(&self) -> &HeldSession {
        &self.held
    }
}

/// A member of staff as the audit log names them: no user can have such an ID.
pub(super) fn actor(member: &StaffMember) -> String {
    format!("staff:{}", member.id)
}

impl Warifu {
    /// Finds out which member of staff holds `token`, and counts it as a use of the session.
    pub async fn clerk(&self, _context: RequestContext, token: &str) -> Outcome<Clerk> {
        let token = SessionToken::parse(token).ok_or(Refusal::SessionRequired)?;
        let id = token.id();
        let sessions = &self.ports().sessions;
        let session = sessions
            .touch(&id, self.policy().session.idle)
            .await?
            .filter(|session| session.surface == Surface::Office)
            .ok_or(Refusal::SessionRequired)?;
        let Principal::Staff(staff) = &session.principal else {
            return Err(Refusal::SessionRequired);
        };
        let member = self.ports().staff_directory.find(staff).await?;
        if let Some(member) = member.filter(|member| !member.disabled) {
            return Ok(Clerk::new(&token, session, member));
        }
        sessions.end(&id).await?;
        Err(Refusal::SessionRequired)
    }

    /// Ends the session of a member of staff.
    pub async fn staff_log_out(&self, context: RequestContext, clerk: &Clerk) -> Outcome<()> {
        self.ports().sessions.end(clerk.held.id()).await?;
        let ended = self
            .entry(context, AuditEvent::SessionEnded, AuditOutcome::Success)
            .by_clerk(clerk)
            .with("surface", Surface::Office.name());
        self.write([ended]).await
    }

    /// The member as the directory knows them now, where they hold one of `roles`. Whoever does
    /// not is refused, and that is written down.
    pub(super) async fn acting(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        roles: &[StaffRole],
    ) -> Outcome<StaffMember> {
        let found = self.ports().staff_directory.find(&clerk.member.id).await?;
        let permitted = found.filter(|member| roles.iter().any(|role| member.holds(*role)));
        if let Some(member) = permitted {
            return Ok(member);
        }
        let wanted: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        let denied = self
            .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
            .by_clerk(clerk)
            .with("reason", "role")
            .with("wanted", wanted.join(" or "));
        self.write([denied]).await?;
        Err(Refusal::StaffNotPermitted)
    }
}
