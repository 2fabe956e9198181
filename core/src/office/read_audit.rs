//! The operation history of all contracts, for the bank's auditors.

use super::clerk::Clerk;
use crate::domain::{AuditEvent, AuditOutcome, ContractNumber, StaffRole};
use crate::ports::AuditPage;
use crate::{AuditFilter, InvalidField, Outcome};

impl Clerk {
    /// Reads the history of one contract, or of all and of the bank itself, and writes that down.
    /// For auditors.
    pub async fn read_audit(
        &self,
        contract_number: Option<&str>,
        filter: AuditFilter,
    ) -> Outcome<AuditPage> {
        filter.check()?;
        let contract = match contract_number {
            Some(number) => Some(
                number
                    .parse::<ContractNumber>()
                    .map_err(|_| InvalidField::ContractNumberMalformed)?,
            ),
            None => None,
        };
        self.acting(&[StaffRole::Auditor]).await?;
        let page = self.wiring.history(contract.clone(), filter).await?;
        let mut read = self
            .entry(AuditEvent::AuditRead, AuditOutcome::Success)
            .with("records", page.records.len());
        if let Some(contract) = contract {
            read = read.with("contract", contract);
        }
        self.wiring.write([read]).await?;
        Ok(page)
    }
}
