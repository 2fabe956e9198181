use std::sync::Arc;

use async_trait::async_trait;
use warifu_core::domain::attempts::AttemptPolicy;
use warifu_core::domain::retrieval_record::{
    Cancellation, HandOverAnswer, HandOverWay, IssuedTimes, KeyOrigin, NewRetrievalPassword,
    NotRedeemable, RedeemingKey, Reissue, ReissueAnswer, RetrievalPasswordStatus,
    RetrievalReservation, RetrievalSettlement, RetrievalVerdict, StoredCertificate,
};
use warifu_core::domain::{
    ContractNumber, IssuedCertificate, LeaseToken, ReissueId, RequestDigest, Subject, UserId,
};
use warifu_core::ports::{RetrievalPasswordStore, Unavailable};

use crate::samples::{START, contract, new_password};

/// What is wrong with a [`FlawedRetrievalPasswords`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetrievalFlaw {
    /// Whatever certificate is given is delivered.
    DeliversWhatIsGiven,
    /// A cancelled password redeems.
    ForgetsCancellations,
    /// All contracts are one.
    ConfusesContracts,
    /// No password is held back.
    IgnoresHolds,
    /// A customer's key is taken over like one of the server's.
    AbandonsCustomersKeys,
    /// A wrong entry is never charged.
    ChargesNothing,
    /// The right password wins for every key.
    LetsEverybodyWin,
    /// A reissue for a user who has a password is answered and not kept.
    KeepsTheFirstPassword,
    /// A marked request is carried out as often as it is sent.
    ForgetsRequests,
    /// A proof entitles whatever others did since.
    IgnoresOthersReissues,
    /// Nobody knows for whom a password is.
    ForgetsIdentities,
    /// What is handed over is answered and not noted.
    ForgetsHandOvers,
}

/// A store that is right but for one flaw.
pub struct FlawedRetrievalPasswords {
    inner: Arc<dyn RetrievalPasswordStore>,
    flaw: RetrievalFlaw,
}

impl FlawedRetrievalPasswords {
    /// Puts `flaw` into `inner`.
    pub fn new(inner: Arc<dyn RetrievalPasswordStore>, flaw: RetrievalFlaw) -> Self {
        Self { inner, flaw }
    }

    fn contract(&self, number: &ContractNumber) -> ContractNumber {
        match self.flaw {
            RetrievalFlaw::ConfusesContracts => contract(),
            _ => number.clone(),
        }
    }

    fn subject(&self, subject: &Subject) -> Subject {
        Subject::new(self.contract(&subject.contract), subject.user.clone())
    }

    fn key(&self, key: RedeemingKey) -> RedeemingKey {
        match self.flaw {
            RetrievalFlaw::AbandonsCustomersKeys => RedeemingKey {
                origin: KeyOrigin::Server,
                ..key
            },
            _ => key,
        }
    }
}

#[async_trait]
impl RetrievalPasswordStore for FlawedRetrievalPasswords {
    async fn reissue(
        &self,
        subject: &Subject,
        mut new: NewRetrievalPassword,
        policy: &AttemptPolicy,
    ) -> Result<ReissueAnswer, Unavailable> {
        if self.flaw == RetrievalFlaw::IgnoresHolds {
            new.hold_for = new_password(0).hold_for;
        }
        if self.flaw == RetrievalFlaw::KeepsTheFirstPassword {
            let users = [subject.user.clone()];
            let statuses = self.inner.statuses(&subject.contract, &users, policy);
            if statuses.await?.iter().any(|found| found.status.is_some()) {
                return Ok(ReissueAnswer::Issued(IssuedTimes {
                    issued_at: START,
                    redeemable_from: START.plus(new.hold_for),
                    expires_at: START.plus(new.hold_for).plus(new.valid_for),
                }));
            }
        }
        if self.flaw == RetrievalFlaw::ForgetsRequests {
            new.request = None;
        }
        if self.flaw == RetrievalFlaw::IgnoresOthersReissues {
            new.verified_at = None;
        }
        if self.flaw == RetrievalFlaw::ForgetsIdentities {
            new.identity = None;
        }
        self.inner
            .reissue(&self.subject(subject), new, policy)
            .await
    }

    async fn carried_out(
        &self,
        subject: &Subject,
        request: RequestDigest,
    ) -> Result<bool, Unavailable> {
        self.inner
            .carried_out(&self.subject(subject), request)
            .await
    }

    async fn reserve(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<RetrievalReservation, Unavailable> {
        self.inner
            .reserve(&self.subject(subject), policy, lease)
            .await
    }

    async fn settle(
        &self,
        subject: &Subject,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable> {
        let verdict = match verdict {
            RetrievalVerdict::Right { record, key } => RetrievalVerdict::Right {
                record,
                key: self.key(key),
            },
            RetrievalVerdict::Wrong if self.flaw == RetrievalFlaw::ChargesNothing => {
                self.inner
                    .settle(subject, policy, lease, RetrievalVerdict::NotAsked)
                    .await?;
                return Ok(RetrievalSettlement::Refused { failures_left: 4 });
            }
            other => other,
        };
        let answer = self
            .inner
            .settle(&self.subject(subject), policy, lease, verdict)
            .await?;
        let is_consumed = matches!(
            answer,
            RetrievalSettlement::NotRedeemable {
                reason: NotRedeemable::Consumed,
                ..
            }
        );
        if self.flaw == RetrievalFlaw::LetsEverybodyWin && is_consumed {
            return Ok(RetrievalSettlement::Won { abandoned: None });
        }
        Ok(answer)
    }

    async fn store_certificate(
        &self,
        subject: &Subject,
        record: ReissueId,
        key: RedeemingKey,
        certificate: IssuedCertificate,
    ) -> Result<StoredCertificate, Unavailable> {
        let (subject, key) = (self.subject(subject), self.key(key));
        let given = certificate.clone();
        let answer = self
            .inner
            .store_certificate(&subject, record, key, certificate)
            .await?;
        let delivers_all = [
            RetrievalFlaw::DeliversWhatIsGiven,
            RetrievalFlaw::LetsEverybodyWin,
        ];
        if delivers_all.contains(&self.flaw) {
            return Ok(StoredCertificate::Deliver(Box::new(given)));
        }
        Ok(answer)
    }

    async fn cancel(
        &self,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<Cancellation, Unavailable> {
        if self.flaw == RetrievalFlaw::ForgetsCancellations {
            return Ok(Cancellation::Cancelled);
        }
        self.inner.cancel(&self.subject(subject), reissue).await
    }

    async fn hand_over(
        &self,
        subject: &Subject,
        reissue: ReissueId,
        way: HandOverWay,
    ) -> Result<HandOverAnswer, Unavailable> {
        if self.flaw == RetrievalFlaw::ForgetsHandOvers {
            return Ok(HandOverAnswer::Noted);
        }
        let subject = self.subject(subject);
        self.inner.hand_over(&subject, reissue, way).await
    }

    async fn find(
        &self,
        contract: &ContractNumber,
        reissue: ReissueId,
    ) -> Result<Option<UserId>, Unavailable> {
        self.inner.find(&self.contract(contract), reissue).await
    }

    async fn reissues(
        &self,
        contract: &ContractNumber,
        user: Option<&UserId>,
        policy: &AttemptPolicy,
        limit: usize,
    ) -> Result<Vec<Reissue>, Unavailable> {
        self.inner
            .reissues(&self.contract(contract), user, policy, limit)
            .await
    }

    async fn statuses(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &AttemptPolicy,
    ) -> Result<Vec<RetrievalPasswordStatus>, Unavailable> {
        self.inner
            .statuses(&self.contract(contract), users, policy)
            .await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.inner.check().await
    }
}
