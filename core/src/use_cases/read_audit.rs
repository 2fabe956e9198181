//! The operation history, 操作履歴.

use super::context::RequestContext;
use super::sessions::Operator;
use super::terminal::TERMINAL;
use super::warifu::Warifu;
use crate::domain::{AuditEvent, AuditOutcome, Contract, ContractNumber, Timestamp};
use crate::ports::{AuditPage, AuditQuery, AuditQueryError};
use crate::{InvalidField, Outcome, Refusal};

/// What of the history to show. Always of the operator's own contract.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Done by.
    pub actor: Option<String>,
    /// Done on.
    pub target: Option<String>,
    /// Of this kind.
    pub event: Option<AuditEvent>,
    /// That ended so.
    pub outcome: Option<AuditOutcome>,
    /// Where an earlier page ended.
    pub cursor: Option<String>,
    /// 1 to 100.
    pub limit: usize,
}

impl Warifu {
    /// Reads the history of the operator's contract, and writes that down.
    pub async fn read_audit(
        &self,
        context: RequestContext,
        operator: &Operator,
        filter: AuditFilter,
    ) -> Outcome<AuditPage> {
        check(&filter)?;
        self.require_reissue_right(context, operator).await?;
        let page = self
            .history(Some(operator.contract.number.clone()), filter)
            .await?;
        let read = self
            .entry(context, AuditEvent::AuditRead, AuditOutcome::Success)
            .by(operator);
        self.write([read.with("records", page.records.len())])
            .await?;
        Ok(page)
    }

    /// Reads the history of a contract at a terminal of the bank, and writes that down.
    pub async fn read_audit_at_terminal(
        &self,
        context: RequestContext,
        contract: &Contract,
        filter: AuditFilter,
    ) -> Outcome<AuditPage> {
        check(&filter)?;
        let page = self.history(Some(contract.number.clone()), filter).await?;
        let read = self
            .entry(context, AuditEvent::AuditRead, AuditOutcome::Success)
            .within(contract)
            .with("at", TERMINAL);
        self.write([read.with("records", page.records.len())])
            .await?;
        Ok(page)
    }

    /// Of one contract; of all, where none is given.
    pub(super) async fn history(
        &self,
        contract: Option<ContractNumber>,
        filter: AuditFilter,
    ) -> Outcome<AuditPage> {
        let query = AuditQuery {
            contract,
            from: filter.from,
            until: filter.until,
            actor: filter.actor,
            subject: filter.target,
            event: filter.event,
            outcome: filter.outcome,
            cursor: filter.cursor,
            limit: filter.limit,
        };
        self.ports()
            .audit_log
            .query(&query)
            .await
            .map_err(|error| match error {
                AuditQueryError::Unavailable(unavailable) => Refusal::Unavailable(unavailable),
                AuditQueryError::BadCursor => Refusal::BadCursor,
            })
    }
}

pub(super) fn check(filter: &AuditFilter) -> Outcome<()> {
    if !(1..=100).contains(&filter.limit) {
        return Err(InvalidField::Limit.into());
    }
    match (filter.from, filter.until) {
        (Some(from), Some(until)) if until < from => Err(InvalidField::DateRange.into()),
        _ => Ok(()),
    }
}
