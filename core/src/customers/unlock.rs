//! Unlocking what is locked of another user.

use std::collections::BTreeSet;

use super::operator::Operator;
use crate::domain::attempts::Purpose;
use crate::domain::{AuditEvent, AuditOutcome, PlainPassword, User};
use crate::entitlement::{Entitlement, Unlock};
use crate::wiring::to_completion;
use crate::{InvalidField, Outcome, Refusal, Secret, UserOverview};

impl Operator {
    /// Lifts locks of another user in one pass. For service administrators; never one's own, and
    /// never the retrieval lock, which goes only by reissue. Where the store fails in between, what
    /// was lifted stands in the log, and asking again lifts the rest.
    pub async fn unlock(
        &self,
        user_id: &str,
        purposes: &[&str],
        transaction_password: Secret,
    ) -> Outcome<()> {
        let purposes = parse_purposes(purposes);
        let password = self.parse_transaction_password(&transaction_password);
        let (purposes, password) = match (purposes, password) {
            (Ok(purposes), Ok(password)) => (purposes, password),
            (purposes, password) => {
                return Err(Refusal::Invalid(
                    [purposes.err(), password.err()]
                        .into_iter()
                        .flatten()
                        .collect(),
                ));
            }
        };
        let (operator, user_id) = (self.clone(), user_id.to_owned());
        to_completion(async move {
            let entitlement = operator.may_unlock(&user_id, purposes, &password).await?;
            operator.lift_locks(entitlement).await
        })
        .await
    }

    /// A user whose locks the operator may lift, for the page that asks which.
    pub async fn user_to_unlock(&self, user_id: &str) -> Outcome<UserOverview> {
        let target = self.unlockable(user_id).await?;
        self.wiring.overview(target).await
    }

    /// Whether there is a lock that the operator may lift, as things are shown.
    pub fn has_lock_to_lift(&self, overview: &UserOverview) -> bool {
        let locked = |purpose: &Purpose| *purpose != Purpose::Retrieval;
        overview.locks.iter().any(locked) && self.unlock_refused(&overview.user).is_none()
    }

    /// Finds a user whose locks the operator may lift.
    async fn unlockable(&self, user_id: &str) -> Outcome<User> {
        if !self.user.service_administrator {
            self.write_denied("not-service-administrator", None).await?;
            return Err(Refusal::NotPermitted);
        }
        let target = self.selectable(user_id).await?;
        match self.unlock_refused(&target) {
            None => Ok(target),
            Some(refusal) => {
                if refusal == Refusal::NotPermitted {
                    self.write_denied("own-lock", None).await?;
                }
                Err(refusal)
            }
        }
    }

    /// Why the operator may not lift locks of `target`; nothing where they may.
    fn unlock_refused(&self, target: &User) -> Option<Refusal> {
        if !self.user.service_administrator || target.subject == *self.subject() {
            Some(Refusal::NotPermitted)
        } else {
            target.disabled.then_some(Refusal::UserDisabled)
        }
    }

    async fn may_unlock(
        &self,
        user_id: &str,
        purposes: BTreeSet<Purpose>,
        password: &PlainPassword,
    ) -> Outcome<Entitlement<Unlock>> {
        let target = self.unlockable(user_id).await?;
        let checker = self
            .wiring
            .password_checker(Purpose::Transaction, self.hash_claimant())?;
        let act = Unlock { target, purposes };
        self.entitle(act, &checker, password).await
    }

    async fn lift_locks(&self, entitlement: Entitlement<Unlock>) -> Outcome<()> {
        let Unlock { target, purposes } = entitlement.act();
        for purpose in purposes {
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
            self.wiring.write([cleared]).await?;
        }
        Ok(())
    }
}

/// At least one, and only what an administrator may unlock.
fn parse_purposes(names: &[&str]) -> Result<BTreeSet<Purpose>, InvalidField> {
    let unlockable = |name: &&str| {
        let purpose = name.parse().ok();
        let purpose = purpose.filter(|purpose| {
            matches!(
                purpose,
                Purpose::Login | Purpose::Transaction | Purpose::Otp
            )
        });
        purpose.ok_or(InvalidField::Purpose)
    };
    let purposes: BTreeSet<Purpose> = names.iter().map(unlockable).collect::<Result<_, _>>()?;
    if purposes.is_empty() {
        return Err(InvalidField::Purpose);
    }
    Ok(purposes)
}
