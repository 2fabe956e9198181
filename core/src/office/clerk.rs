//! A member of the bank's staff who acts. What clerks do stands in the files beside this one.

use crate::context::RequestContext;
use crate::domain::{AuditEvent, AuditOutcome, StaffId, StaffMember, Subject};
use crate::wiring::{Actor, Entry, Wiring};

/// A member of staff who acts, in one request, from one place: in a session or at a terminal of the
/// bank.
#[derive(Clone)]
pub struct Clerk {
    /// Who, as the staff directory knew them when the request began.
    pub member: StaffMember,
    pub(crate) wiring: Wiring,
    pub(crate) actor: Actor,
}

impl Clerk {
    pub(crate) fn new(wiring: &Wiring, actor: Actor, member: StaffMember) -> Self {
        Self {
            member,
            wiring: wiring.clone(),
            actor,
        }
    }

    pub(super) fn in_session(
        wiring: &Wiring,
        context: RequestContext,
        member: StaffMember,
    ) -> Self {
        let actor = Actor::in_session(context, audit_name(&member.id), None);
        Self::new(wiring, actor, member)
    }

    /// How counters, quotas and cards know the member.
    pub(crate) fn subject(&self) -> Subject {
        Subject::of_staff(&self.member.id)
    }

    /// A record of what the clerk did.
    pub(crate) fn entry(&self, event: AuditEvent, outcome: AuditOutcome) -> Entry {
        self.wiring.entry_by(&self.actor, event, outcome)
    }
}

/// A member of staff as the audit log names them: no user can have such an ID.
pub(super) fn audit_name(staff: &StaffId) -> String {
    format!("staff:{staff}")
}
