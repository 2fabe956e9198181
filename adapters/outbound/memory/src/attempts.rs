use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::attempts::{
    AttemptPolicy, BrowserSlot, Lane, Purpose, Reservation, Settlement, Verdict,
};
use warifu_core::domain::{
    BrowserMark, ContractNumber, KnownBrowsers, LeaseToken, StoredHash, Subject, Timestamp, UserId,
};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, HeldLock, StoredReservation, Unavailable,
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
            match book.step(key, policy, now, |attempts| {
                attempts.reserve(policy, now, lease)
            }) {
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
        Ok(book.step(key, policy, now, |attempts| {
            attempts.settle(policy, now, lease, verdict)
        }))
    }

    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable> {
        let mut book = self.attempts.lock();
        let now = self.now();
        let mut was_locked = false;
        for key in AttemptKey::all(subject, purpose) {
            let policy = key.limits(*policy);
            was_locked |= book.step(&key, &policy, now, |attempts| attempts.unlock(&policy, now));
        }
        Ok(was_locked)
    }

    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<HeldLock>>, Unavailable> {
        let book = self.attempts.lock();
        let now = self.now();
        let locked = |user: &UserId| {
            let subject = Subject::new(contract.clone(), user.clone());
            [Purpose::Login, Purpose::Transaction, Purpose::Otp]
                .into_iter()
                .flat_map(|purpose| AttemptKey::all(&subject, purpose))
                .filter(|key| {
                    let limits = key.limits(policy(key.purpose));
                    let counter = book.counter(key);
                    counter.is_some_and(|attempts| attempts.is_locked_at(&limits, now))
                })
                .map(|key| HeldLock {
                    purpose: key.purpose,
                    lane: key.lane.kind(),
                })
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

    async fn known_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
    ) -> Result<Option<BrowserSlot>, Unavailable> {
        let book = self.attempts.lock();
        let account = book.accounts.get(subject);
        Ok(account.and_then(|account| account.browsers.find(mark, self.now())))
    }

    async fn remember_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
        good_for: Duration,
    ) -> Result<BrowserSlot, Unavailable> {
        let mut book = self.attempts.lock();
        let now = self.now();
        let account = book.accounts.entry(subject.clone()).or_default();
        let remembered = account.browsers.remember(mark, now.plus(good_for), now);
        if remembered.is_new {
            let lane = Lane::KnownBrowser(remembered.slot);
            book.forget(&AttemptKey::login(subject.clone(), lane));
        }
        Ok(remembered.slot)
    }

    async fn forget_browsers(&self, subject: &Subject) -> Result<(), Unavailable> {
        let mut book = self.attempts.lock();
        if let Some(account) = book.accounts.get_mut(subject) {
            account.browsers = KnownBrowsers::default();
        }
        for slot in BrowserSlot::all() {
            book.forget(&AttemptKey::login(
                subject.clone(),
                Lane::KnownBrowser(slot),
            ));
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
