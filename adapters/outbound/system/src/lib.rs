//! The operating system's clock and randomness: the one place of the system that reads either.

use std::time::Duration;

use async_trait::async_trait;
use rand::Rng;
use time::OffsetDateTime;
use warifu_core::domain::Timestamp;
use warifu_core::ports::{Clock, Randomness};

/// The operating system's clock, in UTC.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this adapter is where the time comes from"
    )]
    fn now(&self) -> Timestamp {
        OffsetDateTime::now_utc().into()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A cryptographically secure generator of the calling thread (`ChaCha12`), seeded by the operating
/// system when the thread first uses it and again after every 64 KiB (ASVS 11.5.1).
///
/// Reading is a matter of nanoseconds and never blocks. Only the seeding can fail, on a system
/// without any source of randomness; it panics then, since nothing secret could be made at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_clock_is_in_this_century_and_does_not_stand_still() {
        let begin = SystemClock.now();
        assert!(begin > Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").unwrap());
        assert!(begin < Timestamp::parse_rfc3339("2100-01-01T00:00:00Z").unwrap());
        while SystemClock.now() == begin {
            std::hint::spin_loop();
        }
        assert!(SystemClock.now() > begin);
    }

    #[test]
    fn no_two_fillings_are_alike_in_any_thread() {
        let draw = || {
            let mut bytes = [0; 16];
            OsRandomness.fill(&mut bytes);
            bytes
        };
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(move || [draw(), draw(), draw()]))
            .collect();
        let mut seen = HashSet::new();
        for thread in threads {
            for drawn in thread.join().unwrap() {
                assert!(seen.insert(drawn), "{drawn:?} came twice");
            }
        }
    }

    #[test]
    fn every_byte_is_filled() {
        let mut all = [0_u8; 33];
        for _ in 0..64 {
            let mut bytes = [0; 33];
            OsRandomness.fill(&mut bytes);
            for (sum, byte) in all.iter_mut().zip(bytes) {
                *sum |= byte;
            }
        }
        assert!(all.iter().all(|byte| *byte != 0));
    }
}
