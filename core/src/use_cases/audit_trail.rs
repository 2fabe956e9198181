//! Writing the audit log: one builder, so that every record has the same shape.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::clerk::Clerk;
use super::context::RequestContext;
use super::sessions::{HeldSession, Operator};
use super::terminal::TERMINAL;
use super::warifu::Warifu;
use crate::domain::attempts::{Lock, Purpose};
use crate::domain::paper_request::PaperRequest;
use crate::domain::{AuditEvent, AuditOutcome, AuditRecord, Contract, ReissueId, Subject};
use crate::{Outcome, Refusal};

/// A record in the making.
pub(super) struct Entry(AuditRecord);

impl Entry {
    pub(super) fn by(mut self, operator: &Operator) -> Self {
        self.0.actor = Some(operator.user.id().to_string());
        self.0.contract = Some(operator.contract.number.clone());
        if operator.is_at_terminal() {
            return self.with("at", TERMINAL);
        }
        self
    }

    pub(super) fn held_by(mut self, holder: &HeldSession) -> Self {
        self.0.actor = Some(holder.actor().to_owned());
        self.0.contract = holder.contract().cloned();
        self
    }

    /// Done by a member of staff, who is of no contract.
    pub(super) fn by_clerk(mut self, clerk: &Clerk) -> Self {
        self.0.actor = Some(clerk.as_ref().actor().to_owned());
        if clerk.is_at_terminal() {
            return self.with("at", TERMINAL);
        }
        self
    }

    /// About a paper request: in whose contract, on whom.
    pub(super) fn about(self, request: &PaperRequest) -> Self {
        self.on(&request.facts().subject)
            .with("reception_number", request.number())
    }

    pub(super) fn within(mut self, contract: &Contract) -> Self {
        self.0.contract = Some(contract.number.clone());
        self
    }

    pub(super) fn actor(mut self, actor: &dyn Display) -> Self {
        self.0.actor = Some(actor.to_string());
        self
    }

    pub(super) fn on(mut self, subject: &Subject) -> Self {
        self.0.contract = Some(subject.contract.clone());
        self.0.subject = Some(subject.user.to_string());
        self
    }

    pub(super) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.0.detail.insert(name.to_owned(), value.to_string());
        self
    }
}

impl Warifu {
    pub(super) fn entry(
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

    /// Writes records durably. When that fails, the use case has failed.
    pub(super) async fn write(&self, entries: impl IntoIterator<Item = Entry>) -> Outcome<()> {
        let records = entries.into_iter().map(|entry| entry.0).collect();
        Ok(self.ports().audit_log.append(records).await?)
    }

    /// The record of a lock, if this very step set one.
    pub(super) fn lock_set(
        &self,
        context: RequestContext,
        subject: &Subject,
        purpose: Purpose,
        lock: Lock,
    ) -> Option<Entry> {
        lock.just_set.then(|| {
            self.entry(context, AuditEvent::LockSet, AuditOutcome::Success)
                .on(subject)
                .with("purpose", purpose)
        })
    }

    /// Writes down that `operator` asked for what they may not have.
    pub(super) async fn write_denied(
        &self,
        context: RequestContext,
        operator: &Operator,
        reason: &str,
        target: Option<&str>,
    ) -> Outcome<()> {
        let mut entry = self
            .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
            .by(operator)
            .with("reason", reason);
        if let Some(target) = target {
            entry = entry.with("target", target);
        }
        self.write([entry]).await
    }

    /// Writes down that a request was refused before it reached a use case, such as a form sent
    /// from elsewhere. A log that cannot be written does not change the refusal.
    pub async fn note_denied(
        &self,
        context: RequestContext,
        operator: Option<&Operator>,
        reason: &'static str,
    ) {
        let held = operator.map(AsRef::as_ref);
        self.note_denied_to(context, held, reason).await;
    }

    /// As [`Self::note_denied`], to whoever holds a session: a user or a member of staff.
    pub async fn note_denied_to(
        &self,
        context: RequestContext,
        holder: Option<&HeldSession>,
        reason: &'static str,
    ) {
        let mut entry = self
            .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
            .with("reason", reason);
        if let Some(holder) = holder {
            entry = entry.held_by(holder);
        }
        if let Err(refusal) = self.write([entry]).await {
            tracing::warn!(%refusal, reason, "a denial could not be written to the audit log");
        }
    }

    /// Writes down that the print button of a password sheet was pressed.
    pub async fn note_print_requested(
        &self,
        context: RequestContext,
        operator: &Operator,
        reissue_id: &str,
    ) -> Outcome<()> {
        let reissue: ReissueId = reissue_id.parse().map_err(|_| Refusal::ReissueNotFound)?;
        let entry = self
            .entry(
                context,
                AuditEvent::SecretPrintRequested,
                AuditOutcome::Success,
            )
            .by(operator)
            .with("reissue_id", reissue);
        self.write([entry]).await
    }
}
