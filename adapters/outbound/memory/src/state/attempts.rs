use std::collections::{BTreeMap, HashMap};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use warifu_core::domain::attempts::{Attempts, Purpose};
use warifu_core::domain::{StoredHash, Subject, Timestamp};
use warifu_core::ports::{AttemptKey, Randomness};

/// What is kept of a user who exists.
#[derive(Default)]
pub(crate) struct Account {
    pub(crate) counters: BTreeMap<Purpose, Attempts>,
    pub(crate) hashes: BTreeMap<Purpose, StoredHash>,
    pub(crate) last_login: Option<Timestamp>,
}

pub(crate) struct AttemptBook {
    pub(crate) accounts: HashMap<Subject, Account>,
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
    pub(crate) fn step<T>(&mut self, key: &AttemptKey, step: impl FnOnce(&mut Attempts) -> T) -> T {
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

    pub(crate) fn stored_hash(&self, key: &AttemptKey) -> Option<StoredHash> {
        match key {
            AttemptKey::Known(subject, purpose) => {
                self.accounts.get(subject)?.hashes.get(purpose).cloned()
            }
            AttemptKey::Unknown(_) => None,
        }
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
