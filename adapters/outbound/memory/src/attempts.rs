use std::collections::BTreeSet;

use async_trait::async_trait;
use warifu_core::domain::attempts::{AttemptPolicy, Purpose, Reservation, Settlement, Verdict};
use warifu_core::domain::{ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, StoredReservation, Unavailable,
};

use crate::store::MemoryStore;

#[async_trait]
impl AttemptStore for MemoryStore {
    async fn reserve(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<StoredReservation, Unavailable> {
        let mut book = self.attempts.lock();
        let now = self.now();
        Ok(
            match book.step(key, |attempts| attempts.reserve(policy, now, lease)) {
                Reservation::Granted { barred } => StoredReservation::Granted(GrantedAttempt {
                    barred,
                    stored_hash: book.stored_hash(key),
                }),
                Reservation::Busy => StoredReservation::Busy,
                Reservation::Locked(lock) => StoredReservation::Locked(lock),
                Reservation::Suspended { until } => StoredReservation::Suspended { until },
            },
        )
    }

    async fn settle(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: Verdict,
    ) -> Result<Settlement, Unavailable> {
        let mut book = self.attempts.lock();
        let now = self.now();
        Ok(book.step(key, |attempts| attempts.settle(policy, now, lease, verdict)))
    }

    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable> {
        let mut book = self.attempts.lock();
        let now = self.now();
        let key = AttemptKey::Known(subject.clone(), purpose);
        Ok(book.step(&key, |attempts| attempts.unlock(policy, now)))
    }

    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<Purpose>>, Unavailable> {
        let book = self.attempts.lock();
        let now = self.now();
        let locked = |user: &UserId| {
            let subject = Subject::new(contract.clone(), user.clone());
            let counters = book.accounts.get(&subject).map(|account| &account.counters);
            counters
                .into_iter()
                .flatten()
                .filter(|(purpose, attempts)| attempts.is_locked_at(&policy(**purpose), now))
                .map(|(purpose, _)| *purpose)
                .collect()
        };
        Ok(users.iter().map(locked).collect())
    }

    async fn remember_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
        hash: StoredHash,
    ) -> Result<(), Unavailable> {
        let mut book = self.attempts.lock();
        book.accounts
            .entry(subject.clone())
            .or_default()
            .hashes
            .insert(purpose, hash);
        Ok(())
    }

    async fn note_login(&self, subject: &Subject) -> Result<Option<Timestamp>, Unavailable> {
        let mut book = self.attempts.lock();
        let now = self.now();
        Ok(book
            .accounts
            .entry(subject.clone())
            .or_default()
            .last_login
            .replace(now))
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
