use std::collections::{BTreeMap, BTreeSet, HashMap};

use warifu_core::domain::attempts::{AttemptPolicy, Attempts, Purpose};
use warifu_core::domain::{KnownBrowsers, StoredHash, Subject, Timestamp};
use warifu_core::ports::AttemptKey;

/// How many counters that are over one step forgets at most.
const FORGOTTEN_A_STEP: usize = 4;

/// What is kept of a user who exists.
#[derive(Default)]
pub(crate) struct Account {
    pub(crate) hashes: BTreeMap<Purpose, StoredHash>,
    pub(crate) last_login: Option<Timestamp>,
    pub(crate) browsers: KnownBrowsers,
}

struct Counter {
    attempts: Attempts,
    ends_at: Option<Timestamp>,
}

#[derive(Default)]
pub(crate) struct AttemptBook {
    pub(crate) accounts: HashMap<Subject, Account>,
    counters: HashMap<AttemptKey, Counter>,
    /// Which counters will hold nothing any more, and when.
    ends: BTreeSet<(Timestamp, AttemptKey)>,
}

impl AttemptBook {
    /// Does one step on a counter, and forgets what holds nothing any more.
    pub(crate) fn step<T>(
        &mut self,
        key: &AttemptKey,
        policy: &AttemptPolicy,
        now: Timestamp,
        step: impl FnOnce(&mut Attempts) -> T,
    ) -> T {
        let mut attempts = self.forget(key).unwrap_or_default();
        let result = step(&mut attempts);
        if !attempts.is_blank() {
            let ends_at = attempts.ends_at(policy);
            if let Some(end) = ends_at {
                self.ends.insert((end, key.clone()));
            }
            let counter = Counter { attempts, ends_at };
            self.counters.insert(key.clone(), counter);
        }
        self.forget_ended(now);
        result
    }

    pub(crate) fn counter(&self, key: &AttemptKey) -> Option<&Attempts> {
        self.counters.get(key).map(|counter| &counter.attempts)
    }

    /// Forgets a counter, and tells what it held.
    pub(crate) fn forget(&mut self, key: &AttemptKey) -> Option<Attempts> {
        let counter = self.counters.remove(key)?;
        if let Some(end) = counter.ends_at {
            self.ends.remove(&(end, key.clone()));
        }
        Some(counter.attempts)
    }

    pub(crate) fn stored_hash(&self, key: &AttemptKey) -> Option<StoredHash> {
        let account = self.accounts.get(&key.subject)?;
        account.hashes.get(&key.purpose.secret()).cloned()
    }

    fn forget_ended(&mut self, now: Timestamp) {
        for _ in 0..FORGOTTEN_A_STEP {
            let over = self.ends.first().filter(|(end, _)| *end <= now);
            let Some((_, key)) = over.cloned() else {
                return;
            };
            self.forget(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use warifu_core::domain::LeaseToken;
    use warifu_core::domain::attempts::{Lane, LaneLimits, LockDuration, Verdict};

    use super::*;

    const LOCK: Duration = Duration::from_secs(1800);

    fn policy() -> AttemptPolicy {
        Lane::Stranger.limits(AttemptPolicy {
            max_failures: 5.try_into().unwrap(),
            lock: LockDuration::For(LOCK),
            lease: Duration::from_secs(10),
            lane: LaneLimits::default(),
        })
    }

    fn subject(number: usize) -> Subject {
        let user = format!("user{number}").parse().unwrap();
        Subject::new("123456".parse().unwrap(), user)
    }

    #[test]
    fn a_counter_that_holds_nothing_takes_no_memory() {
        let mut book = AttemptBook::default();
        let key = AttemptKey::login(subject(1), Lane::Stranger);
        let now = Timestamp::from_unix_millis(0);
        assert!(book.step(&key, &policy(), now, |attempts| attempts.is_blank()));
        assert!(book.counters.is_empty() && book.ends.is_empty());
    }

    #[test]
    fn counters_that_are_over_are_forgotten_by_what_comes_later() {
        let mut book = AttemptBook::default();
        let token = LeaseToken::from_bytes([1; 16]);
        let fail = |book: &mut AttemptBook, number, now| {
            let key = AttemptKey::login(subject(number), Lane::Stranger);
            book.step(&key, &policy(), now, |attempts| {
                attempts.reserve(&policy(), now, token);
                attempts.settle(&policy(), now, token, Verdict::Wrong)
            });
        };
        let start = Timestamp::from_unix_millis(0);
        for number in 0..1000 {
            fail(&mut book, number, start);
        }
        assert_eq!(book.counters.len(), 1000);
        // A failure of today counts for today's part.
        let tomorrow = start.plus(Duration::from_hours(24));
        for number in 1000..1400 {
            fail(&mut book, number, tomorrow);
        }
        assert_eq!(book.counters.len(), 400);
        assert_eq!(book.ends.len(), 400);
    }
}
