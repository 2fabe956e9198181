//! At a terminal of the bank. Whoever can start a program with the service's configuration reads its
//! stores and secrets anyway, so nobody logs in there; who *acts* still proves it with the
//! transaction password, and every record says where it was done.

use super::context::RequestContext;
use super::sessions::Operator;
use super::warifu::Warifu;
use crate::domain::{
    AuditEvent, AuditOutcome, Contract, ContractNumber, ParseIdentifierError, Principal, Session,
    SessionToken, Subject, Surface, UserId,
};
use crate::{InvalidField, Outcome, Refusal};

/// What records of acts at a terminal carry as `at`.
pub(super) const TERMINAL: &str = "terminal";

impl Warifu {
    /// Finds a contract, for who works at a terminal of the bank.
    pub async fn contract_at_terminal(&self, contract_number: &str) -> Outcome<Contract> {
        let number: ContractNumber = contract_number.parse().map_err(|error| match error {
            ParseIdentifierError::Empty => InvalidField::ContractNumberEmpty,
            ParseIdentifierError::Malformed => InvalidField::ContractNumberMalformed,
        })?;
        let found = self.ports().directory.contract(&number).await?;
        found.ok_or(Refusal::ContractNotFound)
    }

    /// Lets a user of a contract act at a terminal of the bank. Nothing is proved yet: every act
    /// asks for the transaction password. Unknown and disabled are one and the same.
    pub async fn operator_at_terminal(
        &self,
        context: RequestContext,
        contract_number: &str,
        user_id: &str,
    ) -> Outcome<Operator> {
        let contract = self.contract_at_terminal(contract_number).await?;
        let user: UserId = user_id.parse().map_err(|error| match error {
            ParseIdentifierError::Empty => InvalidField::UserIdEmpty,
            ParseIdentifierError::Malformed => InvalidField::UserIdMalformed,
        })?;
        let subject = Subject::new(contract.number.clone(), user);
        let found = self.ports().directory.find(&subject).await?;
        let Some(entry) = found.filter(|entry| !entry.user.disabled) else {
            let denied = self
                .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
                .within(&contract)
                .actor(&subject.user)
                .with("reason", "no-such-operator")
                .with("at", TERMINAL);
            self.write([denied]).await?;
            return Err(Refusal::NotPermitted);
        };
        let now = self.now();
        // Kept nowhere: it ends with the program.
        let session = Session {
            surface: Surface::Admin,
            principal: Principal::User(subject),
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(self.policy().session.absolute),
            previous_login: None,
            otp_verified_until: None,
        };
        let token = SessionToken::generate(self.randomness());
        Ok(Operator::new(&token, session, entry.contract, entry.user).at_terminal())
    }
}
