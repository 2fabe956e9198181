//! [`OnceStore`]: what may happen once happens once.

use std::time::Duration;

use warifu_core::domain::SessionToken;
use warifu_core::ports::{OnceKey, OnceStore};

use crate::case::{CaseResult, Fixture, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::SeededRandomness;

type Store = Fixture<dyn OnceStore>;

suite!($ once_store_conformance, once_store, Store, [
    the_first_claim_wins,
    keys_are_claimed_apart,
    a_claim_is_remembered_for_its_time_and_then_forgotten,
    a_refused_claim_does_not_prolong_the_first,
    of_parallel_claims_one_wins,
]);

const DAY: Duration = Duration::from_hours(24);
const MOMENT: Duration = Duration::from_millis(1);

fn key(number: u64) -> OnceKey {
    let session = SessionToken::generate(&SeededRandomness::new(1)).id();
    OnceKey::of_form(&session, &number.to_be_bytes())
}

async fn the_first_claim_wins(store: Store) -> CaseResult {
    ensure!(
        !store.port.is_claimed(key(1)).await?,
        "nobody claimed it yet"
    );
    ensure!(!store.port.is_claimed(key(1)).await?, "asking is no claim");
    ensure!(store.port.claim(key(1), DAY).await?, "the first claim wins");
    ensure!(store.port.is_claimed(key(1)).await?, "it is claimed");
    for _ in 0..3 {
        ensure!(
            !store.port.claim(key(1), DAY).await?,
            "a later claim does not win"
        );
    }
    Ok(())
}

async fn keys_are_claimed_apart(store: Store) -> CaseResult {
    for number in 0..20 {
        ensure!(
            !store.port.is_claimed(key(number)).await?,
            "key {number} is not claimed yet"
        );
        ensure!(
            store.port.claim(key(number), DAY).await?,
            "key {number} is free"
        );
    }
    Ok(())
}

async fn a_claim_is_remembered_for_its_time_and_then_forgotten(store: Store) -> CaseResult {
    ensure!(store.port.claim(key(1), DAY).await?, "the first claim wins");
    store.clock.advance(DAY.saturating_sub(MOMENT)).await;
    ensure!(
        store.port.is_claimed(key(1)).await?,
        "it is remembered to the end"
    );
    ensure!(
        !store.port.claim(key(1), DAY).await?,
        "a claim at the end does not win"
    );
    store.clock.advance(DAY).await;
    ensure!(
        !store.port.is_claimed(key(1)).await?,
        "it is forgotten a day later"
    );
    ensure!(store.port.claim(key(1), DAY).await?, "it is free again");
    Ok(())
}

async fn a_refused_claim_does_not_prolong_the_first(store: Store) -> CaseResult {
    ensure!(store.port.claim(key(1), DAY).await?, "the first claim wins");
    ensure!(
        !store.port.claim(key(1), DAY * 9).await?,
        "the second does not"
    );
    store.clock.advance(DAY * 2).await;
    ensure!(
        !store.port.is_claimed(key(1)).await?,
        "the time of the first claim is over"
    );
    Ok(())
}

async fn of_parallel_claims_one_wins(store: Store) -> CaseResult {
    for round in 0..rounds(20, 500) {
        let one = |_| {
            let store = store.clone();
            async move { Ok(store.port.claim(key(round as u64), DAY).await?) }
        };
        let won = at_once(50, one)
            .await?
            .into_iter()
            .filter(|won| *won)
            .count();
        ensure_eq!(won, 1, "claims that won in round {round}");
    }
    Ok(())
}
