//! The operation history of any contract.

use super::handle::Terminal;
use crate::domain::{AuditEvent, AuditOutcome, Contract};
use crate::ports::AuditPage;
use crate::wiring::TERMINAL;
use crate::{AuditFilter, Outcome, RequestContext};

impl Terminal {
    /// Reads the history of a contract, and writes that down.
    pub async fn read_audit(
        &self,
        context: RequestContext,
        contract: &Contract,
        filter: AuditFilter,
    ) -> Outcome<AuditPage> {
        filter.check()?;
        let number = contract.number.clone();
        let page = self.wiring.history(Some(number), filter).await?;
        let read = self
            .wiring
            .entry(context, AuditEvent::AuditRead, AuditOutcome::Success)
            .within(contract)
            .with("at", TERMINAL)
            .with("records", page.records.len());
        self.wiring.write([read]).await?;
        Ok(page)
    }
}
