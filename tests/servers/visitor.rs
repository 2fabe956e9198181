//! Somebody who uses a store: short names for what the tests do most.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;
use warifu_contracts::samples::{hash, new_password, retrieval_policy};
use warifu_core::domain::attempts::{AttemptPolicy, LaneLimits, LockDuration};
use warifu_core::domain::retrieval_record::{
    NewRetrievalPassword, NotRedeemable, RedeemingKey, ReissueAnswer, RetrievalReservation,
    RetrievalSettlement, RetrievalVerdict,
};
use warifu_core::domain::{LeaseToken, ReissueId, Subject};
use warifu_core::ports::{Randomness, RetrievalPasswordStore, Unavailable};

/// What a caller may have to wait for "the store is down", and what a machine that runs other
/// tests at the same time may add.
pub(crate) const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// Within which a store that is back must be used again.
pub(crate) const RECOVERED_WITHIN: Duration = Duration::from_secs(5);

/// A lease token that nobody else has.
pub(crate) fn fresh_lease() -> LeaseToken {
    LeaseToken::generate(&Fresh)
}

/// A reissue that nobody else has.
pub(crate) fn fresh_password() -> NewRetrievalPassword {
    NewRetrievalPassword {
        id: ReissueId::generate(&Fresh),
        hash: hash(7),
        ..new_password(0)
    }
}

/// Different in every call of a process, which is all that is needed.
struct Fresh;

impl Randomness for Fresh {
    fn fill(&self, bytes: &mut [u8]) {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let start = bytes.len() - number.len();
        bytes.fill(0);
        bytes[start..].copy_from_slice(&number);
    }
}

/// As [`retrieval_policy`], with leases that outlive the test.
pub(crate) fn policy() -> AttemptPolicy {
    AttemptPolicy {
        lease: Duration::from_secs(600),
        lane: LaneLimits::default(),
        ..retrieval_policy()
    }
}

/// So many wrong entries lock.
pub(crate) fn policy_of(max_failures: u32) -> AttemptPolicy {
    let max_failures = NonZeroU32::new(max_failures).expect("at least one");
    AttemptPolicy {
        max_failures,
        lock: LockDuration::UntilUnlocked,
        ..policy()
    }
}

/// Uses the retrieval password of one user.
pub(crate) struct Visitor<'a> {
    pub(crate) store: &'a dyn RetrievalPasswordStore,
    pub(crate) subject: Subject,
}

impl Visitor<'_> {
    pub(crate) async fn reissue(
        &self,
        new: NewRetrievalPassword,
    ) -> Result<ReissueAnswer, Unavailable> {
        self.store.reissue(&self.subject, new, &policy()).await
    }

    pub(crate) async fn reserve(&self) -> Result<(RetrievalReservation, LeaseToken), Unavailable> {
        let lease = fresh_lease();
        Ok((
            self.store.reserve(&self.subject, &policy(), lease).await?,
            lease,
        ))
    }

    pub(crate) async fn settle(
        &self,
        lease: LeaseToken,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable> {
        self.store
            .settle(&self.subject, &policy(), lease, verdict)
            .await
    }

    /// A whole attempt with the right password.
    pub(crate) async fn redeem(
        &self,
        record: ReissueId,
        key: RedeemingKey,
    ) -> Result<RetrievalSettlement, Unavailable> {
        self.attempt(RetrievalVerdict::Right { record, key }).await
    }

    /// A whole attempt.
    pub(crate) async fn attempt(
        &self,
        verdict: RetrievalVerdict,
    ) -> Result<RetrievalSettlement, Unavailable> {
        match self.reserve().await? {
            (RetrievalReservation::Granted(_), lease) => self.settle(lease, verdict).await,
            (RetrievalReservation::Locked(lock), _) => Ok(RetrievalSettlement::Locked(lock)),
            (RetrievalReservation::Busy | RetrievalReservation::Suspended { .. }, _) => {
                panic!("one attempt after the other, all of them answered, is always looked at")
            }
        }
    }

    /// Asks until the store answers; fails where that takes longer than it may.
    pub(crate) async fn await_recovery(&self) {
        let since = Instant::now();
        while let Err(error) = self.store.check().await {
            assert!(
                since.elapsed() < RECOVERED_WITHIN,
                "still down after {RECOVERED_WITHIN:?}: {error}"
            );
        }
    }

    /// That the store says it is down, and how soon.
    pub(crate) async fn expect_down(&self) -> Unavailable {
        let since = Instant::now();
        let answer = self.reserve().await;
        let took = since.elapsed();
        let error = answer.expect_err("the store is down");
        assert_eq!(error.port, "password_store");
        assert!(took < TOLD_WITHIN, "told after {took:?}: {error}");
        error
    }
}

/// Whether the right password was refused because another key has the certificate.
pub(crate) fn is_consumed(answer: &Result<RetrievalSettlement, Unavailable>) -> bool {
    matches!(
        answer,
        Ok(RetrievalSettlement::NotRedeemable {
            reason: NotRedeemable::Consumed,
            ..
        })
    )
}
