use std::collections::BTreeSet;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use warifu_core::domain::attempts::{
    AttemptPolicy, Attempts, Purpose, Reservation, Settlement, Verdict,
};
use warifu_core::domain::{ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, StoredReservation, Unavailable,
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
    change: impl FnOnce(&mut Attempts) -> T,
) -> Result<T, Failure> {
    let key = step.keys.counter(key);
    let before: Option<Attempts> = States::Counters.load(step.connection, &key)?;
    let mut attempts = before.clone().unwrap_or_default();
    let result = change(&mut attempts);
    if attempts.is_blank() {
        if before.is_some() {
            let sql = "DELETE FROM counters WHERE key = ?1";
            step.connection.prepare_cached(sql)?.execute([&key])?;
        }
    } else if before.as_ref() != Some(&attempts) {
        States::Counters.save(step.connection, &key, &attempts)?;
    }
    Ok(result)
}

fn stored_hash(step: &Step<'_>, key: &AttemptKey) -> Result<Option<StoredHash>, Failure> {
    match key {
        AttemptKey::Known(subject, purpose) => {
            let key = step.keys.purpose(subject, *purpose);
            States::PasswordHashes.load(step.connection, &key)
        }
        AttemptKey::Unknown(_) => Ok(None),
    }
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
            Ok(match change(step, &key, reserve)? {
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
            change(step, &key, |attempts| {
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
        let key = AttemptKey::Known(subject.clone(), purpose);
        let policy = *policy;
        self.write(move |step| change(step, &key, |attempts| attempts.unlock(&policy, step.now)))
            .await
    }

    async fn locks(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
        policy: &(dyn for<'a> Fn(Purpose) -> AttemptPolicy + Send + Sync),
    ) -> Result<Vec<BTreeSet<Purpose>>, Unavailable> {
        let policies = PURPOSES.map(|purpose| (purpose, policy(purpose)));
        let (contract, users) = (contract.clone(), users.to_vec());
        self.read(move |step| {
            let mut locks = Vec::with_capacity(users.len());
            for user in users {
                let subject = Subject::new(contract.clone(), user);
                let mut locked = BTreeSet::new();
                for (purpose, policy) in &policies {
                    let key = step.keys.purpose(&subject, *purpose);
                    let attempts: Option<Attempts> =
                        States::Counters.load(step.connection, &key)?;
                    if attempts.is_some_and(|attempts| attempts.is_locked_at(policy, step.now)) {
                        locked.insert(*purpose);
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
            States::PasswordHashes.save(step.connection, &key, &hash)
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

    async fn check(&self) -> Result<(), Unavailable> {
        self.probe().await
    }
}
