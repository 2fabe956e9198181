//! Which locks are to be looked at once more, for their record.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ports::OnceKey;

/// The most locks that are looked at once more at a time.
const MOST_LOOKS: usize = 1_000;

/// The locks that are to be looked at once more.
#[derive(Default)]
pub(super) struct LockLooks(Mutex<BTreeSet<OnceKey>>);

impl LockLooks {
    fn looks(&self) -> MutexGuard<'_, BTreeSet<OnceKey>> {
        // A set is good whatever happened to whoever held it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a lock is to be looked at; not where it is noted, or too many are.
    pub(super) fn note(&self, key: OnceKey) -> bool {
        let mut looks = self.looks();
        looks.len() < MOST_LOOKS && looks.insert(key)
    }

    /// It is looked at now.
    pub(super) fn done(&self, key: &OnceKey) {
        self.looks().remove(key);
    }
}
