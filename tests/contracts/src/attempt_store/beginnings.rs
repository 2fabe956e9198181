//! When a lock was set, by which its record is known.

use std::time::Duration;

use warifu_core::domain::Timestamp;
use warifu_core::domain::attempts::{AttemptPolicy, LockDuration, Purpose, Verdict};
use warifu_core::ports::StoredReservation;

use super::{Store, lock_out, login};
use crate::case::{CaseResult, Failure, ensure_eq};
use crate::samples::{LOCK, START, lease, policy_of, user};

/// Since when a counter is locked, as a reservation tells it.
async fn since(store: &Store, policy: &AttemptPolicy, number: usize) -> Result<Timestamp, Failure> {
    match store.port.reserve(&login(1), policy, lease(number)).await? {
        StoredReservation::Locked(lock) => Ok(lock.since),
        other => Err(Failure::new(format!("no lock: {other:?}"))),
    }
}

pub(super) async fn a_lock_keeps_its_beginning_while_it_lasts(store: Store) -> CaseResult {
    let shown = policy_of(5, LockDuration::UntilUnlockedShownAs(LOCK));
    lock_out(&store, &shown, &login(1)).await?;
    let first = since(&store, &shown, 1).await?;
    ensure_eq!(first, START, "when it was set");
    // It ends as far as may be seen, and is set again: to whoever may know it is one lock.
    store.clock.advance(LOCK).await;
    for number in 10..15 {
        store
            .attempt_by(&shown, &login(1), lease(number), Verdict::Wrong)
            .await?;
    }
    ensure_eq!(
        since(&store, &shown, 2).await?,
        first,
        "the concealed lock's beginning"
    );
    store.port.unlock(&user(1), Purpose::Login, &shown).await?;
    store.clock.advance(Duration::from_secs(1)).await;
    for number in 20..25 {
        store
            .attempt_by(&shown, &login(1), lease(number), Verdict::Wrong)
            .await?;
    }
    let next = since(&store, &shown, 3).await?;
    ensure_eq!(
        next,
        START.plus(LOCK + Duration::from_secs(1)),
        "another lock's beginning"
    );
    Ok(())
}
