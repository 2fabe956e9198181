//! What was taken of a quota since its window began. Pure; a store persists [`QuotaWindow`]
//! atomically, one a key.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::policy::Quota;
use super::random_id::ReissueId;
use super::timestamp::Timestamp;

/// After how long a unit that nobody settled is asked about. No reissue takes as long: whoever took
/// it is gone.
pub const UNSETTLED_AFTER: Duration = Duration::from_secs(120);

/// Time is kept in milliseconds; less would read as "at once".
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// The answer of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuotaVerdict {
    /// Within the limit, and counted until it is settled otherwise.
    Allowed,
    /// Above the limit, and not counted.
    Exceeded {
        /// After how long it is worth trying again.
        retry_after: Duration,
    },
    /// Above the limit if all of these happened, which nobody said in [`UNSETTLED_AFTER`], and not
    /// counted. To be settled; then it is worth trying again at once.
    Unsettled(Vec<ReissueId>),
}

/// What was taken of one quota since its window began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaWindow {
    taken: u32,
    ends_at: Timestamp,
    /// The units of which nobody has said whether they happened, and when they were taken.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unsettled: BTreeMap<ReissueId, Timestamp>,
}

impl QuotaWindow {
    /// Takes a unit of `quota` in the window that is open, or in a new one. Repeated with the same
    /// unit before that is settled, it changes nothing.
    pub fn take(
        window: &mut Option<Self>,
        quota: Quota,
        unit: ReissueId,
        now: Timestamp,
    ) -> QuotaVerdict {
        let window = match window {
            Some(open) if open.ends_at > now => open,
            ended => ended.insert(Self {
                taken: 0,
                ends_at: now.plus(quota.window),
                unsettled: BTreeMap::new(),
            }),
        };
        if window.unsettled.contains_key(&unit) {
            return QuotaVerdict::Allowed;
        }
        if window.taken >= quota.limit.get() {
            return window.refuse(quota, now);
        }
        window.taken += 1;
        window.unsettled.insert(unit, now);
        QuotaVerdict::Allowed
    }

    /// Says of a unit whether it happened; gives back what did not. What was settled before, or
    /// taken in a window that has ended, stays as it is.
    pub fn settle(&mut self, unit: ReissueId, happened: bool) {
        if self.unsettled.remove(&unit).is_some() && !happened {
            self.taken = self.taken.saturating_sub(1);
        }
    }

    /// The end of the window.
    pub fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    fn refuse(&self, quota: Quota, now: Timestamp) -> QuotaVerdict {
        let open = self.unsettled.iter();
        let unsettled: Vec<ReissueId> = open
            .filter(|(_, since)| since.plus(UNSETTLED_AFTER) <= now)
            .map(|(unit, _)| *unit)
            .collect();
        if !unsettled.is_empty() {
            return QuotaVerdict::Unsettled(unsettled);
        }
        // A clock set back, or a window that was shortened since, must not be answered with more
        // than a whole window.
        let left = self.ends_at.since(now).min(quota.window);
        QuotaVerdict::Exceeded {
            retry_after: left.max(SHORTEST_WAIT),
        }
    }
}
