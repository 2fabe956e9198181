//! Writing the audit log: one builder, so that every record has the same shape.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::base::Wiring;
use crate::Outcome;
use crate::context::RequestContext;
use crate::domain::paper_request::PaperRequest;
use crate::domain::{AuditEvent, AuditOutcome, AuditRecord, Contract, ContractNumber, Subject};
use crate::ports::Unavailable;

/// What records of locks that do not end by themselves carry as `until`.
pub(crate) const UNTIL_UNLOCKED: &str = "unlocked";

/// What records of acts at a terminal carry as `at`.
pub(crate) const TERMINAL: &str = "terminal";

/// Who acts, in which request and from where: what every record of an act says. Made once for each
/// request, together with the operator or clerk.
#[derive(Clone)]
pub(crate) struct Actor {
    context: RequestContext,
    name: String,
    contract: Option<ContractNumber>,
    at_terminal: bool,
}

impl Actor {
    /// Somebody in a session. Of `contract`, unless they are of the bank.
    pub(crate) fn in_session(
        context: RequestContext,
        name: String,
        contract: Option<ContractNumber>,
    ) -> Self {
        Self {
            context,
            name,
            contract,
            at_terminal: false,
        }
    }

    /// Somebody at a terminal of the bank.
    pub(crate) fn at_terminal(
        context: RequestContext,
        name: String,
        contract: Option<ContractNumber>,
    ) -> Self {
        Self {
            at_terminal: true,
            ..Self::in_session(context, name, contract)
        }
    }

    /// The same, in another request.
    pub(crate) fn in_request(&self, context: RequestContext) -> Self {
        Self {
            context,
            ..self.clone()
        }
    }

    /// As the audit log names them.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn contract(&self) -> Option<&ContractNumber> {
        self.contract.as_ref()
    }

    pub(crate) fn context(&self) -> RequestContext {
        self.context
    }
}

/// A record in the making.
#[derive(Clone)]
pub(crate) struct Entry(AuditRecord);

impl Entry {
    fn by(mut self, actor: &Actor) -> Self {
        self.0.actor = Some(actor.name.clone());
        self.0.contract.clone_from(&actor.contract);
        if actor.at_terminal {
            return self.with("at", TERMINAL);
        }
        self
    }

    /// Done by whom the log knows by this name, in this contract.
    pub(super) fn of(mut self, name: String, contract: Option<ContractNumber>) -> Self {
        self.0.actor = Some(name);
        self.0.contract = contract;
        self
    }

    /// About a paper request: in whose contract, on whom.
    pub(crate) fn about(self, request: &PaperRequest) -> Self {
        self.on(&request.facts().subject)
            .with("reception_number", request.number())
    }

    pub(crate) fn within(mut self, contract: &Contract) -> Self {
        self.0.contract = Some(contract.number.clone());
        self
    }

    /// Done, as far as is known, by whoever claims this name.
    pub(crate) fn claimed_by(mut self, name: &dyn Display) -> Self {
        self.0.actor = Some(name.to_string());
        self
    }

    pub(crate) fn on(mut self, subject: &Subject) -> Self {
        self.0.contract = Some(subject.contract.clone());
        self.0.subject = Some(subject.user.to_string());
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.0.detail.insert(name.to_owned(), value.to_string());
        self
    }
}

impl Wiring {
    /// A record of what nobody in particular did.
    pub(crate) fn entry(
        &self,
        context: RequestContext,
        event: AuditEvent,
        outcome: AuditOutcome,
    ) -> Entry {
        Entry(AuditRecord {
            time: self.now(),
            event,
            outcome,
            actor: None,
            contract: None,
            subject: None,
            source: context.source,
            request_id: context.request_id,
            detail: BTreeMap::new(),
        })
    }

    /// A record of what `actor` did.
    pub(crate) fn entry_by(
        &self,
        actor: &Actor,
        event: AuditEvent,
        outcome: AuditOutcome,
    ) -> Entry {
        self.entry(actor.context, event, outcome).by(actor)
    }

    /// Refuses while the log takes no records: nothing is evaluated that could not be written down.
    pub(crate) async fn log_takes_records(&self) -> Result<(), Unavailable> {
        self.ports().audit_log.takes_records().await
    }

    /// Writes records durably. When that fails, the use case has failed.
    pub(crate) async fn write(&self, entries: impl IntoIterator<Item = Entry>) -> Outcome<()> {
        let records = entries.into_iter().map(|entry| entry.0).collect();
        Ok(self.ports().audit_log.append(records).await?)
    }

    /// The record of a lock of `subject`, for [`Self::write_with_lock`].
    pub(crate) fn lock_set(&self, context: RequestContext, subject: &Subject) -> Entry {
        self.entry(context, AuditEvent::LockSet, AuditOutcome::Success)
            .on(subject)
    }

    /// A record that `actor` asked for what they may not have.
    pub(crate) fn denied(&self, actor: &Actor, reason: &str) -> Entry {
        self.entry_by(actor, AuditEvent::AccessDenied, AuditOutcome::Refused)
            .with("reason", reason)
    }
}
