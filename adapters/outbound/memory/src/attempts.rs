use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use warifu_core::domain::attempts::{
    AttemptPolicy, Attempts, Purpose, Reservation, Settlement, Verdict,
};
use warifu_core::domain::{ContractNumber, LeaseToken, StoredHash, Subject, Timestamp, UserId};
use warifu_core::ports::{
    AttemptKey, AttemptStore, GrantedAttempt, Randomness, StoredReservation, Unavailable,
};

use crate::store::MemoryStore;

/// What is kept of a user who exists.
#[derive(Default)]
struct Account {
    counters: BTreeMap<Purpose, Attempts>,
    hashes: BTreeMap<Purpose, StoredHash>,
    last_login: Option<Timestamp>,
}

pub(crate) struct AttemptBook {
    accounts: HashMap<Subject, Account>,
    /// The counters of names that nobody has. A `u16` numbers them, so there are never more than
    /// 65,536, whatever is tried.
    unknown: HashMap<u16, Attempts>,
    /// Which counter a name gets. Keyed, so that nobody can choose names that share one with a
    /// name they want locked.
    unknown_key: Hmac<Sha256>,
}

impl AttemptBook {
    pub(crate) fn new(randomness: &dyn Randomness) -> Self {
        let mut key = [0; 64];
        randomness.fill(&mut key);
        Self {
            accounts: HashMap::new(),
            unknown: HashMap::new(),
            unknown_key: <Hmac<Sha256> as KeyInit>::new(&key.into()),
        }
    }

    fn bucket(&self, subject: &Subject) -> u16 {
        let mut hash = self.unknown_key.clone();
        hash.update(&subject.to_key_bytes());
        let digest = hash.finalize().into_bytes();
        u16::from_be_bytes([digest[0], digest[1]])
    }

    /// Does one step on a counter, and forgets the counter where nothing would be lost by it.
    fn step<T>(&mut self, key: &AttemptKey, step: impl FnOnce(&mut Attempts) -> T) -> T {
        match key {
            AttemptKey::Known(subject, purpose) => {
                let account = self.accounts.entry(subject.clone()).or_default();
                let counter = account.counters.entry(*purpose).or_default();
                let result = step(counter);
                if counter.is_blank() {
                    account.counters.remove(purpose);
                }
                result
            }
            AttemptKey::Unknown(subject) => {
                let bucket = self.bucket(subject);
                let counter = self.unknown.entry(bucket).or_default();
                let result = step(counter);
                if counter.is_blank() {
                    self.unknown.remove(&bucket);
                }
                result
            }
        }
    }

    fn stored_hash(&self, key: &AttemptKey) -> Option<StoredHash> {
        match key {
            AttemptKey::Known(subject, purpose) => {
                self.accounts.get(subject)?.hashes.get(purpose).cloned()
            }
            AttemptKey::Unknown(_) => None,
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Randomness for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn buckets(key: u8) -> Vec<u16> {
        let book = AttemptBook::new(&Fixed(key));
        let subject = |number: usize| {
            let user = format!("user{number}").parse().unwrap();
            Subject::new("123456".parse().unwrap(), user)
        };
        (0..1000)
            .map(|number| book.bucket(&subject(number)))
            .collect()
    }

    #[test]
    fn the_counter_of_an_unknown_name_depends_on_the_key() {
        assert_eq!(buckets(1), buckets(1));
        let same = buckets(1)
            .iter()
            .zip(buckets(2))
            .filter(|(one, other)| *one == other)
            .count();
        assert!(
            same < 5,
            "{same} of 1,000 names share a counter under two keys"
        );
    }

    #[test]
    fn a_counter_that_holds_nothing_takes_no_memory() {
        let mut book = AttemptBook::new(&Fixed(1));
        let subject = Subject::new("123456".parse().unwrap(), "user1".parse().unwrap());
        let known = AttemptKey::Known(subject.clone(), Purpose::Login);
        for key in [known, AttemptKey::Unknown(subject)] {
            assert!(book.step(&key, |attempts| attempts.is_blank()));
        }
        assert!(book.unknown.is_empty());
        assert!(
            book.accounts
                .values()
                .all(|account| account.counters.is_empty())
        );
    }
}
