use std::collections::HashMap;
use std::hash::Hash;

use warifu_core::domain::Timestamp;

/// The smallest number of writes between two clean-ups.
const FEWEST_WRITES: usize = 64;

/// A map whose entries end. It cleans up after as many writes as it held entries at the last
/// clean-up, so that the work a write is constant on average and what has ended takes at most as
/// much memory again as what has not.
pub(crate) struct Expiring<K, V> {
    entries: HashMap<K, V>,
    ends_at: fn(&V) -> Timestamp,
    writes_left: usize,
}

impl<K: Eq + Hash, V> Expiring<K, V> {
    /// An empty map; `ends_at` tells the end of an entry.
    pub(crate) fn new(ends_at: fn(&V) -> Timestamp) -> Self {
        Self {
            entries: HashMap::new(),
            ends_at,
            writes_left: FEWEST_WRITES,
        }
    }

    /// The entry of `key` that has not ended at `now`.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<&V> {
        self.entries
            .get(key)
            .filter(|value| (self.ends_at)(value) > now)
    }

    /// As [`Self::get`], to change.
    pub(crate) fn get_mut(&mut self, key: &K, now: Timestamp) -> Option<&mut V> {
        self.entries
            .get_mut(key)
            .filter(|value| (self.ends_at)(value) > now)
    }

    /// Puts `value` in, and cleans up when it is time.
    pub(crate) fn insert(&mut self, key: K, value: V, now: Timestamp) {
        self.entries.insert(key, value);
        self.writes_left -= 1;
        if self.writes_left == 0 {
            self.retain(|value, ends_at| ends_at(value) > now);
            self.writes_left = self.entries.len().max(FEWEST_WRITES);
        }
    }

    /// Takes the entry of `key` out.
    pub(crate) fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }

    /// Takes out the entries that `is_out`. Tells how many of them had not ended at `now`.
    pub(crate) fn remove_all(&mut self, now: Timestamp, is_out: impl Fn(&K, &V) -> bool) -> usize {
        let ends_at = self.ends_at;
        let mut removed = 0;
        self.entries.retain(|key, value| {
            let stays = !is_out(key, value);
            removed += usize::from(!stays && ends_at(value) > now);
            stays
        });
        removed
    }

    /// Keeps only the entries that `keep`, given the entry and how to tell its end.
    fn retain(&mut self, keep: impl Fn(&V, fn(&V) -> Timestamp) -> bool) {
        let ends_at = self.ends_at;
        self.entries.retain(|_, value| keep(value, ends_at));
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_not_found_and_does_not_pile_up() {
        let mut map: Expiring<u64, Timestamp> = Expiring::new(|end| *end);
        for second in 0..100_000 {
            let now = Timestamp::from_unix_millis(second * 1000);
            let end = Timestamp::from_unix_millis(second * 1000 + 10_000);
            map.insert(second.unsigned_abs(), end, now);
            assert!(map.len() <= 10 + FEWEST_WRITES, "{} entries", map.len());
        }
        let now = Timestamp::from_unix_millis(99_999_000);
        assert!(map.get(&99_990, now).is_some());
        assert!(map.get(&99_989, now).is_none());
    }
}
