//! Unlocking a purpose of another user.

use super::context::{RequestContext, Secret};
use super::sessions::Operator;
use super::verify_transaction::Act;
use super::warifu::Warifu;
use crate::domain::attempts::Purpose;
use crate::domain::{AuditEvent, AuditOutcome};
use crate::{InvalidField, Outcome, Refusal};

impl Warifu {
    /// Lifts a lock of another user. For service administrators; never one's own, and never the
    /// retrieval lock, which goes only by reissue.
    pub async fn unlock(
        &self,
        context: RequestContext,
        operator: &Operator,
        user_id: &str,
        purpose: &str,
        transaction_password: Secret,
    ) -> Outcome<()> {
        let purpose = purpose.parse::<Purpose>().ok();
        let purpose = purpose
            .filter(|purpose| *purpose != Purpose::Retrieval)
            .ok_or(InvalidField::Purpose);
        let password = self.parse_transaction_password(&transaction_password);
        let (purpose, password) = match (purpose, password) {
            (Ok(purpose), Ok(password)) => (purpose, password),
            (purpose, password) => {
                return Err(Refusal::Invalid(
                    [purpose.err(), password.err()]
                        .into_iter()
                        .flatten()
                        .collect(),
                ));
            }
        };
        let (operator, user_id) = (operator.clone(), user_id.to_owned());
        self.to_completion(move |warifu| async move {
            let operator = &operator;
            if !operator.user.service_administrator {
                warifu
                    .write_denied(context, operator, "not-service-administrator", None)
                    .await?;
                return Err(Refusal::NotPermitted);
            }
            let target = warifu.selectable(context, operator, &user_id).await?;
            if target.subject == *operator.subject() {
                warifu
                    .write_denied(context, operator, "own-lock", None)
                    .await?;
                return Err(Refusal::NotPermitted);
            }
            if target.disabled {
                return Err(Refusal::UserDisabled);
            }
            let checker = warifu.password_checker(Purpose::Transaction)?;
            let act = Act::Unlock;
            warifu
                .verify_transaction(context, operator, &checker, &password, act, &target.subject)
                .await?;
            let policy = warifu.attempt_policy(purpose);
            let was_locked = warifu
                .ports()
                .attempts
                .unlock(&target.subject, purpose, policy)
                .await?;
            let cleared = warifu
                .entry(context, AuditEvent::LockCleared, AuditOutcome::Success)
                .by(operator)
                .on(&target.subject)
                .with("purpose", purpose)
                .with("was_locked", was_locked);
            warifu.write([cleared]).await
        })
        .await
    }
}
