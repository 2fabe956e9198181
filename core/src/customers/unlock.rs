//! Unlocking a purpose of another user.

use super::operator::Operator;
use crate::domain::attempts::Purpose;
use crate::domain::{AuditEvent, AuditOutcome, PlainPassword};
use crate::entitlement::{Entitlement, Unlock};
use crate::wiring::to_completion;
use crate::{InvalidField, Outcome, Refusal, Secret};

impl Operator {
    /// Lifts a lock of another user. For service administrators; never one's own, and never the
    /// retrieval lock, which goes only by reissue.
    pub async fn unlock(
        &self,
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
        let (operator, user_id) = (self.clone(), user_id.to_owned());
        to_completion(async move {
            let entitlement = operator.may_unlock(&user_id, purpose, &password).await?;
            operator.lift_lock(entitlement).await
        })
        .await
    }

    async fn may_unlock(
        &self,
        user_id: &str,
        purpose: Purpose,
        password: &PlainPassword,
    ) -> Outcome<Entitlement<Unlock>> {
        if !self.user.service_administrator {
            self.write_denied("not-service-administrator", None).await?;
            return Err(Refusal::NotPermitted);
        }
        let target = self.selectable(user_id).await?;
        if target.subject == *self.subject() {
            self.write_denied("own-lock", None).await?;
            return Err(Refusal::NotPermitted);
        }
        if target.disabled {
            return Err(Refusal::UserDisabled);
        }
        let checker = self.wiring.password_checker(Purpose::Transaction)?;
        let act = Unlock { target, purpose };
        self.entitle(act, &checker, password).await
    }

    async fn lift_lock(&self, entitlement: Entitlement<Unlock>) -> Outcome<()> {
        let Unlock { target, purpose } = entitlement.act();
        let policy = self.wiring.attempt_policy(*purpose);
        let attempts = &self.wiring.ports().attempts;
        let was_locked = attempts.unlock(&target.subject, *purpose, policy).await?;
        let cleared = self
            .wiring
            .entry_by(
                entitlement.by(),
                AuditEvent::LockCleared,
                AuditOutcome::Success,
            )
            .on(&target.subject)
            .with("purpose", purpose)
            .with("was_locked", was_locked);
        self.wiring.write([cleared]).await
    }
}
