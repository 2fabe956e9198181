use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use warifu_core::domain::attempts::{
    AttemptPolicy, Attempts, BrowserSlot, Lane, Purpose, Reservation, Settlement, Verdict,
};
use warifu_core::domain::{
    BrowserMark, ContractNumber, KnownBrowsers, LeaseToken, StoredHash, Subject, Timestamp, UserId,
};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, HeldLock, StoredReservation, Unavailable,
};

use crate::failure::Failure;
use crate::states::States;
use crate::step::Step;
use crate::store::EmbeddedStore;

/// The purposes counted here; that of the retrieval password is part of its own state.
const PURPOSES: [Purpose; 3] = [Purpose::Login, Purpose::Transaction, Purpose::Otp];

/// Does one step on a counter, and forgets the counter where nothing would be lost by it.
fn change<T>(
    step: &Step<'_>,
    key: &AttemptKey,
    policy: &AttemptPolicy,
    change: impl FnOnce(&mut Attempts) -> T,
) -> Result<T, Failure> {
    let key = step.keys.counter(key);
    let before: Option<Attempts> = States::Counters.load(step.connection, &key)?;
    let mut attempts = before.clone().unwrap_or_default();
    let result = change(&mut attempts);
    if attempts.is_blank() {
        if before.is_some() {
            States::Counters.forget(step.connection, &key)?;
        }
    } else if before.as_ref() != Some(&attempts) {
        let ends_at = attempts.ends_at(policy);
        States::Counters.save(step.connection, &key, &attempts, ends_at)?;
    }
    Ok(result)
}

fn stored_hash(step: &Step<'_>, key: &AttemptKey) -> Result<Option<StoredHash>, Failure> {
    let key = step.keys.purpose(&key.subject, key.purpose.secret());
    States::PasswordHashes.load(step.connection, &key)
}

fn browsers(step: &Step<'_>, subject: &Subject) -> Result<KnownBrowsers, Failure> {
    let key = step.keys.subject(subject);
    let browsers = States::KnownBrowsers.load(step.connection, &key)?;
    Ok(browsers.unwrap_or_default())
}

/// Forgets the counter of a browser.
fn forget_browser(step: &Step<'_>, subject: &Subject, slot: BrowserSlot) -> Result<(), Failure> {
    let key = AttemptKey::login(subject.clone(), Lane::KnownBrowser(slot));
    States::Counters.forget(step.connection, &step.keys.counter(&key))
}

#[async_trait]
impl AttemptStore for EmbeddedStore {
    async fn reserve(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
    ) -> Result<StoredReservation, Unavailable> {
        let (key, policy) = (key.clone(), *policy);
        self.write(move |step| {
            let stored_hash = stored_hash(step, &key)?;
            let reserve = |attempts: &mut Attempts| attempts.reserve(&policy, step.now, lease);
            Ok(match change(step, &key, &policy, reserve)? {
                Reservation::Granted { barred } => StoredReservation::Granted(GrantedAttempt {
                    barred,
                    stored_hash,
                }),
                Reservation::Busy => StoredReservation::Busy,
                Reservation::Locked(lock) => StoredReservation::Locked(lock),
                Reservation::Suspended { until } => StoredReservation::Suspended { until },
            })
        })
        .await
    }

    async fn settle(
        &self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        lease: LeaseToken,
        verdict: Verdict,
    ) -> Result<Settlement, Unavailable> {
        let (key, policy) = (key.clone(), *policy);
        self.write(move |step| {
            change(step, &key, &policy, |attempts| {
                attempts.settle(&policy, step.now, lease, verdict)
            })
        })
        .await
    }

    async fn unlock(
        &self,
        subject: &Subject,
        purpose: Purpose,
        policy: &AttemptPolicy,
    ) -> Result<bool, Unavailable> {
        let (subject, policy) = (subject.clone(), *policy);
        self.write(move |step| {
            let mut was_locked = false;
            for key in AttemptKey::all(&subject, purpose) {
                let limits = key.limits(policy);
                let unlock = |attempts: &mut Attempts| attempts.unlock(&limits, step.now);
                was_locked |= change(step, &key, &limits, unlock)?;
            }
            Ok(was_locked)
        })
        .await
    }

    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<HeldLock>>, Unavailable> {
        let policies = PURPOSES.map(|purpose| (purpose, policy(purpose)));
        let (contract, users) = (contract.clone(), users.to_vec());
        self.read(move |step| {
            let mut locks = Vec::with_capacity(users.len());
            for user in users {
                let subject = Subject::new(contract.clone(), user);
                let mut locked = BTreeSet::new();
                for (purpose, policy) in &policies {
                    for key in AttemptKey::all(&subject, *purpose) {
                        let counter = step.keys.counter(&key);
                        let attempts: Option<Attempts> =
                            States::Counters.load(step.connection, &counter)?;
                        let limits = key.limits(*policy);
                        if attempts.is_some_and(|attempts| attempts.is_locked_at(&limits, step.now))
                        {
                            let lane = key.lane.kind();
                            let purpose = *purpose;
                            locked.insert(HeldLock { purpose, lane });
                        }
                    }
                }
                locks.push(locked);
            }
            Ok(locks)
        })
        .await
    }

    async fn remember_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
        hash: StoredHash,
    ) -> Result<(), Unavailable> {
        let subject = subject.clone();
        self.write(move |step| {
            let key = step.keys.purpose(&subject, purpose);
            States::PasswordHashes.save(step.connection, &key, &hash, None)
        })
        .await
    }

    async fn note_login(&self, subject: &Subject) -> Result<Option<Timestamp>, Unavailable> {
        let subject = subject.clone();
        self.write(move |step| {
            let key = step.keys.subject(&subject);
            let before = step
                .connection
                .prepare_cached("SELECT at FROM last_logins WHERE subject = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            step.connection
                .prepare_cached(
                    "INSERT INTO last_logins (subject, at) VALUES (?1, ?2) \
                     ON CONFLICT (subject) DO UPDATE SET at = excluded.at",
                )?
                .execute(params![key, step.now.as_unix_millis()])?;
            Ok(before.map(Timestamp::from_unix_millis))
        })
        .await
    }

    async fn known_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
    ) -> Result<Option<BrowserSlot>, Unavailable> {
        let (subject, mark) = (subject.clone(), mark.clone());
        self.read(move |step| Ok(browsers(step, &subject)?.find(&mark, step.now)))
            .await
    }

    async fn remember_browser(
        &self,
        subject: &Subject,
        mark: &BrowserMark,
        good_for: Duration,
    ) -> Result<BrowserSlot, Unavailable> {
        let (subject, mark) = (subject.clone(), mark.clone());
        self.write(move |step| {
            let mut browsers = browsers(step, &subject)?;
            let remembered = browsers.remember(&mark, step.now.plus(good_for), step.now);
            let key = step.keys.subject(&subject);
            let ends_at = browsers.ends_at();
            States::KnownBrowsers.save(step.connection, &key, &browsers, ends_at)?;
            if remembered.is_new {
                forget_browser(step, &subject, remembered.slot)?;
            }
            Ok(remembered.slot)
        })
        .await
    }

    async fn forget_browsers(&self, subject: &Subject) -> Result<(), Unavailable> {
        let subject = subject.clone();
        self.write(move |step| {
            States::KnownBrowsers.forget(step.connection, &step.keys.subject(&subject))?;
            for slot in BrowserSlot::all() {
                forget_browser(step, &subject, slot)?;
            }
            Ok(())
        })
        .await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.probe().await
    }
}
