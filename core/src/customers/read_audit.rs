//! The operation history of a contract, 操作履歴.

use super::operator::Operator;
use crate::domain::{AuditEvent, AuditOutcome};
use crate::ports::AuditPage;
use crate::{AuditFilter, Outcome};

impl Operator {
    /// Reads the history of the operator's contract, and writes that down.
    pub async fn read_audit(&self, filter: AuditFilter) -> Outcome<AuditPage> {
        filter.check()?;
        self.require_reissue_right().await?;
        let contract = self.contract.number.clone();
        let page = self.wiring.history(Some(contract), filter).await?;
        let read = self
            .entry(AuditEvent::AuditRead, AuditOutcome::Success)
            .with("records", page.records.len());
        self.wiring.write([read]).await?;
        Ok(page)
    }
}
