//! Random histories: a few people reissue, redeem, mistype, cancel and wait at the same time, while
//! processes die and answers get lost. Whatever was answered, and whatever stands in the audit log,
//! must be what the architecture says always holds: see [`judge`].
//!
//! A schedule is drawn from a seed, which a failure names. Put it into [`REPLAYED`] to play it
//! again, many times: in memory most schedules are the same to the letter, while a store on disk or
//! over the network answers in an order of its own.

mod broken;
mod chance;
mod history;
mod judge;
mod quick;
mod schedule;
mod stores;
mod world;

use std::fmt::Write as _;
use std::sync::Arc;

use warifu_contracts::samples::{SeededRandomness, TestClock};
use warifu_core::ports::{AttemptStore, RetrievalPasswordStore};
use warifu_embedded::{EmbeddedSettings, EmbeddedStore};
use warifu_memory::MemoryStore;
use warifu_redis::RedisStore;
use warifu_test_support::redis::{RedisServer, settings};

use crate::rounds;
use schedule::{Played, play};
use stores::Stores;

/// The seed of a schedule to play in place of all others.
const REPLAYED: Option<u64> = None;

/// The number of the contract that is played in.
const CONTRACT: u64 = 100_000;

/// The seeds of `count` schedules.
fn seeds(count: usize) -> impl Iterator<Item = u64> {
    (0..count as u64).map(|number| REPLAYED.unwrap_or(number))
}

/// A runtime of one thread: what happens next is up to the schedule.
fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime can be made")
}

fn assert_flawless(seed: u64, played: &Played) {
    if played.violations.is_empty() {
        return;
    }
    let mut told = String::new();
    for event in &played.events {
        writeln!(told, "{event:?}").expect("a text can be written to");
    }
    panic!("seed {seed}: {:?}\n{told}", played.violations);
}

/// The store ports of `store`.
fn stores_of<S: AttemptStore + RetrievalPasswordStore + 'static>(store: Arc<S>) -> Stores {
    Stores {
        attempts: store.clone(),
        retrieval_passwords: store,
    }
}

fn memory(clock: Arc<TestClock>) -> Stores {
    stores_of(Arc::new(MemoryStore::new(clock)))
}

/// Plays a schedule on fresh stores, in a runtime of its own, with which all that died goes away.
fn play_alone(seed: u64, make: impl Fn(Arc<TestClock>) -> Stores) -> Played {
    let clock = Arc::new(TestClock::default());
    runtime().block_on(play(seed, CONTRACT, make(clock.clone()), clock))
}

#[test]
fn histories_in_memory() {
    const THREADS: usize = 2;
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for seed in seeds(rounds(2_000, 20_000)).skip(thread).step_by(THREADS) {
                    assert_flawless(seed, &play_alone(seed, memory));
                }
            });
        }
    });
}

#[test]
fn a_schedule_is_the_same_whenever_it_is_played() {
    let count = rounds(40, 400);
    let mut exact = 0;
    for seed in seeds(count) {
        let [first, second] = [(); 2].map(|()| play_alone(seed, memory));
        if first.is_exact {
            let [first, second] = [first, second].map(|played| format!("{:?}", played.events));
            assert_eq!(first, second, "seed {seed}");
            exact += 1;
        }
    }
    assert!(exact * 2 > count, "only {exact} of {count} can be the same");
}

#[test]
fn histories_on_the_embedded_store() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut settings = EmbeddedSettings::new(folder.path().join("warifu.db"));
    settings.answer_within = std::time::Duration::from_secs(60);
    let clock = Arc::new(TestClock::default());
    let store = EmbeddedStore::open(&settings, clock.clone(), &SeededRandomness::new(1));
    let stores = stores_of(Arc::new(store.expect("a fresh store")));
    for (contract, seed) in (CONTRACT..).zip(seeds(rounds(200, 1_000))) {
        let played = play(seed, contract, stores.clone(), clock.clone());
        let played = runtime().block_on(played);
        assert_flawless(seed, &played);
    }
}

#[test]
fn histories_on_redis() {
    let server = RedisServer::start_quick();
    for seed in seeds(rounds(60, 600)) {
        let clock = Arc::new(TestClock::default());
        let played = runtime().block_on(async {
            let settings = settings(server.servers());
            let randomness = SeededRandomness::new(1);
            let store = RedisStore::open_by_clock(&settings, &randomness, clock.clone()).await;
            let stores = stores_of(Arc::new(store.expect("the store opens")));
            play(seed, CONTRACT, stores, clock).await
        });
        assert_flawless(seed, &played);
    }
}
