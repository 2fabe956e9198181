//! The store's time. What several servers share is decided by one clock, the store's; a server that asked it
//! for every decision would ask all the time, so it compares its own clock every few seconds and goes by
//! the difference.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::Timestamp;
use crate::ports::{Clock, ClockOffset, StoreFacts, Unavailable};

/// Clocks that differ by less are as good as equal: a difference that small is as much the way to the
/// store and back.
const EQUAL_WITHIN: Duration = Duration::from_secs(1);

/// A store that takes longer to answer tells nothing about its clock.
const LONGEST_WAY: Duration = Duration::from_secs(2);

/// A clock that follows the store's.
pub struct StoreTime {
    own: Arc<dyn Clock>,
    /// Milliseconds that the own clock is ahead by.
    ahead: AtomicI64,
}

impl StoreTime {
    /// By `own` until it is compared.
    pub fn new(own: Arc<dyn Clock>) -> Self {
        Self {
            own,
            ahead: AtomicI64::new(0),
        }
    }

    /// Compares the own clock with the store's, and goes by the difference from now on. Says so in the log
    /// where a difference that should not be begins or ends.
    pub async fn compare(&self, store: &dyn StoreFacts) -> Result<(), Unavailable> {
        let asked = self.own.now();
        let told = store.time().await?;
        let answered = self.own.now();
        let way = answered.since(asked);
        // A clock that was set meanwhile is compared the next time.
        if answered < asked || way > LONGEST_WAY {
            return Ok(());
        }
        let before = self.offset();
        let ahead = asked.plus(way / 2).as_unix_millis() - told.as_unix_millis();
        let is_equal = Duration::from_millis(ahead.unsigned_abs()) < EQUAL_WITHIN;
        self.ahead
            .store(if is_equal { 0 } else { ahead }, Ordering::Relaxed);
        match (before.too_much(), self.offset().too_much()) {
            (None, Some(words)) => tracing::warn!("{words}"),
            (Some(_), None) => tracing::info!("this server's clock and the store's agree again"),
            _ => {}
        }
        Ok(())
    }
}

#[async_trait]
impl Clock for StoreTime {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let by = Duration::from_millis(ahead.unsigned_abs());
        if ahead > 0 {
            self.own.now().minus(by)
        } else {
            self.own.now().plus(by)
        }
    }

    async fn sleep(&self, duration: Duration) {
        self.own.sleep(duration).await;
    }

    fn offset(&self) -> ClockOffset {
        ClockOffset::from_millis_ahead(self.ahead.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::StoreFact;

    struct Hand(AtomicI64);

    #[async_trait]
    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_millis(self.0.load(Ordering::Relaxed))
        }

        async fn sleep(&self, _: Duration) {
            std::future::pending::<()>().await;
        }
    }

    /// A store whose answer takes a second to come.
    struct Store {
        time: i64,
        own: Arc<Hand>,
        takes: i64,
    }

    #[async_trait]
    impl StoreFacts for Store {
        async fn fact(&self, _: StoreFact) -> Result<Option<String>, Unavailable> {
            Ok(None)
        }

        async fn keep_fact(&self, _: StoreFact, value: &str) -> Result<String, Unavailable> {
            Ok(value.to_owned())
        }

        async fn replace_fact(&self, _: StoreFact, _: &str) -> Result<(), Unavailable> {
            Ok(())
        }

        async fn time(&self) -> Result<Timestamp, Unavailable> {
            self.own.0.fetch_add(self.takes, Ordering::Relaxed);
            Ok(Timestamp::from_unix_millis(self.time))
        }
    }

    async fn after(own: i64, store: i64, takes: i64) -> (i64, ClockOffset) {
        let hand = Arc::new(Hand(AtomicI64::new(own)));
        let time = StoreTime::new(hand.clone());
        let store = Store {
            time: store,
            own: hand,
            takes,
        };
        time.compare(&store).await.expect("the store answers");
        (time.now().as_unix_millis(), time.offset())
    }

    #[tokio::test]
    async fn the_stores_clock_is_followed() {
        assert_eq!(after(100_000, 10_000, 0).await.0, 10_000);
        assert_eq!(after(10_000, 100_000, 0).await.0, 100_000);
        // Half of the way there and back lies behind the answer.
        assert_eq!(after(100_000, 10_000, 1_000).await.0, 10_500);
    }

    #[tokio::test]
    async fn what_is_only_the_way_there_is_no_difference() {
        for (own, store, takes) in [(10_000, 10_700, 0), (10_000, 10_000, 1_900)] {
            let (now, offset) = after(own, store, takes).await;
            assert_eq!((now, offset), (own + takes, ClockOffset::default()));
        }
        // Too slow to tell.
        assert_eq!(after(10_000, 90_000, 2_100).await.0, 12_100);
    }

    #[tokio::test]
    async fn a_difference_that_should_not_be_is_told_in_words() {
        let (_, offset) = after(100_000, 10_000, 0).await;
        let words = offset.too_much().expect("too much");
        assert!(words.contains("90 s ahead of the store's"), "{words}");
        let (_, offset) = after(10_000, 100_000, 0).await;
        let words = offset.too_much().expect("too much");
        assert!(words.contains("90 s behind the store's"), "{words}");
        let (_, offset) = after(14_000, 10_000, 0).await;
        assert_eq!(offset.too_much(), None);
    }
}
