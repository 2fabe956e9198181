use std::time::Duration;

use async_trait::async_trait;

use crate::domain::Timestamp;

/// A difference of clocks that is no accident of the network any more.
const TOO_MUCH: Duration = Duration::from_secs(5);

/// The time.
///
/// # Promises
/// - Close to UTC, as the operating system keeps it, or as the store does where several servers share one.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits for about `duration` before work is tried again. A clock that is set back or forward
    /// meanwhile changes nothing.
    async fn sleep(&self, duration: Duration);

    /// How far the operating system's clock is from what [`Self::now`] says.
    fn offset(&self) -> ClockOffset {
        ClockOffset::default()
    }
}

/// How far a server's own clock is from the store's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockOffset {
    millis_ahead: i64,
}

impl ClockOffset {
    /// The own clock is ahead by so many milliseconds, or behind where it is negative.
    pub const fn from_millis_ahead(millis_ahead: i64) -> Self {
        Self { millis_ahead }
    }

    /// What an operator is to be told, where it is more than a few seconds.
    pub fn too_much(self) -> Option<String> {
        let by = Duration::from_millis(self.millis_ahead.unsigned_abs());
        if by <= TOO_MUCH {
            return None;
        }
        let seconds = by.as_millis().saturating_add(500) / 1000;
        let side = if self.millis_ahead > 0 {
            "ahead of"
        } else {
            "behind"
        };
        Some(format!(
            "this server's clock is {seconds} s {side} the store's, which it goes by: set both by NTP"
        ))
    }
}
