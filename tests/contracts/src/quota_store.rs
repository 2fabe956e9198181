//! [`QuotaStore`]: no more than the limit in a window, of what happened.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use warifu_core::domain::{Quota, QuotaVerdict, ReissueId, Subject, UNSETTLED_AFTER};
use warifu_core::ports::{QuotaKey, QuotaStore};

use crate::case::{CaseResult, Failure, Fixture, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::{other_contract, reissue_id, user, user_id};

type Store = Fixture<dyn QuotaStore>;

suite!($ quota_store_conformance, quota_store, Store, [
    the_limit_is_allowed_and_no_more,
    what_was_refused_is_worth_trying_after_the_given_time,
    what_was_refused_is_not_counted,
    a_window_lasts_from_its_first_allowed_call,
    keys_are_counted_apart,
    parallel_calls_stay_within_the_limit,
    what_did_not_happen_is_given_back,
    a_repeated_call_for_one_unit_is_counted_once,
    what_nobody_settled_is_named_when_it_stands_in_the_way,
    a_late_settlement_leaves_the_next_window_alone,
    parallel_settlements_give_back_each_unit_once,
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

/// A unit that no other call has.
fn fresh() -> ReissueId {
    static NEXT: AtomicUsize = AtomicUsize::new(1_000_000);
    reissue_id(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Takes one that must be refused.
async fn refused(store: &Store, limit: u32) -> Result<Duration, Failure> {
    match store.port.take(&key(1), quota(limit), fresh()).await? {
        QuotaVerdict::Exceeded { retry_after } => {
            ensure!(!retry_after.is_zero(), "`retry_after` is not positive");
            ensure!(
                retry_after <= HOUR,
                "`retry_after` of {retry_after:?} exceeds the window"
            );
            Ok(retry_after)
        }
        other => Err(Failure::new(format!("{other:?} above the limit"))),
    }
}

/// Takes one that must be allowed, for a reissue that happens.
async fn allowed(store: &Store, limit: u32) -> CaseResult {
    let unit = fresh();
    taken(store, limit, unit).await?;
    Ok(store.port.settle(&key(1), unit, true).await?)
}

/// Takes one that must be allowed, and says nothing more of it.
async fn taken(store: &Store, limit: u32, unit: ReissueId) -> CaseResult {
    let verdict = store.port.take(&key(1), quota(limit), unit).await?;
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
        let verdict = store.port.take(&other, quota(1), fresh()).await?;
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
            async move { Ok(store.port.take(&key(round), quota(5), fresh()).await?) }
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

async fn what_did_not_happen_is_given_back(store: Store) -> CaseResult {
    for _ in 0..5 {
        let unit = fresh();
        taken(&store, 1, unit).await?;
        refused(&store, 1).await?;
        for _ in 0..2 {
            store.port.settle(&key(1), unit, false).await?;
        }
    }
    allowed(&store, 1).await?;
    refused(&store, 1).await?;
    Ok(())
}

async fn a_repeated_call_for_one_unit_is_counted_once(store: Store) -> CaseResult {
    let unit = fresh();
    for _ in 0..3 {
        taken(&store, 2, unit).await?;
    }
    for _ in 0..2 {
        store.port.settle(&key(1), unit, true).await?;
    }
    store.port.settle(&key(1), unit, false).await?;
    allowed(&store, 2).await?;
    refused(&store, 2).await?;
    Ok(())
}

async fn what_nobody_settled_is_named_when_it_stands_in_the_way(store: Store) -> CaseResult {
    let (lost, done) = (fresh(), fresh());
    taken(&store, 2, lost).await?;
    taken(&store, 2, done).await?;
    refused(&store, 2).await?;
    store.clock.advance(UNSETTLED_AFTER).await;
    store.port.settle(&key(1), done, true).await?;
    let verdict = store.port.take(&key(1), quota(2), fresh()).await?;
    let named = QuotaVerdict::Unsettled(vec![lost]);
    ensure_eq!(verdict, named, "above the limit with an old unit");
    taken(&store, 3, fresh()).await?;
    store.port.settle(&key(1), lost, false).await?;
    refused(&store, 2).await?;
    allowed(&store, 3).await
}

async fn a_late_settlement_leaves_the_next_window_alone(store: Store) -> CaseResult {
    let late = fresh();
    taken(&store, 1, late).await?;
    store.clock.advance(HOUR).await;
    allowed(&store, 1).await?;
    store.port.settle(&key(1), late, false).await?;
    refused(&store, 1).await?;
    Ok(())
}

async fn parallel_settlements_give_back_each_unit_once(store: Store) -> CaseResult {
    for round in 0..rounds(20, 500) {
        let units: Vec<ReissueId> = (0..10).map(|_| fresh()).collect();
        for unit in &units {
            store.port.take(&key(round), quota(10), *unit).await?;
        }
        // Twice each: half of them happened.
        let one = |number: usize| {
            let (store, unit) = (store.clone(), units[number % 10]);
            let happened = number.is_multiple_of(2);
            async move { Ok(store.port.settle(&key(round), unit, happened).await?) }
        };
        at_once(20, one).await?;
        let one = |_| {
            let store = store.clone();
            async move { Ok(store.port.take(&key(round), quota(10), fresh()).await?) }
        };
        let verdicts = at_once(20, one).await?;
        let allowed = verdicts
            .iter()
            .filter(|verdict| **verdict == QuotaVerdict::Allowed)
            .count();
        ensure_eq!(allowed, 5, "calls allowed in round {round}");
    }
    Ok(())
}
