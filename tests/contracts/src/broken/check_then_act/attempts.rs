use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::attempts::{
    AttemptPolicy, Attempts, BrowserSlot, Purpose, Reservation, Settlement, Verdict,
};
use warifu_core::domain::{
    BrowserMark, ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId,
};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, HeldLock, StoredReservation, Unavailable,
};

use super::CheckThenAct;

#[async_trait]
impl AttemptStore for CheckThenAct {
    async fn reserve(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<StoredReservation, Unavailable> {
        let now = self.clock.now();
        let stored_hash = self.hashes.get(&(key.subject.clone(), key.purpose));
        let answer = self
            .attempts
            .change(key, |state| state.reserve(policy, now, lease))
            .await;
        Ok(match answer {
            Reservation::Granted { barred } => StoredReservation::Granted(GrantedAttempt {
                barred,
                stored_hash,
            }),
            Reservation::Busy => StoredReservation::Busy,
            Reservation::Locked(lock) => StoredReservation::Locked(lock),
            Reservation::Suspended { until } => StoredReservation::Suspended { until },
        })
    }

    async fn settle(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: Verdict,
    ) -> Result<Settlement, Unavailable> {
        let now = self.clock.now();
        Ok(self
            .attempts
            .change(key, |state| state.settle(policy, now, lease, verdict))
            .await)
    }

    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable> {
        let now = self.clock.now();
        let mut was_locked = false;
        for key in AttemptKey::all(subject, purpose) {
            let change = |state: &mut Attempts| state.unlock(policy, now);
            was_locked |= self.attempts.change(&key, change).await;
        }
        Ok(was_locked)
    }

    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<HeldLock>>, Unavailable> {
        let now = self.clock.now();
        let locked = |user: &UserId| {
            let subject = Subject::new(contract.clone(), user.clone());
            let is_locked = |purpose: &Purpose| {
                let key = AttemptKey::of(subject.clone(), *purpose);
                self.attempts.get(&key).is_locked_at(&policy(*purpose), now)
            };
            let locked = Purpose::ALL.into_iter().filter(is_locked);
            locked.map(HeldLock::of).collect()
        };
        Ok(users.iter().map(locked).collect())
    }

    async fn remember_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
        hash: StoredHash,
    ) -> Result<(), Unavailable> {
        self.hashes
            .change(&(subject.clone(), purpose), |kept| *kept = Some(hash))
            .await;
        Ok(())
    }

    async fn known_browser(
        &self,
        _: &Subject,
        _: &BrowserMark,
    ) -> Result<Option<BrowserSlot>, Unavailable> {
        Ok(None)
    }

    async fn remember_browser(
        &self,
        _: &Subject,
        _: &BrowserMark,
        _: Duration,
    ) -> Result<BrowserSlot, Unavailable> {
        Ok(BrowserSlot::default())
    }

    async fn forget_browsers(&self, _: &Subject) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn note_login(&self, subject: &Subject) -> Result<Option<Timestamp>, Unavailable> {
        let now = self.clock.now();
        Ok(self.logins.change(subject, |last| last.replace(now)).await)
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
