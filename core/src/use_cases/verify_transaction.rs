//! The transaction password: the operator's own, asked anew for every act.

use super::attempt::Attempted;
use super::check_password::PasswordChecker;
use super::context::{RequestContext, Secret};
use super::sessions::Operator;
use super::warifu::Warifu;
use crate::domain::attempts::Purpose;
use crate::domain::{AuditEvent, AuditOutcome, ParsePasswordError, PlainPassword, Subject};
use crate::ports::AttemptKey;
use crate::{InvalidField, Outcome, Refusal};

/// Proof that the operator entered their own transaction password for this very act. Only
/// [`Warifu::verify_transaction`] makes one; it is used up by the act.
pub(super) struct TransactionVerified(());

/// An act that asks for the transaction password.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Reissue,
    Unlock,
}

impl Act {
    const fn name(self) -> &'static str {
        match self {
            Self::Reissue => "reissue",
            Self::Unlock => "unlock",
        }
    }
}

impl Warifu {
    pub(super) fn parse_transaction_password(
        &self,
        entry: &Secret,
    ) -> Result<PlainPassword, InvalidField> {
        PlainPassword::parse(entry.expose(), self.policy().password_characters).map_err(|error| {
            match error {
                ParsePasswordError::Empty => InvalidField::TransactionPasswordEmpty,
                ParsePasswordError::FullWidth => InvalidField::TransactionPasswordFullWidth,
                ParsePasswordError::TooLong | ParsePasswordError::ControlCharacters => {
                    InvalidField::TransactionPasswordMalformed
                }
            }
        })
    }

    /// Checks the operator's transaction password and counts the attempt, as the operator's.
    pub(super) async fn verify_transaction(
        &self,
        context: RequestContext,
        operator: &Operator,
        checker: &PasswordChecker,
        password: &PlainPassword,
        act: Act,
        target: &Subject,
    ) -> Outcome<TransactionVerified> {
        let purpose = Purpose::Transaction;
        let subject = operator.subject();
        let key = AttemptKey::Known(subject.clone(), purpose);
        let attempted = self
            .attempt_password(checker, &key, purpose, subject, true, password)
            .await?;
        let written = |event, outcome| {
            self.entry(context, event, outcome)
                .by(operator)
                .on(target)
                .with("act", act.name())
        };
        match attempted {
            Attempted::Accepted => {
                self.write([written(
                    AuditEvent::TransactionVerified,
                    AuditOutcome::Success,
                )])
                .await?;
                Ok(TransactionVerified(()))
            }
            Attempted::Refused { failures_left } => {
                self.write([written(
                    AuditEvent::TransactionRefused,
                    AuditOutcome::Refused,
                )])
                .await?;
                Err(Refusal::TransactionRefused { failures_left })
            }
            Attempted::Locked(lock) => {
                let refused = written(AuditEvent::TransactionRefused, AuditOutcome::Refused)
                    .with("reason", "locked");
                let set = self.lock_set(context, subject, purpose, lock);
                self.write(std::iter::once(refused).chain(set)).await?;
                Err(Refusal::TransactionLocked { until: lock.until })
            }
            Attempted::Busy => Err(Refusal::Busy),
            Attempted::Lost => Err(Refusal::Overloaded),
        }
    }
}
