//! Reading the audit log, whoever may.

use super::base::Wiring;
use crate::domain::{AuditEvent, AuditOutcome, ContractNumber, Timestamp};
use crate::ports::{AuditPage, AuditQuery, AuditQueryError};
use crate::{InvalidField, Outcome, Refusal};

/// What of the history to show. Of which contracts depends on who asks.
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

impl AuditFilter {
    /// Refuses what cannot be asked for, before anybody's rights are looked at.
    pub(crate) fn check(&self) -> Outcome<()> {
        if !(1..=100).contains(&self.limit) {
            return Err(InvalidField::Limit.into());
        }
        match (self.from, self.until) {
            (Some(from), Some(until)) if until < from => Err(InvalidField::DateRange.into()),
            _ => Ok(()),
        }
    }
}

impl Wiring {
    /// Of one contract; of all, where none is given.
    pub(crate) async fn history(
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
        let page = self.ports().audit_log.query(&query).await;
        page.map_err(|error| match error {
            AuditQueryError::Unavailable(unavailable) => Refusal::Unavailable(unavailable),
            AuditQueryError::BadCursor => Refusal::BadCursor,
        })
    }
}
