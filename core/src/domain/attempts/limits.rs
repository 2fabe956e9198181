//! What a bank decides of a counter, and what its lane adds.

use std::num::NonZeroU32;
use std::time::Duration;

/// In how long the wrong entries of a day are counted, from the first of them.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a lock refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockDuration {
    /// For this long; then counting starts anew.
    For(Duration),
    /// Until somebody unlocks, and openly so: for those who are already known to the service.
    UntilUnlocked,
    /// Until somebody unlocks, yet looking from outside like a lock of this duration. Afterwards
    /// the visible count restarts while even the right secret stays refused, so that a lock tells
    /// nobody that the identifier exists.
    UntilUnlockedShownAs(Duration),
}

/// The limits of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptPolicy {
    /// The number of wrong entries that locks.
    pub max_failures: NonZeroU32,
    /// How long the lock refuses.
    pub lock: LockDuration,
    /// How long a reservation lives without being settled; then it is released.
    pub lease: Duration,
    /// What a lane has beside. Nothing where there are no lanes.
    pub lane: LaneLimits,
}

/// The most wrong entries of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayLimit {
    /// So many are answered; then it is locked until the day is over.
    pub most: NonZeroU32,
    /// Whether a right entry gives the day back.
    pub renewed: bool,
}

/// What the counter of a lane has beside what every counter has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneLimits {
    /// Each lock in a row lasts twice as long as the one before, up to this. Failures, and how often
    /// it was locked, are forgotten when nobody failed for as long as the next lock would last.
    /// Where it is nothing, locks last as long as ever, and nothing is forgotten.
    pub longest_lock: Option<Duration>,
    /// Wrong entries of a day.
    pub day: Option<DayLimit>,
}

impl LaneLimits {
    /// Nothing grows or is forgotten, and a right entry gives the day back.
    pub(super) const fn trusted(most: NonZeroU32) -> Self {
        Self {
            longest_lock: None,
            day: Some(DayLimit {
                most,
                renewed: true,
            }),
        }
    }

    /// Whether anything is forgotten.
    pub const fn decays(&self) -> bool {
        self.longest_lock.is_some()
    }
}

impl LockDuration {
    /// How long it can be seen from outside. Nothing where somebody has to unlock.
    pub(super) const fn visible(self) -> Option<Duration> {
        match self {
            Self::For(lasts) | Self::UntilUnlockedShownAs(lasts) => Some(lasts),
            Self::UntilUnlocked => None,
        }
    }
}
