//! Logins come by lanes, each with a counter of its own; that of strangers wears.

use std::collections::BTreeSet;
use std::time::Duration;

use warifu_core::domain::attempts::{
    A_BROWSER_A_DAY, BROWSERS, BrowserSlot, DAY, LONGEST_LOCK, Lane, LaneKind, STRANGERS_A_DAY,
};
use warifu_core::domain::{BrowserMark, DeviceToken, Surface};
use warifu_core::ports::HeldLock;

use super::{
    AttemptKey, AttemptPolicy, CaseResult, LOCK, Lock, LockDuration, Purpose, Settlement, Store,
    StoredReservation, Verdict, contract, ensure, ensure_eq, granted, lease, lock_out, policy,
    policy_of, refused, user, user_id,
};
use crate::samples::SeededRandomness;

const MOMENT: Duration = Duration::from_secs(1);
const MONTH: Duration = Duration::from_hours(24 * 30);

fn of(lane: Lane) -> AttemptKey {
    AttemptKey::login(user(1), lane)
}

fn strangers() -> (AttemptKey, AttemptPolicy) {
    (of(Lane::Stranger), Lane::Stranger.limits(policy()))
}

fn mark(number: u64) -> BrowserMark {
    let token = DeviceToken::generate(&SeededRandomness::new(number));
    token.mark(Surface::Admin, &user(1), None, None)
}

pub(super) async fn a_lock_of_one_lane_refuses_that_one_alone(store: Store) -> CaseResult {
    for locked in Lane::all() {
        let policy = locked.limits(policy());
        lock_out(&store, &policy, &of(locked)).await?;
        for lane in Lane::all().filter(|lane| *lane != locked) {
            let policy = lane.limits(super::policy());
            let answer = store
                .attempt_by(&policy, &of(lane), lease(1), Verdict::Right)
                .await?;
            ensure_eq!(answer, Settlement::Accepted, "{lane:?} beside {locked:?}");
        }
        ensure!(
            store
                .port
                .unlock(&user(1), Purpose::Login, &super::policy())
                .await?,
            "{locked:?} was locked"
        );
        let answer = store.port.reserve(&of(locked), &policy, lease(2)).await?;
        ensure_eq!(answer, granted(), "{locked:?} after unlocking");
        store
            .port
            .settle(&of(locked), &policy, lease(2), Verdict::NotAsked)
            .await?;
    }
    Ok(())
}

pub(super) async fn locks_are_told_with_their_lane(store: Store) -> CaseResult {
    let browser = Lane::KnownBrowser(BrowserSlot::default());
    let mut expected = BTreeSet::new();
    for lane in [browser, Lane::Certificate, Lane::Stranger] {
        lock_out(&store, &lane.limits(policy()), &of(lane)).await?;
        expected.insert(HeldLock {
            purpose: Purpose::Login,
            lane: lane.kind(),
        });
        let limits = |_| policy();
        let (contract, users) = (contract(), [user_id(1)]);
        let locks = store.port.locks(&contract, &users, &limits).await?;
        ensure_eq!(locks, [expected.clone()], "with {lane:?}");
    }
    ensure_eq!(expected.len(), LaneKind::ALL.len(), "all kinds");
    Ok(())
}

pub(super) async fn what_strangers_failed_is_forgotten(store: Store) -> CaseResult {
    let (key, policy) = strangers();
    for number in 1..=4 {
        store
            .attempt_by(&policy, &key, lease(number), Verdict::Wrong)
            .await?;
        store.clock.advance(LOCK.saturating_sub(MOMENT)).await;
    }
    store.clock.advance(MOMENT).await;
    let answer = store
        .attempt_by(&policy, &key, lease(5), Verdict::Wrong)
        .await?;
    ensure_eq!(answer, refused(4), "so long after the last one");
    // Who is known forgets by a right entry alone.
    let lane = Lane::Certificate;
    let (key, policy) = (of(lane), lane.limits(super::policy()));
    store
        .attempt_by(&policy, &key, lease(6), Verdict::Wrong)
        .await?;
    store.clock.advance(LOCK * 100).await;
    let answer = store
        .attempt_by(&policy, &key, lease(7), Verdict::Wrong)
        .await?;
    ensure_eq!(answer, refused(3), "in another lane");
    Ok(())
}

pub(super) async fn locks_of_strangers_grow_with_repetition(store: Store) -> CaseResult {
    let (key, policy) = strangers();
    let mut lasts = LOCK;
    for round in 0..7 {
        for number in 1..=5 {
            let lease = lease(100 * round + number);
            let answer = store.attempt_by(&policy, &key, lease, Verdict::Wrong);
            let answer = answer.await?;
            let is_locked = matches!(answer, Settlement::Locked(_));
            ensure_eq!(
                is_locked,
                number == 5,
                "wrong entry {number} of round {round}"
            );
        }
        let now = store.clock.now().await;
        let lock = Lock {
            until: Some(now.plus(lasts)),
            since: now,
            just_set: false,
        };
        let answer = store.port.reserve(&key, &policy, lease(1)).await?;
        ensure_eq!(answer, StoredReservation::Locked(lock), "lock {round}");
        store.clock.advance(lasts).await;
        lasts = (lasts * 2).min(LONGEST_LOCK);
    }
    // The longest is remembered for as long again.
    store.clock.advance(LONGEST_LOCK).await;
    lock_out(&store, &policy, &key).await?;
    let now = store.clock.now().await;
    let lock = Lock {
        until: Some(now.plus(LOCK)),
        since: now,
        just_set: false,
    };
    let answer = store.port.reserve(&key, &policy, lease(1)).await?;
    ensure_eq!(
        answer,
        StoredReservation::Locked(lock),
        "after a long peace"
    );
    Ok(())
}

pub(super) async fn a_right_entry_forgets_how_often_it_was_locked(store: Store) -> CaseResult {
    let (key, policy) = strangers();
    lock_out(&store, &policy, &key).await?;
    store.clock.advance(LOCK).await;
    store
        .attempt_by(&policy, &key, lease(1), Verdict::Right)
        .await?;
    lock_out(&store, &policy, &key).await?;
    let until = store.clock.now().await.plus(LOCK);
    match store.port.reserve(&key, &policy, lease(2)).await? {
        StoredReservation::Locked(lock) => {
            ensure_eq!(lock.until, Some(until), "the lock after a right entry");
        }
        other => return Err(super::Failure::new(format!("no lock: {other:?}"))),
    }
    Ok(())
}

/// However many failures lock, and however short locks are.
pub(super) async fn a_day_has_so_many_wrong_entries(store: Store) -> CaseResult {
    let often = policy_of(1_000_000, LockDuration::For(MOMENT));
    let (key, policy) = (of(Lane::Stranger), Lane::Stranger.limits(often));
    let began = store.clock.now().await;
    let most = STRANGERS_A_DAY.get();
    for number in 1..=most {
        if number == most / 2 {
            let answer = store.attempt_by(&policy, &key, lease(5_000), Verdict::Right);
            ensure_eq!(answer.await?, Settlement::Accepted, "a right one");
        }
        store.clock.advance(MOMENT / 2).await;
        let answer = store
            .attempt_by(&policy, &key, lease(number as usize), Verdict::Wrong)
            .await?;
        let is_locked = matches!(answer, Settlement::Locked(_));
        ensure_eq!(is_locked, number == most, "wrong entry {number} of a day");
    }
    store
        .clock
        .advance(DAY.saturating_sub(MOMENT * (most / 2 + 1)))
        .await;
    match store.port.reserve(&key, &policy, lease(5_002)).await? {
        StoredReservation::Locked(lock) => {
            let end = began.plus(MOMENT / 2).plus(DAY);
            ensure_eq!(lock.until, Some(end), "until the day is over");
        }
        other => return Err(super::Failure::new(format!("another one: {other:?}"))),
    }
    store.clock.advance(MOMENT * 2).await;
    let answer = store.port.reserve(&key, &policy, lease(5_002)).await?;
    ensure_eq!(answer, granted(), "on the next day");

    // Who is known gets the day back by a right entry.
    let lane = Lane::KnownBrowser(BrowserSlot::default());
    let (key, policy) = (of(lane), lane.limits(often));
    let most = A_BROWSER_A_DAY.get();
    for number in 1..=2 * most {
        if number == most {
            let answer = store.attempt_by(&policy, &key, lease(5_001), Verdict::Right);
            ensure_eq!(answer.await?, Settlement::Accepted, "a right one");
        }
        let answer = store
            .attempt_by(
                &policy,
                &key,
                lease(1_000 + number as usize),
                Verdict::Wrong,
            )
            .await?;
        let is_locked = matches!(answer, Settlement::Locked(_));
        let last = number == 2 * most - 1;
        ensure_eq!(is_locked, last, "wrong entry {number} in a browser");
        if last {
            break;
        }
    }
    Ok(())
}

/// A withdrawn entry is none of the day, and its lock none of the row.
pub(super) async fn a_withdrawn_entry_wears_nothing(store: Store) -> CaseResult {
    let (key, policy) = strangers();
    for round in 0..2 * STRANGERS_A_DAY.get() as usize / 5 {
        for number in 1..=5 {
            store
                .attempt_by(&policy, &key, lease(10 * round + number), Verdict::Wrong)
                .await?;
        }
        for number in 1..=5 {
            let withdrawn = Verdict::Withdrawn;
            let answer = store
                .port
                .settle(&key, &policy, lease(10 * round + number), withdrawn);
            ensure_eq!(answer.await?, Settlement::Released, "taken back");
        }
        // What was not answered suspends; a right entry forgets it.
        store
            .clock
            .advance(warifu_core::domain::attempts::UNANSWERED_WINDOW)
            .await;
    }
    lock_out(&store, &policy, &key).await?;
    let until = store.clock.now().await.plus(LOCK);
    match store.port.reserve(&key, &policy, lease(1)).await? {
        StoredReservation::Locked(lock) => ensure_eq!(lock.until, Some(until), "the first lock"),
        other => return Err(super::Failure::new(format!("no lock: {other:?}"))),
    }
    Ok(())
}

pub(super) async fn a_browser_is_known_by_its_mark_until_its_time_is_over(
    store: Store,
) -> CaseResult {
    let port = &store.port;
    let owner = user(1);
    let known = async |number| port.known_browser(&owner, &mark(number)).await;
    ensure_eq!(known(1).await?, None, "a stranger");
    let slot = port.remember_browser(&owner, &mark(1), MONTH).await?;
    ensure_eq!(known(1).await?, Some(slot), "after a login");
    ensure_eq!(known(2).await?, None, "another mark");
    let other = port.known_browser(&user(2), &mark(1)).await?;
    ensure_eq!(other, None, "somebody else");
    store.clock.advance(MONTH.saturating_sub(MOMENT)).await;
    let again = port.remember_browser(&owner, &mark(1), MONTH).await?;
    ensure_eq!(again, slot, "its place at a later login");
    store.clock.advance(MONTH.saturating_sub(MOMENT)).await;
    ensure_eq!(known(1).await?, Some(slot), "a moment before the end");
    store.clock.advance(MOMENT).await;
    ensure_eq!(known(1).await?, None, "at the end");
    port.remember_browser(&owner, &mark(3), MONTH).await?;
    port.forget_browsers(&owner).await?;
    ensure_eq!(known(3).await?, None, "after all were forgotten");
    Ok(())
}

pub(super) async fn only_so_many_browsers_are_known(store: Store) -> CaseResult {
    let port = &store.port;
    let owner = user(1);
    let most = u64::from(BROWSERS);
    let mut slots = BTreeSet::new();
    for number in 1..=most {
        let slot = port.remember_browser(&owner, &mark(number), MONTH).await?;
        slots.insert(slot);
        store.clock.advance(MOMENT).await;
        let lane = Lane::KnownBrowser(slot);
        lock_out(&store, &lane.limits(policy()), &of(lane)).await?;
    }
    ensure_eq!(slots.len(), usize::from(BROWSERS), "each has its place");
    // The first is used again, so the second was not seen for longest; what never showed its token
    // again goes before what did.
    for number in [2, 1] {
        port.remember_browser(&owner, &mark(number), MONTH).await?;
        store.clock.advance(MOMENT).await;
    }
    let third = port.known_browser(&owner, &mark(3)).await?;
    let slot = port.remember_browser(&owner, &mark(9), MONTH).await?;
    ensure_eq!(third, Some(slot), "the place of the third");
    for (number, is_known) in [(1, true), (2, true), (3, false), (4, true), (9, true)] {
        let known = port.known_browser(&owner, &mark(number)).await?;
        ensure_eq!(known.is_some(), is_known, "browser {number}");
    }
    let lane = Lane::KnownBrowser(slot);
    let policy = lane.limits(policy());
    let answer = port.reserve(&of(lane), &policy, lease(1)).await?;
    ensure_eq!(answer, granted(), "it did not inherit the lock");
    Ok(())
}
