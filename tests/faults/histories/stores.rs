//! The stores under test, as one process reaches them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::attempts::{AttemptPolicy, BrowserSlot, Purpose, Settlement, Verdict};
use warifu_core::domain::retrieval_record::{
    Cancellation, HandOverAnswer, HandOverWay, NewRetrievalPassword, RedeemingKey, Reissue,
    ReissueAnswer, RetrievalPasswordStatus, RetrievalReservation, RetrievalSettlement,
    RetrievalVerdict, StoredCertificate,
};
use warifu_core::domain::{
    BrowserMark, ContractNumber, IssuedCertificate, LeaseToken, ReissueId, RequestDigest,
    StoredHash, Subject, Timestamp, UserId,
};
use warifu_core::ports::{
    AttemptKey, AttemptStore, HeldLock, RetrievalPasswordStore, StoredReservation, Unavailable,
};

use super::chance::Process;
use super::history::{Event, History};

const PORT: &str = "password_store";

/// The stores under test.
#[derive(Clone)]
pub(super) struct Stores {
    pub(super) attempts: Arc<dyn AttemptStore>,
    pub(super) retrieval_passwords: Arc<dyn RetrievalPasswordStore>,
}

/// A store behind whatever happens to a process and its connections.
pub(super) struct Reached {
    pub(super) stores: Stores,
    pub(super) process: Arc<Process>,
    pub(super) history: Arc<History>,
}

#[async_trait]
impl RetrievalPasswordStore for Reached {
    async fn reissue(
        &self,
        subject: &Subject,
        new: NewRetrievalPassword,
        policy: &AttemptPolicy,
    ) -> Result<ReissueAnswer, Unavailable> {
        let reissue = new.id;
        let call = async {
            self.history.note(Event::ReissueAsked {
                reissue,
                subject: subject.clone(),
                hash: new.hash.expose_phc().to_owned(),
            });
            let store = &self.stores.retrieval_passwords;
            let times = store.reissue(subject, new, policy).await?;
            self.history.note(Event::ReissueStored(reissue));
            Ok(times)
        };
        self.process.asks(PORT, call).await
    }

    async fn carried_out(
        &self,
        subject: &Subject,
        request: RequestDigest,
    ) -> Result<bool, Unavailable> {
        let store = &self.stores.retrieval_passwords;
        let call = store.carried_out(subject, request);
        self.process.asks(PORT, call).await
    }

    async fn reserve(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<RetrievalReservation, Unavailable> {
        let call = async {
            let store = &self.stores.retrieval_passwords;
            let answer = store.reserve(subject, policy, lease).await?;
            if let RetrievalReservation::Granted(candidate) = &answer {
                let reissue = candidate.as_ref().map(|candidate| candidate.id);
                self.history.note(Event::Granted { lease, reissue });
            }
            Ok(answer)
        };
        self.process.asks_about(lease, call).await
    }

    async fn settle(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable> {
        let call = async {
            let store = &self.stores.retrieval_passwords;
            let answer = store.settle(subject, policy, lease, verdict).await?;
            self.history.note(Event::Settled {
                process: self.process.number(),
                lease,
                answer: answer.clone(),
            });
            if !matches!(
                answer,
                RetrievalSettlement::Lost | RetrievalSettlement::Released
            ) {
                self.process.books(lease);
            }
            Ok(answer)
        };
        self.process.asks_about(lease, call).await
    }

    async fn store_certificate(
        &self,
        subject: &Subject,
        reissue: ReissueId,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> Result<StoredCertificate, Unavailable> {
        let call = async {
            let serial = certificate.serial;
            let store = &self.stores.retrieval_passwords;
            let answer = store
                .store_certificate(subject, reissue, key, certificate)
                .await?;
            self.history.note(Event::CertificateGiven {
                reissue,
                serial,
                origin: key.origin,
                delivers: matches!(answer, StoredCertificate::Deliver(_)),
            });
            Ok(answer)
        };
        self.process.asks(PORT, call).await
    }

    async fn cancel(
        &self,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<Cancellation, Unavailable> {
        let call = async {
            let store = &self.stores.retrieval_passwords;
            let answer = store.cancel(subject, reissue).await?;
            if answer == Cancellation::Cancelled {
                self.history.note(Event::Cancelled(reissue));
            }
            Ok(answer)
        };
        self.process.asks(PORT, call).await
    }

    async fn hand_over(
        &self,
        subject: &Subject,
        reissue: ReissueId,
        way: HandOverWay,
    ) -> Result<HandOverAnswer, Unavailable> {
        let store = &self.stores.retrieval_passwords;
        let call = store.hand_over(subject, reissue, way);
        self.process.asks(PORT, call).await
    }

    async fn find(
        &self,
        contract: &ContractNumber,
        reissue: ReissueId,
    ) -> Result<Option<UserId>, Unavailable> {
        let call = self.stores.retrieval_passwords.find(contract, reissue);
        self.process.asks(PORT, call).await
    }

    async fn reissues(
        &self,
        contract: &ContractNumber,
        user: Option<&UserId>,
        policy: &AttemptPolicy,
        limit: usize,
    ) -> Result<Vec<Reissue>, Unavailable> {
        let store = &self.stores.retrieval_passwords;
        let call = store.reissues(contract, user, policy, limit);
        self.process.asks(PORT, call).await
    }

    async fn statuses(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &AttemptPolicy,
    ) -> Result<Vec<RetrievalPasswordStatus>, Unavailable> {
        let store = &self.stores.retrieval_passwords;
        let call = store.statuses(contract, users, policy);
        self.process.asks(PORT, call).await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        let call = self.stores.retrieval_passwords.check();
        self.process.asks(PORT, call).await
    }
}

#[async_trait]
impl AttemptStore for Reached {
    async fn reserve(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<StoredReservation, Unavailable> {
        let call = async {
            let answer = self.stores.attempts.reserve(key, policy, lease).await?;
            if let StoredReservation::Granted(_) = &answer {
                let of = key.subject.clone();
                self.history.note(Event::AttemptGranted { lease, of });
            }
            Ok(answer)
        };
        self.process.asks_about(lease, call).await
    }

    async fn settle(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: Verdict,
    ) -> Result<Settlement, Unavailable> {
        let call = async {
            let store = &self.stores.attempts;
            let answer = store.settle(key, policy, lease, verdict).await?;
            self.history.note(Event::AttemptSettled {
                process: self.process.number(),
                lease,
                answer,
            });
            if matches!(answer, Settlement::Refused { .. } | Settlement::Locked(_)) {
                self.process.books(lease);
            }
            Ok(answer)
        };
        self.process.asks_about(lease, call).await
    }

    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable> {
        let call = self.stores.attempts.unlock(subject, purpose, policy);
        self.process.asks(PORT, call).await
    }

    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<HeldLock>>, Unavailable> {
        let call = self.stores.attempts.locks(contract, users, policy);
        self.process.asks(PORT, call).await
    }

    async fn remember_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
        hash: StoredHash,
    ) -> Result<(), Unavailable> {
        let call = self.stores.attempts.remember_hash(subject, purpose, hash);
        self.process.asks(PORT, call).await
    }

    async fn known_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
    ) -> Result<Option<BrowserSlot>, Unavailable> {
        let call = self.stores.attempts.known_browser(subject, mark);
        self.process.asks(PORT, call).await
    }

    async fn remember_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
        good_for: Duration,
    ) -> Result<BrowserSlot, Unavailable> {
        let attempts = &self.stores.attempts;
        let call = attempts.remember_browser(subject, mark, good_for);
        self.process.asks(PORT, call).await
    }

    async fn forget_browsers(&self, subject: &Subject) -> Result<(), Unavailable> {
        let call = self.stores.attempts.forget_browsers(subject);
        self.process.asks(PORT, call).await
    }

    async fn note_login(&self, subject: &Subject) -> Result<Option<Timestamp>, Unavailable> {
        let call = self.stores.attempts.note_login(subject);
        self.process.asks(PORT, call).await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.process.asks(PORT, self.stores.attempts.check()).await
    }
}
