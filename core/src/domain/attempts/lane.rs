//! By which way an entry at a login comes: each lane has a counter of its own, so that a lock of one
//! refuses that one alone.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::limits::{AttemptPolicy, DAY, DayLimit, LaneLimits};

/// The most wrong entries of an identifier that are answered in a [`DAY`], over all lanes (NIST SP
/// 800-63B, 3.2.2). What strangers use up is nobody else's, so each lane has its part of them:
/// [`STRANGERS_A_DAY`], [`A_BROWSER_A_DAY`] for each of [`BROWSERS`], and [`CERTIFICATE_A_DAY`].
pub const WRONG_ENTRIES_A_DAY: u32 = 100;

/// Wrong entries of all strangers together. A right entry does not give them back.
pub const STRANGERS_A_DAY: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);

/// Wrong entries in a known browser since the last right one in it.
pub const A_BROWSER_A_DAY: NonZeroU32 = NonZeroU32::MIN.saturating_add(5);

/// Wrong entries with the own certificate, or at the decisions of a member of staff, since the last
/// right one.
pub const CERTIFICATE_A_DAY: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// How many browsers of a person are known.
pub const BROWSERS: u8 = 5;

/// The longest that locks of strangers grow to.
pub const LONGEST_LOCK: Duration = DAY;

const _: () = assert!(
    STRANGERS_A_DAY.get() + A_BROWSER_A_DAY.get() * BROWSERS as u32 + CERTIFICATE_A_DAY.get()
        == WRONG_ENTRIES_A_DAY
);

/// Which of a person's known browsers: below [`BROWSERS`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct BrowserSlot(u8);

impl BrowserSlot {
    /// The one of this number, from 0.
    pub const fn new(number: u8) -> Option<Self> {
        if number < BROWSERS {
            Some(Self(number))
        } else {
            None
        }
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..BROWSERS).map(Self)
    }

    /// From 0.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// Who enters something, as far as that is known before it is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Anybody. All surfaces together; and the only lane of what has no lanes.
    #[default]
    Stranger,
    /// Whoever shows the token that this browser got when its owner logged in.
    KnownBrowser(BrowserSlot),
    /// Whoever shows their own valid certificate.
    Certificate,
}

impl Lane {
    /// Every lane of a login.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Stranger, Self::Certificate]
            .into_iter()
            .chain(BrowserSlot::all().map(Self::KnownBrowser))
    }

    /// Which kind of lane.
    pub const fn kind(self) -> LaneKind {
        match self {
            Self::Stranger => LaneKind::Stranger,
            Self::KnownBrowser(_) => LaneKind::KnownBrowser,
            Self::Certificate => LaneKind::Certificate,
        }
    }

    /// The limits of what staff decide in a session, in place of a certificate's: a part of the day,
    /// and nothing more.
    pub fn decisions(policy: AttemptPolicy) -> AttemptPolicy {
        let lane = LaneLimits::trusted(CERTIFICATE_A_DAY);
        AttemptPolicy { lane, ..policy }
    }

    /// The limits of this lane of a login whose limits are `login`.
    pub fn limits(self, login: AttemptPolicy) -> AttemptPolicy {
        let lane = match self {
            Self::Stranger => LaneLimits {
                longest_lock: Some(LONGEST_LOCK),
                day: Some(DayLimit {
                    most: STRANGERS_A_DAY,
                    renewed: false,
                }),
            },
            Self::KnownBrowser(_) => LaneLimits::trusted(A_BROWSER_A_DAY),
            Self::Certificate => LaneLimits::trusted(CERTIFICATE_A_DAY),
        };
        AttemptPolicy { lane, ..login }
    }
}

/// A lane, without saying which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LaneKind {
    /// As [`Lane::Stranger`].
    Stranger,
    /// As [`Lane::KnownBrowser`].
    KnownBrowser,
    /// As [`Lane::Certificate`].
    Certificate,
}

impl LaneKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Stranger, Self::KnownBrowser, Self::Certificate];

    /// The stable name, as in API and audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::KnownBrowser => "known-browser",
            Self::Certificate => "certificate",
        }
    }
}

impl fmt::Display for LaneKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
