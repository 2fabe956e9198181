//! Who acts at a terminal of the bank, and for which contract.

use super::handle::Terminal;
use crate::customers::Operator;
use crate::domain::{Contract, ContractNumber, ParseIdentifierError, Subject, UserId};
use crate::office::{Clerk, StaffLoginForm};
use crate::wiring::Actor;
use crate::{InvalidField, Outcome, Refusal, RequestContext};

impl Terminal {
    /// Finds a contract.
    pub async fn contract(&self, contract_number: &str) -> Outcome<Contract> {
        let number: ContractNumber = contract_number.parse().map_err(|error| match error {
            ParseIdentifierError::Empty => InvalidField::ContractNumberEmpty,
            ParseIdentifierError::Malformed => InvalidField::ContractNumberMalformed,
        })?;
        let found = self.wiring.ports().directory.contract(&number).await?;
        found.ok_or(Refusal::ContractNotFound)
    }

    /// Lets a user of a contract act. Nothing is proved yet: every act asks for the transaction
    /// password. Unknown and disabled are one and the same.
    pub async fn operator(
        &self,
        context: RequestContext,
        contract_number: &str,
        user_id: &str,
    ) -> Outcome<Operator> {
        let contract = self.contract(contract_number).await?;
        let user: UserId = user_id.parse().map_err(|error| match error {
            ParseIdentifierError::Empty => InvalidField::UserIdEmpty,
            ParseIdentifierError::Malformed => InvalidField::UserIdMalformed,
        })?;
        let subject = Subject::new(contract.number.clone(), user);
        let found = self.wiring.ports().directory.find(&subject).await?;
        let Some(entry) = found.filter(|entry| !entry.user.disabled) else {
            let name = subject.user.to_string();
            let claimant = Actor::at_terminal(context, name, Some(contract.number));
            let denied = self.wiring.denied(&claimant, "no-such-operator");
            self.wiring.write([denied]).await?;
            return Err(Refusal::NotPermitted);
        };
        Ok(Operator::at_terminal(
            &self.wiring,
            context,
            entry.contract,
            entry.user,
        ))
    }

    /// Lets a member of staff act, with the same proof as at the back office, for as long as the
    /// program runs.
    pub async fn clerk(&self, context: RequestContext, form: StaffLoginForm) -> Outcome<Clerk> {
        Clerk::at_terminal(&self.wiring, context, form).await
    }
}
