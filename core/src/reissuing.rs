//! Carrying a reissue out, whoever is entitled to it. The password leaves here once, in the answer.

use zeroize::Zeroizing;

use crate::domain::retrieval_record::{IssuedTimes, NewRetrievalPassword, ReissueRoute};
use crate::domain::{
    AuditEvent, AuditOutcome, PasswordHash, Quota, ReissueId, RetrievalPassword, Timestamp, User,
};
use crate::entitlement::{Entitlement, Reissue};
use crate::ports::{HashPermit, OnceKey, QuotaKey, QuotaVerdict, Unavailable};
use crate::wiring::{Actor, Wiring};
use crate::{Outcome, Refusal};

/// A reissued password, to be shown once.
pub struct Reissued {
    /// The password.
    pub retrieval_password: RetrievalPassword,
    /// The reissue.
    pub reissue_id: ReissueId,
    /// When it was reissued: the hold and the validity are counted from here.
    pub issued_at: Timestamp,
    /// From when it can be redeemed.
    pub redeemable_from: Timestamp,
    /// The end of its validity; from then on it is refused.
    pub expires_at: Timestamp,
    /// For whom.
    pub user: User,
}

/// A password that nobody has seen and no store knows yet.
pub(crate) struct FreshPassword {
    pub(crate) password: RetrievalPassword,
    hash: PasswordHash,
}

impl Wiring {
    /// Carries a reissue out: claims the request it repeats, announces it in the audit log, stores
    /// it, and writes down that it was. Uses the entitlement up; whose password it becomes and by
    /// whom stands in it and nowhere beside it.
    pub(crate) async fn reissue(
        &self,
        entitlement: Entitlement<Reissue>,
        permit: &HashPermit,
    ) -> Outcome<Reissued> {
        let act = entitlement.act();
        if let Some(key) = act.repeats()
            && !self
                .ports()
                .once
                .claim(key, self.policy().idempotency.remember_for)
                .await?
        {
            return Err(Refusal::AlreadyReissued);
        }
        let fresh = self.fresh_password(permit).await;
        let written = |event| {
            let entry = self
                .entry_by(entitlement.by(), event, AuditOutcome::Success)
                .on(&act.target().subject)
                .with("reissue_id", act.id())
                .with("route", act.route().name());
            let entry = match act.bulk() {
                Some(bulk) => entry.with("bulk", bulk),
                None => entry,
            };
            match act.route() {
                ReissueRoute::Administrator => entry.with("not_instructed_by_others", true),
                ReissueRoute::SelfService | ReissueRoute::Paper => entry,
            }
        };
        let (started, done) = (
            written(AuditEvent::ReissueStarted),
            written(AuditEvent::Reissued),
        );
        let (id, user) = (act.id(), act.target().clone());
        self.write([started]).await?;
        let times = self.store_reissue(entitlement, &fresh).await?;
        self.write([done.with("expires_at", times.expires_at)])
            .await?;
        Ok(Reissued {
            retrieval_password: fresh.password,
            reissue_id: id,
            issued_at: times.issued_at,
            redeemable_from: times.redeemable_from,
            expires_at: times.expires_at,
            user,
        })
    }

    /// Makes a password.
    pub(crate) async fn fresh_password(&self, permit: &HashPermit) -> FreshPassword {
        let length = self.policy().retrieval_password.length;
        let password = RetrievalPassword::generate(length, self.randomness());
        let bytes = Zeroizing::new(password.expose().to_vec());
        FreshPassword {
            hash: self.ports().hasher.hash(permit, bytes).await,
            password,
        }
    }

    /// Lets a fresh password take the place of the one before, and uses the entitlement up. Audit
    /// records go around it.
    pub(crate) async fn store_reissue(
        &self,
        entitlement: Entitlement<Reissue>,
        fresh: &FreshPassword,
    ) -> Result<IssuedTimes, Unavailable> {
        let rules = self.policy().retrieval_password;
        let act = entitlement.act();
        let new = NewRetrievalPassword {
            id: act.id(),
            hash: fresh.hash.clone(),
            operator: entitlement.by().name().to_owned(),
            route: act.route(),
            valid_for: rules.valid_for,
            hold_for: rules.hold_for,
        };
        let store = &self.ports().retrieval_passwords;
        let subject = &act.target().subject;
        store.reissue(subject, new, &self.policy().retrieval).await
    }

    /// Refuses a request that was carried out before.
    pub(crate) async fn refuse_repetition(&self, key: Option<OnceKey>) -> Outcome<()> {
        match key {
            Some(key) if self.ports().once.is_claimed(key).await? => Err(Refusal::AlreadyReissued),
            _ => Ok(()),
        }
    }

    /// Takes one of a quota of reissues; writes down as `denied` says where there is none left.
    pub(crate) async fn take_reissue_quota(
        &self,
        actor: &Actor,
        key: QuotaKey,
        quota: Quota,
        target: &User,
    ) -> Outcome<()> {
        match self.ports().quotas.take(&key, quota).await? {
            QuotaVerdict::Allowed => Ok(()),
            QuotaVerdict::Exceeded { retry_after } => {
                let denied = self
                    .denied(actor, "reissue-quota")
                    .with("target", target.id());
                self.write([denied]).await?;
                Err(Refusal::ReissueQuota { retry_after })
            }
        }
    }
}
