//! Carrying a reissue out, whoever is entitled to it. The password leaves here once, in the answer.

use zeroize::Zeroizing;

use crate::domain::retrieval_record::{
    IssuedTimes, MarkedRequest, NewRetrievalPassword, ReissueAnswer, ReissueRoute,
};
use crate::domain::{
    AuditEvent, AuditOutcome, PasswordHash, ReissueId, RequestDigest, RetrievalPassword, Timestamp,
    User,
};
use crate::entitlement::{Entitlement, Reissue};
use crate::ports::HashPermit;
use crate::reissue_quotas::TakenQuotas;
use crate::wiring::Wiring;
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

/// Whether a reissue is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// It is not, and will not be.
    No,
    /// It is.
    Yes,
    /// The store did not answer.
    Unknown,
}

impl Wiring {
    /// Carries a reissue out: announces it in the audit log, stores it, and writes down that it
    /// was. Uses the entitlement up; whose password it becomes and by whom stands in it and nowhere
    /// beside it. Settles what it took of quotas.
    pub(crate) async fn reissue(
        &self,
        entitlement: Entitlement<Reissue>,
        permit: &HashPermit,
        taken: TakenQuotas,
    ) -> Outcome<Reissued> {
        let mut stored = Stored::No;
        let reissued = self.announce_and_store(entitlement, permit, &mut stored);
        let reissued = reissued.await;
        self.settle_stored(taken, stored).await;
        reissued
    }

    /// Settles quotas by what became of a reissue. What nobody knows yet is left to be found out.
    pub(crate) async fn settle_stored(&self, taken: TakenQuotas, stored: Stored) {
        match stored {
            Stored::No => self.settle_quotas(taken, false).await,
            Stored::Yes => self.settle_quotas(taken, true).await,
            Stored::Unknown => {}
        }
    }

    async fn announce_and_store(
        &self,
        entitlement: Entitlement<Reissue>,
        permit: &HashPermit,
        stored: &mut Stored,
    ) -> Outcome<Reissued> {
        let act = entitlement.act();
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
        let times = self.store_reissue(entitlement, &fresh, stored).await?;
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
    /// records go around it. Notes in `stored` what is known to have become of it.
    pub(crate) async fn store_reissue(
        &self,
        entitlement: Entitlement<Reissue>,
        fresh: &FreshPassword,
        stored: &mut Stored,
    ) -> Outcome<IssuedTimes> {
        let rules = self.policy().retrieval_password;
        let act = entitlement.act();
        let new = NewRetrievalPassword {
            id: act.id(),
            hash: fresh.hash.clone(),
            operator: entitlement.by().name().to_owned(),
            route: act.route(),
            valid_for: match act.route() {
                ReissueRoute::Paper => self.policy().paper.validity_from(self.now()),
                ReissueRoute::Administrator | ReissueRoute::SelfService => rules.valid_for,
            },
            hold_for: rules.hold_for,
            request: act.repeats().map(|digest| MarkedRequest {
                digest,
                remember_for: self.policy().idempotency.remember_for,
            }),
            verified_at: act.verified_at(),
            identity: act.target().identity.clone(),
        };
        let store = &self.ports().retrieval_passwords;
        let subject = &act.target().subject;
        *stored = Stored::Unknown;
        let answer = store
            .reissue(subject, new, &self.policy().retrieval)
            .await?;
        *stored = Stored::No;
        match answer {
            ReissueAnswer::Issued(times) => {
                *stored = Stored::Yes;
                Ok(times)
            }
            ReissueAnswer::Repeated => Err(Refusal::AlreadyReissued),
            ReissueAnswer::Overtaken => Err(Refusal::OtpRequired),
        }
    }

    /// Refuses a request for a reissue for `target` that was carried out before.
    pub(crate) async fn refuse_repetition(
        &self,
        target: &User,
        request: Option<RequestDigest>,
    ) -> Outcome<()> {
        let store = &self.ports().retrieval_passwords;
        match request {
            Some(request) if store.carried_out(&target.subject, request).await? => {
                Err(Refusal::AlreadyReissued)
            }
            _ => Ok(()),
        }
    }
}
