//! The embedded store, made ready for its suites.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use warifu_contracts::samples::{SeededRandomness, TestClock};
use warifu_contracts::{Fixture, StoreClock};
use warifu_core::domain::Timestamp;
use warifu_embedded::{EmbeddedSettings, EmbeddedStore};

/// The store's clock, which also keeps its folder until the last case is done with it.
struct ClockOfFolder {
    clock: Arc<TestClock>,
    _folder: TempDir,
}

#[async_trait]
impl StoreClock for ClockOfFolder {
    async fn now(&self) -> Timestamp {
        StoreClock::now(self.clock.as_ref()).await
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by).await;
    }

    async fn turn_back(&self, by: Duration) {
        self.clock.turn_back(by).await;
    }
}

/// A fresh store, in a folder of its own.
pub(crate) async fn store() -> Fixture<EmbeddedStore> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut settings = EmbeddedSettings::new(folder.path().join("warifu.db"));
    // What is tried here is what is answered, not how fast a busy machine does it.
    settings.answer_within = Duration::from_secs(60);
    let clock = Arc::new(TestClock::default());
    let store = EmbeddedStore::open(&settings, clock.clone(), &SeededRandomness::new(1));
    Fixture {
        port: Arc::new(store.expect("a fresh store")),
        clock: Arc::new(ClockOfFolder {
            clock,
            _folder: folder,
        }),
    }
}
