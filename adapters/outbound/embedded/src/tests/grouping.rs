use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use warifu_core::ports::OtpStepStore;

use super::{TestFolder, subject};

#[tokio::test]
async fn steps_that_wait_together_share_a_transaction() {
    let place = TestFolder::new();
    let store = Arc::new(place.open());
    assert!(store.advance(&subject("first"), 1).await.unwrap());
    let mut other = Connection::open(place.path()).unwrap();
    let held = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let before = place.clock.read.load(Ordering::SeqCst);
    let waiting: Vec<_> = (0..128)
        .map(|number| {
            let store = store.clone();
            let subject = subject(&format!("user{number}"));
            tokio::spawn(async move { store.advance(&subject, 1).await })
        })
        .collect();
    // All of them are in the queue once each task has had its turn.
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
    held.rollback().unwrap();
    for answer in waiting {
        assert!(answer.await.unwrap().unwrap());
    }
    let transactions = place.clock.read.load(Ordering::SeqCst) - before;
    assert!(
        (2..=4).contains(&transactions),
        "{transactions} transactions for 128 steps"
    );
}

/// Says how fast the store is on this machine; `cargo test -- --nocapture` shows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_is_done_whether_alone_or_in_a_crowd() {
    const STEPS: u64 = 512;
    let place = TestFolder::new();
    let store = Arc::new(place.open());
    let begin = Instant::now();
    for step in 1..=STEPS {
        assert!(store.advance(&subject("alone"), step).await.unwrap());
    }
    let alone = rate(STEPS, begin.elapsed());

    let begin = Instant::now();
    let crowd: Vec<_> = (0..64)
        .map(|number| {
            let store = store.clone();
            let subject = subject(&format!("user{number}"));
            tokio::spawn(async move {
                for step in 1..=STEPS / 16 {
                    assert!(store.advance(&subject, step).await.unwrap());
                }
            })
        })
        .collect();
    for member in crowd {
        member.await.unwrap();
    }
    let crowded = rate(STEPS * 4, begin.elapsed());
    println!("{alone:.0} durable steps a second one by one, {crowded:.0} of 64 at once");
}

fn rate(steps: u64, took: Duration) -> f64 {
    f64::from(u32::try_from(steps).unwrap()) / took.as_secs_f64()
}
