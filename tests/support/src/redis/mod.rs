//! Real Redis servers on free ports, in folders of their own, that end with the test.
//!
//! Needs the programs `redis-server`, `redis-sentinel` and `redis-cli` (Debian: packages
//! `redis-server` and `redis-sentinel`). Where they are missing, every test that needs them fails.

mod audit_log;
mod cluster;
mod directory;
mod sentinel;
mod server;

pub use audit_log::RedisLog;
pub use cluster::RedisCluster;
pub use directory::FilledDirectory;
pub use sentinel::SentinelGroup;
pub use server::RedisServer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use warifu_contracts::Fixture;
use warifu_contracts::samples::{SeededRandomness, TestClock};
use warifu_redis::{RedisServers, RedisSettings, RedisStore};

/// Settings for `servers`, with a prefix of their own: as good as a fresh store.
pub fn settings(servers: RedisServers) -> RedisSettings {
    static STORES: AtomicUsize = AtomicUsize::new(0);
    let number = STORES.fetch_add(1, Ordering::Relaxed);
    let mut settings = RedisSettings::new(servers);
    settings.key_prefix = format!("t{number}");
    settings
}

/// A fresh store on `servers`, by a clock that the test moves.
pub async fn fixture(servers: RedisServers) -> Fixture<RedisStore> {
    fixture_with(&settings(servers)).await
}

/// A store with these settings, by a clock that the test moves.
pub async fn fixture_with(settings: &RedisSettings) -> Fixture<RedisStore> {
    let clock = Arc::new(TestClock::default());
    let randomness = SeededRandomness::new(1);
    let store = RedisStore::open_by_clock(settings, &randomness, clock.clone()).await;
    let store = store.unwrap_or_else(|error| panic!("the store opens: {error}"));
    Fixture {
        port: Arc::new(store),
        clock,
    }
}

/// A store with these settings, by the servers' clock.
pub async fn open(settings: &RedisSettings) -> RedisStore {
    static OPENINGS: AtomicU64 = AtomicU64::new(1);
    let seed = OPENINGS.fetch_add(1, Ordering::Relaxed);
    let store = RedisStore::open(settings, &SeededRandomness::new(seed)).await;
    store.unwrap_or_else(|error| panic!("the store opens: {error}"))
}
