//! [`StoreFacts`]: what is kept first stays, for everybody; and the store's time is the one it decides by.

use std::time::Duration;

use warifu_core::ports::{StoreFact, StoreFacts};

use crate::case::{CaseResult, Fixture, at_once, ensure, ensure_eq, rounds, suite};

type Store = Fixture<dyn StoreFacts>;

suite!($ store_facts_conformance, store_facts, Store, [
    a_store_knows_nothing_at_first,
    what_is_kept_first_stays,
    of_parallel_calls_all_are_answered_the_same,
    a_fact_can_be_replaced,
    the_time_is_the_stores,
]);

const FACT: StoreFact = StoreFact::Authority;

async fn a_store_knows_nothing_at_first(store: Store) -> CaseResult {
    ensure_eq!(store.port.fact(FACT).await?, None, "a fresh store");
    Ok(())
}

async fn what_is_kept_first_stays(store: Store) -> CaseResult {
    for value in ["one", "two", "one"] {
        let kept = store.port.keep_fact(FACT, value).await?;
        ensure_eq!(kept, "one", "kept at {value}");
    }
    ensure_eq!(store.port.fact(FACT).await?, Some("one".to_owned()), "read");
    Ok(())
}

async fn of_parallel_calls_all_are_answered_the_same(store: Store) -> CaseResult {
    let one = |number: usize| {
        let store = store.clone();
        async move { Ok(store.port.keep_fact(FACT, &number.to_string()).await?) }
    };
    let answers = at_once(rounds(20, 200), one).await?;
    let kept = store.port.fact(FACT).await?;
    for answer in answers {
        ensure_eq!(Some(answer), kept, "the answer of one of many");
    }
    Ok(())
}

async fn a_fact_can_be_replaced(store: Store) -> CaseResult {
    store.port.replace_fact(FACT, "one").await?;
    store.port.replace_fact(FACT, "two").await?;
    ensure_eq!(store.port.keep_fact(FACT, "three").await?, "two", "kept");
    Ok(())
}

async fn the_time_is_the_stores(store: Store) -> CaseResult {
    let before = store.port.time().await?;
    store.clock.advance(Duration::from_secs(90)).await;
    let after = store.port.time().await?;
    let passed = after.since(before);
    ensure!(
        passed >= Duration::from_secs(90) && passed < Duration::from_secs(150),
        "ninety seconds passed, not {passed:?}"
    );
    Ok(())
}
