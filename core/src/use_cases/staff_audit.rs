//! The operation history of all contracts, for the bank's auditors.

use super::clerk::Clerk;
use super::context::RequestContext;
use super::read_audit::{AuditFilter, check};
use super::warifu::Warifu;
use crate::domain::{AuditEvent, AuditOutcome, ContractNumber, StaffRole};
use crate::ports::AuditPage;
use crate::{InvalidField, Outcome};

impl Warifu {
    /// Reads the history of one contract, or of all and of the bank itself, and writes that down.
    /// For auditors.
    pub async fn read_audit_as_auditor(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        contract_number: Option<&str>,
        filter: AuditFilter,
    ) -> Outcome<AuditPage> {
        check(&filter)?;
        let contract = match contract_number {
            Some(number) => Some(
                number
                    .parse::<ContractNumber>()
                    .map_err(|_| InvalidField::ContractNumberMalformed)?,
            ),
            None => None,
        };
        self.acting(context, clerk, &[StaffRole::Auditor]).await?;
        let page = self.history(contract.clone(), filter).await?;
        let mut read = self
            .entry(context, AuditEvent::AuditRead, AuditOutcome::Success)
            .by_clerk(clerk)
            .with("records", page.records.len());
        if let Some(contract) = contract {
            read = read.with("contract", contract);
        }
        self.write([read]).await?;
        Ok(page)
    }
}
