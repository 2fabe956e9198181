use std::fs;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use warifu_core::ports::{AttemptStore, OtpStepStore, RetrievalPasswordStore, Unavailable};

use super::{TestFolder, policy, subject};
use crate::failure::{Failure, PORT};
use crate::step::Step;

/// A caller is answered within two seconds; a busy machine that runs tests may take longer.
const PATIENCE: Duration = Duration::from_secs(6);

fn reason(answer: Result<impl Sized, Unavailable>) -> String {
    let Err(error) = answer else {
        panic!("the store answered");
    };
    assert_eq!(error.port, PORT);
    error.reason
}

#[tokio::test]
async fn a_file_held_by_another_process_is_unavailable_and_then_available() {
    let place = TestFolder::new();
    let store = place.open();
    let mut other = Connection::open(place.path()).unwrap();
    let held = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let begin = std::time::Instant::now();
    let reason = reason(store.advance(&subject("a"), 1).await);
    assert!(reason.contains("another process"), "{reason}");
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    held.rollback().unwrap();
    assert!(store.advance(&subject("a"), 1).await.unwrap());
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_not_written_to() {
    let place = TestFolder::new();
    let store = place.open();
    assert!(store.advance(&subject("a"), 1).await.unwrap());
    let aside = place.folder.path().join("var/aside.db");
    fs::rename(place.path(), &aside).unwrap();
    for answer in [
        store.advance(&subject("a"), 2).await.map(drop),
        check(&store).await,
    ] {
        let reason = reason(answer);
        assert!(reason.contains("moved or replaced"), "{reason}");
    }
    fs::rename(&aside, place.path()).unwrap();
    assert!(store.advance(&subject("a"), 2).await.unwrap());
    check(&store).await.unwrap();
}

async fn check(store: &crate::EmbeddedStore) -> Result<(), Unavailable> {
    AttemptStore::check(store).await
}

#[tokio::test]
async fn another_file_in_its_place_is_not_taken_for_it() {
    let place = TestFolder::new();
    let store = place.open();
    assert!(store.advance(&subject("a"), 1).await.unwrap());
    fs::remove_file(place.path()).unwrap();
    fs::write(place.path(), "").unwrap();
    let reason = reason(check(&store).await);
    assert!(reason.contains("moved or replaced"), "{reason}");
    assert_eq!(fs::read(place.path()).unwrap(), b"");
}

#[tokio::test]
async fn a_damaged_record_fails_alone() {
    let place = TestFolder::new();
    let store = place.open();
    for user in ["a", "b"] {
        let new = place.new_password();
        store.reissue(&subject(user), new, &policy()).await.unwrap();
    }
    let other = Connection::open(place.path()).unwrap();
    let sql = "UPDATE retrieval_passwords SET state = x'00' WHERE user = 'a'";
    assert_eq!(other.execute(sql, []).unwrap(), 1);
    drop(other);
    let (lease, policy) = (place.lease(), policy());
    let (a, b) = (subject("a"), subject("b"));
    let (bad, good) = tokio::join!(
        RetrievalPasswordStore::reserve(&store, &a, &policy, lease),
        RetrievalPasswordStore::reserve(&store, &b, &policy, lease),
    );
    let reason = reason(bad);
    assert!(
        reason.contains("retrieval_passwords is damaged"),
        "{reason}"
    );
    good.unwrap();
}

#[tokio::test]
async fn a_failed_step_undoes_its_group_and_the_next_one_succeeds() {
    let place = TestFolder::new();
    let store = place.open();
    let failed = store
        .write(|step: &Step<'_>| -> Result<(), Failure> {
            let sql = "INSERT INTO otp_steps (subject, step) VALUES (x'01', x'01')";
            step.connection.execute(sql, [])?;
            step.connection
                .execute("INSERT INTO nowhere VALUES (1)", [])?;
            Ok(())
        })
        .await;
    assert!(reason(failed).contains("nowhere"));
    assert_eq!(super::count(&place.path(), "otp_steps"), 0);
    assert!(store.advance(&subject("a"), 1).await.unwrap());
}

#[tokio::test]
async fn a_panic_in_a_step_is_an_answer_and_not_the_end() {
    let place = TestFolder::new();
    let store = place.open();
    let broken = store
        .write(|_: &Step<'_>| -> Result<(), Failure> {
            let nothing: Option<u8> = None;
            nothing.map(drop).ok_or(()).unwrap();
            Ok(())
        })
        .await;
    assert!(reason(broken).contains("broke off"));
    assert!(store.advance(&subject("a"), 1).await.unwrap());
}

#[tokio::test]
async fn too_long_a_queue_refuses_at_once() {
    let place = TestFolder::new();
    let store = std::sync::Arc::new(place.open());
    // Hold the file, so that nothing is worked off.
    let mut other = Connection::open(place.path()).unwrap();
    let held = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let begin = std::time::Instant::now();
    let asked: Vec<_> = (0..3000)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.advance(&subject("a"), number).await })
        })
        .collect();
    let mut refused = 0;
    for answer in asked {
        if reason(answer.await.unwrap()).contains("too many steps wait") {
            refused += 1;
        }
    }
    assert!(refused >= 3000 - 1024 - 64, "{refused} refused");
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    held.rollback().unwrap();
    assert!(store.advance(&subject("a"), 9000).await.unwrap());
}
