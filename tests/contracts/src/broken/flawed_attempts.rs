use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_core::domain::attempts::{
    AttemptPolicy, BrowserSlot, Lane, LaneLimits, Lock, Purpose, Settlement, Verdict,
};
use warifu_core::domain::{
    BrowserMark, ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId,
};
use warifu_core::ports::{
    AttemptKey, AttemptStore, Clock, HeldLock, StoredReservation, Unavailable,
};

use crate::samples::contract;

/// What is wrong with a [`FlawedAttempts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptFlaw {
    /// A reservation that nobody settled is a failure.
    ChargesAbandoned,
    /// What was not answered stays counted.
    KeepsWithdrawn,
    /// Entries without an answer are not remembered.
    ForgetsUnanswered,
    /// A repeated reservation is a second one.
    ChargesRepetitions,
    /// Too many at once lock instead of being told to wait.
    LocksOnExcess,
    /// All contracts are one.
    ConfusesContracts,
    /// All purposes are one.
    ConfusesPurposes,
    /// All lanes are one.
    ConfusesLanes,
    /// Lanes have no limits of their own: nothing is forgotten, locks do not grow, days do not end.
    WearsNothing,
    /// Whoever shows a mark has the first place.
    KnowsEveryBrowser,
    /// No hash is kept.
    ForgetsHashes,
    /// Every answer of a lock says that it was just set.
    ReportsEveryLock,
}

/// A store that is right but for one flaw.
pub struct FlawedAttempts {
    inner: Arc<dyn AttemptStore>,
    clock: Arc<dyn Clock>,
    flaw: AttemptFlaw,
    tokens: AtomicU64,
    open: Mutex<HashMap<LeaseToken, (AttemptKey, Timestamp)>>,
}

impl FlawedAttempts {
    /// Puts `flaw` into `inner`, which goes by `clock`.
    pub fn new(inner: Arc<dyn AttemptStore>, clock: Arc<dyn Clock>, flaw: AttemptFlaw) -> Self {
        Self {
            inner,
            clock,
            flaw,
            tokens: AtomicU64::new(0),
            open: Mutex::default(),
        }
    }

    fn subject(&self, subject: &Subject) -> Subject {
        match self.flaw {
            AttemptFlaw::ConfusesContracts => Subject::new(contract(), subject.user.clone()),
            _ => subject.clone(),
        }
    }

    fn purpose(&self, purpose: Purpose) -> Purpose {
        if self.flaw == AttemptFlaw::ConfusesPurposes {
            Purpose::Login
        } else {
            purpose
        }
    }

    fn key(&self, key: &AttemptKey) -> AttemptKey {
        let confuses = self.flaw == AttemptFlaw::ConfusesLanes;
        AttemptKey {
            subject: self.subject(&key.subject),
            purpose: self.purpose(key.purpose),
            lane: if confuses { Lane::Stranger } else { key.lane },
        }
    }

    /// The policy to use; without a lease where abandoned reservations are charged.
    async fn policy(&self, policy: &AttemptPolicy) -> Result<AttemptPolicy, Unavailable> {
        if self.flaw == AttemptFlaw::WearsNothing {
            let lane = LaneLimits::default();
            return Ok(AttemptPolicy { lane, ..*policy });
        }
        if self.flaw != AttemptFlaw::ChargesAbandoned {
            return Ok(*policy);
        }
        let endless = AttemptPolicy {
            lease: Duration::from_hours(24 * 3650),
            ..*policy
        };
        let now = self.clock.now();
        let expired: Vec<_> = self
            .open
            .lock()
            .extract_if(|_, (_, expires)| *expires <= now)
            .collect();
        for (lease, (key, _)) in expired {
            self.inner
                .settle(&key, &endless, lease, Verdict::Wrong)
                .await?;
        }
        Ok(endless)
    }

    fn lock(&self, lock: Lock) -> Lock {
        Lock {
            just_set: lock.just_set || self.flaw == AttemptFlaw::ReportsEveryLock,
            ..lock
        }
    }
}

#[async_trait]
impl AttemptStore for FlawedAttempts {
    async fn reserve(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<StoredReservation, Unavailable> {
        let inner_policy = self.policy(policy).await?;
        let key = self.key(key);
        let mut answer = self.inner.reserve(&key, &inner_policy, lease).await?;
        match (&mut answer, self.flaw) {
            (StoredReservation::Granted(_), AttemptFlaw::ChargesAbandoned) => {
                let expires = self.clock.now().plus(policy.lease);
                self.open.lock().insert(lease, (key, expires));
            }
            (StoredReservation::Granted(_), AttemptFlaw::ChargesRepetitions) => {
                let noted = (key.clone(), self.clock.now());
                let is_repetition = self.open.lock().insert(lease, noted).is_some();
                if is_repetition {
                    let number = u128::MAX - u128::from(self.tokens.fetch_add(1, Ordering::SeqCst));
                    let second = LeaseToken::from_bytes(number.to_be_bytes());
                    self.inner.reserve(&key, &inner_policy, second).await?;
                    self.inner
                        .settle(&key, &inner_policy, second, Verdict::Wrong)
                        .await?;
                }
            }
            (StoredReservation::Busy, AttemptFlaw::LocksOnExcess) => {
                answer = StoredReservation::Locked(Lock {
                    until: None,
                    since: self.clock.now(),
                    just_set: false,
                });
            }
            (StoredReservation::Locked(lock), _) => *lock = self.lock(*lock),
            _ => {}
        }
        Ok(answer)
    }

    async fn settle(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: Verdict,
    ) -> Result<Settlement, Unavailable> {
        let policy = self.policy(policy).await?;
        self.open.lock().remove(&lease);
        let verdict = match (self.flaw, verdict) {
            (AttemptFlaw::KeepsWithdrawn, Verdict::Withdrawn) => return Ok(Settlement::Released),
            (AttemptFlaw::ForgetsUnanswered, Verdict::Undecided) => Verdict::NotAsked,
            _ => verdict,
        };
        Ok(
            match self
                .inner
                .settle(&self.key(key), &policy, lease, verdict)
                .await?
            {
                Settlement::Locked(lock) => Settlement::Locked(self.lock(lock)),
                answer => answer,
            },
        )
    }

    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable> {
        self.inner
            .unlock(&self.subject(subject), self.purpose(purpose), policy)
            .await
    }

    async fn locks(
        &self,
        of: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<HeldLock>>, Unavailable> {
        let confuses = self.flaw == AttemptFlaw::ConfusesContracts;
        let of = if confuses { contract() } else { of.clone() };
        self.inner.locks(&of, users, policy).await
    }

    async fn remember_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
        hash: StoredHash,
    ) -> Result<(), Unavailable> {
        if self.flaw == AttemptFlaw::ForgetsHashes {
            return Ok(());
        }
        self.inner
            .remember_hash(&self.subject(subject), self.purpose(purpose), hash)
            .await
    }

    async fn note_login(&self, subject: &Subject) -> Result<Option<Timestamp>, Unavailable> {
        self.inner.note_login(&self.subject(subject)).await
    }

    async fn known_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
    ) -> Result<Option<BrowserSlot>, Unavailable> {
        if self.flaw == AttemptFlaw::KnowsEveryBrowser {
            return Ok(Some(BrowserSlot::default()));
        }
        self.inner.known_browser(&self.subject(subject), mark).await
    }

    async fn remember_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
        good_for: Duration,
    ) -> Result<BrowserSlot, Unavailable> {
        let subject = self.subject(subject);
        self.inner.remember_browser(&subject, mark, good_for).await
    }

    async fn forget_browsers(&self, subject: &Subject) -> Result<(), Unavailable> {
        self.inner.forget_browsers(&self.subject(subject)).await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.inner.check().await
    }
}
