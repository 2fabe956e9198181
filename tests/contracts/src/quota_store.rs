//! [`QuotaStore`]: no more than the limit in a window.

use std::num::NonZeroU32;
use std::time::Duration;

use warifu_core::domain::{Quota, Subject};
use warifu_core::ports::{QuotaKey, QuotaStore, QuotaVerdict};

use crate::case::{CaseResult, Failure, Fixture, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::{other_contract, user, user_id};

type Store = Fixture<dyn QuotaStore>;

suite!($ quota_store_conformance, quota_store, Store, [
    the_limit_is_allowed_and_no_more,
    what_was_refused_is_worth_trying_after_the_given_time,
    what_was_refused_is_not_counted,
    a_window_lasts_from_its_first_allowed_call,
    keys_are_counted_apart,
    parallel_calls_stay_within_the_limit,
]);

const HOUR: Duration = Duration::from_hours(1);

fn quota(limit: u32) -> Quota {
    Quota {
        limit: NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN),
        window: HOUR,
    }
}

fn key(number: usize) -> QuotaKey {
    QuotaKey::ReissuesFor(user(number))
}

/// Takes one that must be refused.
async fn refused(store: &Store, limit: u32) -> Result<Duration, Failure> {
    match store.port.take(&key(1), quota(limit)).await? {
        QuotaVerdict::Exceeded { retry_after } => {
            ensure!(!retry_after.is_zero(), "`retry_after` is not positive");
            ensure!(
                retry_after <= HOUR,
                "`retry_after` of {retry_after:?} exceeds the window"
            );
            Ok(retry_after)
        }
        QuotaVerdict::Allowed => Err(Failure::new("allowed above the limit")),
    }
}

async fn allowed(store: &Store, limit: u32) -> CaseResult {
    let verdict = store.port.take(&key(1), quota(limit)).await?;
    ensure_eq!(verdict, QuotaVerdict::Allowed, "a call within the limit");
    Ok(())
}

async fn the_limit_is_allowed_and_no_more(store: Store) -> CaseResult {
    for _ in 0..10 {
        allowed(&store, 10).await?;
    }
    for _ in 0..3 {
        refused(&store, 10).await?;
    }
    Ok(())
}

async fn what_was_refused_is_worth_trying_after_the_given_time(store: Store) -> CaseResult {
    allowed(&store, 2).await?;
    store.clock.advance(HOUR / 3).await;
    allowed(&store, 2).await?;
    let retry_after = refused(&store, 2).await?;
    store.clock.advance(retry_after).await;
    allowed(&store, 2).await
}

async fn what_was_refused_is_not_counted(store: Store) -> CaseResult {
    allowed(&store, 1).await?;
    for _ in 0..100 {
        refused(&store, 1).await?;
    }
    store.clock.advance(HOUR).await;
    allowed(&store, 1).await?;
    refused(&store, 1).await?;
    Ok(())
}

async fn a_window_lasts_from_its_first_allowed_call(store: Store) -> CaseResult {
    allowed(&store, 2).await?;
    store
        .clock
        .advance(HOUR.saturating_sub(Duration::from_secs(1)))
        .await;
    allowed(&store, 2).await?;
    refused(&store, 2).await?;
    Ok(())
}

async fn keys_are_counted_apart(store: Store) -> CaseResult {
    allowed(&store, 1).await?;
    refused(&store, 1).await?;
    for other in [
        QuotaKey::ReissuesBy(user(1)),
        key(2),
        QuotaKey::ReissuesFor(Subject::new(other_contract(), user_id(1))),
    ] {
        let verdict = store.port.take(&other, quota(1)).await?;
        ensure_eq!(
            verdict,
            QuotaVerdict::Allowed,
            "{other:?} beside a used-up quota"
        );
    }
    Ok(())
}

async fn parallel_calls_stay_within_the_limit(store: Store) -> CaseResult {
    for round in 0..rounds(20, 500) {
        let one = |_| {
            let store = store.clone();
            async move { Ok(store.port.take(&key(round), quota(5)).await?) }
        };
        let verdicts = at_once(50, one).await?;
        let allowed = verdicts
            .iter()
            .filter(|verdict| **verdict == QuotaVerdict::Allowed)
            .count();
        ensure_eq!(allowed, 5, "calls allowed in round {round}");
    }
    Ok(())
}
