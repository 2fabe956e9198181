//! What wrong entries leave behind in the counter of a lane: how often it was locked in a row, when
//! somebody last failed, and how many failed today.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::limits::{AttemptPolicy, DAY, LaneLimits};
use crate::domain::timestamp::Timestamp;

/// How often the length of a lock is doubled at most: more than leads from any lock to any longest one.
pub const MOST_DOUBLINGS: u32 = 20;

/// The wear of a counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wear {
    /// Locks in a row.
    #[serde(default)]
    locks: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_failed: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<Day>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    began: Timestamp,
    failures: u32,
}

impl Wear {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn last_failed(&self) -> Option<Timestamp> {
        self.last_failed
    }

    pub(super) fn failed(&mut self, limits: &LaneLimits, now: Timestamp) {
        if limits.decays() {
            self.last_failed = Some(now);
        }
        if limits.day.is_some() {
            let day = self.day.get_or_insert(Day {
                began: now,
                failures: 0,
            });
            day.failures = day.failures.saturating_add(1);
        }
    }

    pub(super) fn locked(&mut self, limits: &LaneLimits, now: Timestamp) {
        if limits.decays() {
            self.locks = self.locks.saturating_add(1);
            self.last_failed = Some(now);
        }
    }

    pub(super) fn accepted(&mut self, limits: &LaneLimits) {
        self.locks = 0;
        self.last_failed = None;
        if limits.day.is_none_or(|day| day.renewed) {
            self.day = None;
        }
    }

    pub(super) fn take_back_failure(&mut self) {
        if let Some(day) = &mut self.day {
            day.failures = day.failures.saturating_sub(1);
        }
        self.day = self.day.filter(|day| day.failures > 0);
    }

    pub(super) fn take_back_lock(&mut self) {
        self.locks = self.locks.saturating_sub(1);
    }

    pub(super) fn clear_if_unworn(&mut self, failures: u32) {
        if failures == 0 && self.locks == 0 {
            self.last_failed = None;
        }
    }

    /// Wrong entries that may still be answered today.
    pub(super) fn left_today(&self, limits: &LaneLimits) -> u32 {
        let failed = self.day.map_or(0, |day| day.failures);
        let most = limits.day.map_or(u32::MAX, |day| day.most.get());
        most.saturating_sub(failed)
    }

    pub(super) fn day_end(&self) -> Option<Timestamp> {
        self.day.map(|day| day.began.plus(DAY))
    }

    /// Ends the day when it is over.
    pub(super) fn pass_day(&mut self, now: Timestamp) {
        self.day = self.day.filter(|day| day.began.plus(DAY) > now);
    }

    /// How long the lock that is on lasts. Nothing where it does not end by itself.
    pub(super) fn lock_lasts(&self, policy: &AttemptPolicy) -> Option<Duration> {
        let first = policy.lock.visible()?;
        let Some(longest) = policy.lane.longest_lock else {
            return Some(first);
        };
        let doublings = self.locks.saturating_sub(1).min(MOST_DOUBLINGS);
        Some(first.saturating_mul(1 << doublings).min(longest.max(first)))
    }

    /// When failures and locks are forgotten, if nobody fails any more.
    pub(super) fn forgotten_at(&self, policy: &AttemptPolicy) -> Option<Timestamp> {
        let lasts = self.lock_lasts(policy)?;
        let remembered = if self.locks == 0 { lasts } else { lasts * 2 };
        Some(self.last_failed?.plus(remembered))
    }

    /// Forgets the locks when it is time to. Tells whether failures are to be forgotten, too.
    pub(super) fn decayed(
        &mut self,
        policy: &AttemptPolicy,
        failures: u32,
        now: Timestamp,
    ) -> bool {
        if !policy.lane.decays() {
            return false;
        }
        // Failures of before there were lanes begin to be forgotten now.
        if self.last_failed.is_none() && (failures > 0 || self.locks > 0) {
            self.last_failed = Some(now);
        }
        let decayed = self.forgotten_at(policy).is_some_and(|at| at <= now);
        if decayed {
            self.locks = 0;
            self.last_failed = None;
        }
        decayed
    }
}
