//! "What can I do now?", asked of the directory and the stores: which ways are open to a user.

use super::operator::Operator;
use crate::domain::attempts::Purpose;
use crate::domain::recovery::{Need, RecoveryMeans, RecoveryOptions, recovery_options};
use crate::domain::{Permission, Subject, User, UserId};
use crate::ports::{Enrolment, HeldLock};
use crate::{Outcome, Refusal};

/// How many users are fetched from the directory at a time.
const BATCH: usize = 1_000;
/// How many helpers are named.
const NAMED: usize = 20;

/// The ways that are open to a user.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// The ways themselves.
    pub options: RecoveryOptions,
    /// Who can help right now, for those who may know: holders of the reissue right, who see the
    /// contract's users anyway. Nobody is named to others. At most 20.
    pub helpers: Vec<User>,
}

impl Operator {
    /// Which ways are open to the operator, who needs a new password or an end of a lock.
    /// `certificate_required` tells whether the administrators' entry asks for a certificate.
    pub async fn recovery_options(
        &self,
        need: Need,
        certificate_required: bool,
    ) -> Outcome<Recovery> {
        let mine = self.own_means().await?;
        self.open_ways(mine, need, certificate_required).await
    }

    /// The same for an operator who needs a new retrieval password and whose one-time-password card is
    /// lost or broken, whatever the back end knows of it.
    pub async fn recovery_without_card(&self, certificate_required: bool) -> Outcome<Recovery> {
        let mine = RecoveryMeans {
            card: false,
            ..self.own_means().await?
        };
        self.open_ways(mine, Need::RetrievalPassword, certificate_required)
            .await
    }

    async fn own_means(&self) -> Outcome<RecoveryMeans> {
        let me = std::slice::from_ref(&self.user);
        let mine = self.means(me).await?;
        Ok(mine.first().copied().unwrap_or_default())
    }

    async fn open_ways(
        &self,
        mine: RecoveryMeans,
        need: Need,
        certificate_required: bool,
    ) -> Outcome<Recovery> {
        let holders = self.other_holders().await?;
        let others = self.means(&holders).await?;
        let options = recovery_options(&mine, &others, need, certificate_required);
        let named = self.user.holds(Permission::ReissueRetrievalPassword);
        let helpers = holders
            .into_iter()
            .zip(&others)
            .filter(|(_, means)| named && means.helps(need, certificate_required))
            .map(|(user, _)| user)
            .take(NAMED);
        Ok(Recovery {
            options,
            helpers: helpers.collect(),
        })
    }

    /// Everybody else of the contract who holds the reissue right and is not switched off: nobody
    /// else can help.
    async fn other_holders(&self) -> Outcome<Vec<User>> {
        let contract = &self.contract.number;
        let mut holders = Vec::new();
        let mut walk = self.wiring.ports().directory.walk(contract, None);
        loop {
            let users = walk.next(BATCH).await?;
            if users.is_empty() {
                return Ok(holders);
            }
            holders.extend(users.into_iter().filter(|user| {
                !user.disabled
                    && user.holds(Permission::ReissueRetrievalPassword)
                    && user.subject != *self.subject()
            }));
        }
    }

    /// What each of `users`, all of one contract, has to act with.
    async fn means(&self, users: &[User]) -> Outcome<Vec<RecoveryMeans>> {
        let Some(first) = users.first() else {
            return Ok(Vec::new());
        };
        let contract = &first.subject.contract;
        let ids: Vec<UserId> = users.iter().map(|user| user.id().clone()).collect();
        let ports = self.wiring.ports();
        let limits = |purpose| *self.wiring.attempt_policy(purpose);
        let (locks, certificates) = tokio::try_join!(
            ports.attempts.locks(contract, &ids, &limits),
            ports.register.newest(contract, &ids),
        )?;
        let now = self.wiring.now();
        let mut means = Vec::with_capacity(users.len());
        for ((user, locks), certificate) in users.iter().zip(locks).zip(certificates) {
            // The bank's earlier certificate counts only until there is one of this service.
            let valid = match certificate {
                Some(issued) => !issued.revoked && issued.not_after > now,
                None => user.certificate_not_after.is_some_and(|end| end > now),
            };
            let locked = |purpose| locks.contains(&HeldLock::of(purpose));
            means.push(RecoveryMeans {
                disabled: user.disabled,
                reissue_right: user.holds(Permission::ReissueRetrievalPassword),
                service_administrator: user.service_administrator,
                card: self.has_card(&user.subject).await?,
                certificate: valid,
                login_locked: locked(Purpose::Login),
                transaction_locked: locked(Purpose::Transaction),
                otp_locked: locked(Purpose::Otp),
            });
        }
        Ok(means)
    }

    /// Where the back end cannot tell, the user is taken to have a card: whoever has none is told so
    /// when they try.
    async fn has_card(&self, subject: &Subject) -> Outcome<bool> {
        let enrolment = self.wiring.ports().otp_verifier.enrolment(subject).await;
        let enrolment = enrolment.map_err(Refusal::OtpUnavailable)?;
        Ok(enrolment != Enrolment::NotEnrolled)
    }
}
