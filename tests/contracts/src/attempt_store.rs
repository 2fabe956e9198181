//! [`AttemptStore`]: guesses are paid for before they are checked, whoever else guesses and
//! whoever dies in between.

mod beginnings;
mod beside;
mod lanes;
mod races;
mod unanswered;

use std::collections::BTreeSet;
use std::time::Duration;

use warifu_core::domain::attempts::{
    AttemptPolicy, Lock, LockDuration, Purpose, Settlement, Verdict,
};
use warifu_core::domain::{LeaseToken, StoredHash, Subject};
use warifu_core::ports::{AttemptKey, AttemptStore, GrantedAttempt, HeldLock, StoredReservation};

use crate::case::{
    CaseResult, Failure, Fixture, PATIENCE, at_once, ensure, ensure_eq, rounds, suite,
};
use crate::samples::{
    LEASE, LOCK, START, contract, hash, lease, other_contract, policy, policy_of, user, user_id,
};

use beginnings::a_lock_keeps_its_beginning_while_it_lasts;
use beside::{
    a_decision_is_checked_against_the_newer_hash_of_logins,
    a_newer_hash_comes_with_every_later_reservation, the_login_before_is_told,
};
use lanes::{
    a_browser_is_known_by_its_mark_until_its_time_is_over, a_day_has_so_many_wrong_entries,
    a_lock_of_one_lane_refuses_that_one_alone, a_right_entry_forgets_how_often_it_was_locked,
    a_withdrawn_entry_wears_nothing, locks_are_told_with_their_lane,
    locks_of_strangers_grow_with_repetition, only_so_many_browsers_are_known,
    what_strangers_failed_is_forgotten,
};
use races::{
    parallel_guesses_around_the_right_one_stay_within_the_limit,
    parallel_right_entries_are_all_accepted, parallel_wrong_entries_lock_once_after_the_limit,
    workers_that_die_charge_nobody,
};
use unanswered::{
    a_right_entry_forgets_those_without_an_answer, a_settlement_after_the_lease_is_lost,
    a_withdrawn_entry_takes_its_lock_with_it, a_withdrawn_entry_was_never_counted,
    abandoned_reservations_lock_nobody, an_abandoned_reservation_is_released,
    ten_entries_without_an_answer_suspend,
};

type Store = Fixture<dyn AttemptStore>;

suite!($ attempt_store_conformance, attempt_store, Store, [
    the_wrong_entry_at_the_limit_locks,
    a_right_entry_forgets_the_failures,
    excess_concurrency_is_busy_and_costs_nothing,
    a_lock_wins_over_a_right_entry_being_checked,
    an_abandoned_reservation_is_released,
    abandoned_reservations_lock_nobody,
    ten_entries_without_an_answer_suspend,
    a_right_entry_forgets_those_without_an_answer,
    a_withdrawn_entry_was_never_counted,
    a_withdrawn_entry_takes_its_lock_with_it,
    a_settlement_after_the_lease_is_lost,
    a_repeated_reservation_is_charged_once,
    a_repeated_settlement_is_lost_and_charges_nothing,
    a_check_that_could_not_be_made_is_not_charged,
    a_timed_lock_ends,
    a_concealed_lock_refuses_even_what_is_right,
    unlocking_tells_whether_there_was_a_lock,
    a_lock_keeps_its_beginning_while_it_lasts,
    purposes_users_and_contracts_are_counted_apart,
    locks_are_listed_in_order_and_within_the_contract,
    a_newer_hash_comes_with_every_later_reservation,
    the_login_before_is_told,
    a_decision_is_checked_against_the_newer_hash_of_logins,
    a_lock_of_one_lane_refuses_that_one_alone,
    locks_are_told_with_their_lane,
    what_strangers_failed_is_forgotten,
    locks_of_strangers_grow_with_repetition,
    a_right_entry_forgets_how_often_it_was_locked,
    a_day_has_so_many_wrong_entries,
    a_withdrawn_entry_wears_nothing,
    a_browser_is_known_by_its_mark_until_its_time_is_over,
    only_so_many_browsers_are_known,
    parallel_wrong_entries_lock_once_after_the_limit,
    parallel_guesses_around_the_right_one_stay_within_the_limit,
    parallel_right_entries_are_all_accepted,
    workers_that_die_charge_nobody,
]);

fn login(number: usize) -> AttemptKey {
    AttemptKey::of(user(number), Purpose::Login)
}

impl Store {
    async fn reserve(&self, key: &AttemptKey, lease: LeaseToken) -> Reserved {
        Ok(self.port.reserve(key, &policy(), lease).await?)
    }

    async fn settle(&self, key: &AttemptKey, lease: LeaseToken, verdict: Verdict) -> Settled {
        Ok(self.port.settle(key, &policy(), lease, verdict).await?)
    }

    /// A whole attempt by `policy`; the reservation must be granted.
    async fn attempt_by(
        &self,
        policy: &AttemptPolicy,
        key: &AttemptKey,
        lease: LeaseToken,
        verdict: Verdict,
    ) -> Settled {
        match self.port.reserve(key, policy, lease).await? {
            StoredReservation::Granted(_) => {}
            other => {
                return Err(Failure::new(format!(
                    "reservation was not granted: {other:?}"
                )));
            }
        }
        Ok(self.port.settle(key, policy, lease, verdict).await?)
    }

    async fn attempt(&self, key: &AttemptKey, lease: LeaseToken, verdict: Verdict) -> Settled {
        self.attempt_by(&policy(), key, lease, verdict).await
    }

    /// Asks again while the store is busy, as a patient attacker would.
    async fn reserve_patiently(&self, key: &AttemptKey, lease: LeaseToken) -> Reserved {
        for _ in 0..PATIENCE {
            match self.port.reserve(key, &until_unlocked(), lease).await? {
                StoredReservation::Busy => tokio::task::yield_now().await,
                answer => return Ok(answer),
            }
        }
        Err(Failure::new("the store is busy for ever"))
    }
}

type Reserved = Result<StoredReservation, Failure>;
type Settled = Result<Settlement, Failure>;

fn until_unlocked() -> AttemptPolicy {
    policy_of(5, LockDuration::UntilUnlocked)
}

const fn granted() -> StoredReservation {
    StoredReservation::Granted(GrantedAttempt {
        barred: false,
        stored_hash: None,
    })
}

const fn refused(failures_left: u32) -> Settlement {
    Settlement::Refused { failures_left }
}

fn locked(just_set: bool) -> Lock {
    Lock {
        until: Some(START.plus(LOCK)),
        since: START,
        just_set,
    }
}

async fn the_wrong_entry_at_the_limit_locks(store: Store) -> CaseResult {
    for number in 1..=4u32 {
        let answer = store
            .attempt(&login(1), lease(number as usize), Verdict::Wrong)
            .await?;
        ensure_eq!(answer, refused(5 - number), "wrong entry {number} of 5");
    }
    let answer = store.attempt(&login(1), lease(5), Verdict::Wrong).await?;
    ensure_eq!(
        answer,
        Settlement::Locked(locked(true)),
        "the fifth wrong entry"
    );
    let answer = store.reserve(&login(1), lease(6)).await?;
    ensure_eq!(
        answer,
        StoredReservation::Locked(locked(false)),
        "an entry after the lock"
    );
    Ok(())
}

async fn a_right_entry_forgets_the_failures(store: Store) -> CaseResult {
    for number in 1..=4 {
        store
            .attempt(&login(1), lease(number), Verdict::Wrong)
            .await?;
    }
    let answer = store.attempt(&login(1), lease(5), Verdict::Right).await?;
    ensure_eq!(answer, Settlement::Accepted, "the right entry");
    let answer = store.attempt(&login(1), lease(6), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the first wrong entry after it");
    Ok(())
}

async fn excess_concurrency_is_busy_and_costs_nothing(store: Store) -> CaseResult {
    for number in 1..=5 {
        ensure_eq!(
            store.reserve(&login(1), lease(number)).await?,
            granted(),
            "reservation {number} of 5"
        );
    }
    for number in 6..=9 {
        let answer = store.reserve(&login(1), lease(number)).await?;
        ensure_eq!(
            answer,
            StoredReservation::Busy,
            "a reservation above the limit"
        );
    }
    let answer = store.settle(&login(1), lease(9), Verdict::Right).await?;
    ensure_eq!(answer, Settlement::Lost, "settling what was not reserved");
    let answer = store.settle(&login(1), lease(1), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the busy answers cost nothing");
    for number in 2..=5 {
        let answer = store
            .settle(&login(1), lease(number), Verdict::Right)
            .await?;
        ensure_eq!(answer, Settlement::Accepted, "a right entry among others");
    }
    Ok(())
}

async fn a_lock_wins_over_a_right_entry_being_checked(store: Store) -> CaseResult {
    store.reserve(&login(1), lease(1)).await?;
    store.reserve(&login(1), lease(2)).await?;
    // The limit is lowered while both are being checked.
    let strict = policy_of(1, LockDuration::For(LOCK));
    let answer = store
        .port
        .settle(&login(1), &strict, lease(1), Verdict::Wrong)
        .await?;
    ensure_eq!(
        answer,
        Settlement::Locked(locked(true)),
        "the wrong entry at the limit"
    );
    let answer = store
        .port
        .settle(&login(1), &strict, lease(2), Verdict::Right)
        .await?;
    ensure_eq!(
        answer,
        Settlement::Locked(locked(false)),
        "the right entry after the lock"
    );
    Ok(())
}

async fn a_repeated_reservation_is_charged_once(store: Store) -> CaseResult {
    for repetition in 0..7 {
        let answer = store.reserve(&login(1), lease(1)).await?;
        ensure_eq!(
            answer,
            granted(),
            "repetition {repetition} of a reservation"
        );
    }
    let answer = store.settle(&login(1), lease(1), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the reservation was charged once");
    Ok(())
}

async fn a_repeated_settlement_is_lost_and_charges_nothing(store: Store) -> CaseResult {
    store.attempt(&login(1), lease(1), Verdict::Wrong).await?;
    for verdict in [
        Verdict::Wrong,
        Verdict::Right,
        Verdict::Undecided,
        Verdict::NotAsked,
    ] {
        let answer = store.settle(&login(1), lease(1), verdict).await?;
        ensure_eq!(
            answer,
            Settlement::Lost,
            "a repeated settlement, now {verdict:?}"
        );
    }
    let answer = store.attempt(&login(1), lease(2), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(3), "the repetitions were charged nothing");
    Ok(())
}

async fn a_check_that_could_not_be_made_is_not_charged(store: Store) -> CaseResult {
    for number in 1..=20 {
        let answer = store
            .attempt(&login(1), lease(number), Verdict::NotAsked)
            .await?;
        ensure_eq!(
            answer,
            Settlement::Released,
            "attempt {number} that nobody could check"
        );
    }
    let answer = store.attempt(&login(1), lease(21), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the first wrong entry");
    Ok(())
}

async fn lock_out(store: &Store, policy: &AttemptPolicy, key: &AttemptKey) -> CaseResult {
    for number in 1..=policy.max_failures.get() {
        store
            .attempt_by(policy, key, lease(9_000 + number as usize), Verdict::Wrong)
            .await?;
    }
    match store.port.reserve(key, policy, lease(9_999)).await? {
        StoredReservation::Locked(_) => Ok(()),
        other => Err(Failure::new(format!("no lock after the limit: {other:?}"))),
    }
}

async fn a_timed_lock_ends(store: Store) -> CaseResult {
    lock_out(&store, &policy(), &login(1)).await?;
    let moment = Duration::from_secs(1);
    store.clock.advance(LOCK.saturating_sub(moment)).await;
    let answer = store.reserve(&login(1), lease(1)).await?;
    ensure_eq!(
        answer,
        StoredReservation::Locked(locked(false)),
        "a moment before the end"
    );
    store.clock.advance(moment).await;
    let answer = store.attempt(&login(1), lease(2), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "counting starts anew after the lock");
    let answer = store.attempt(&login(1), lease(3), Verdict::Right).await?;
    ensure_eq!(
        answer,
        Settlement::Accepted,
        "the right entry after the lock"
    );
    Ok(())
}

async fn a_concealed_lock_refuses_even_what_is_right(store: Store) -> CaseResult {
    let concealed = policy_of(5, LockDuration::UntilUnlockedShownAs(LOCK));
    lock_out(&store, &concealed, &login(1)).await?;
    store.clock.advance(LOCK).await;
    match store.port.reserve(&login(1), &concealed, lease(1)).await? {
        StoredReservation::Granted(GrantedAttempt { barred: true, .. }) => {}
        other => return Err(Failure::new(format!("after the visible lock: {other:?}"))),
    }
    let answer = store
        .port
        .settle(&login(1), &concealed, lease(1), Verdict::Right)
        .await?;
    ensure_eq!(answer, refused(4), "the right entry under a concealed lock");
    ensure!(
        store
            .port
            .unlock(&user(1), Purpose::Login, &concealed)
            .await?,
        "a concealed lock is a lock"
    );
    let answer = store
        .attempt_by(&concealed, &login(1), lease(2), Verdict::Right)
        .await?;
    ensure_eq!(
        answer,
        Settlement::Accepted,
        "the right entry after unlocking"
    );
    Ok(())
}

async fn unlocking_tells_whether_there_was_a_lock(store: Store) -> CaseResult {
    let forever = until_unlocked();
    let holder = user(1);
    let unlock = || store.port.unlock(&holder, Purpose::Transaction, &forever);
    ensure!(!unlock().await?, "there was no lock yet");
    let key = AttemptKey::of(user(1), Purpose::Transaction);
    lock_out(&store, &forever, &key).await?;
    store.clock.advance(Duration::from_hours(24 * 365)).await;
    ensure_eq!(
        store.port.reserve(&key, &forever, lease(1)).await?,
        StoredReservation::Locked(Lock {
            until: None,
            since: START,
            just_set: false
        }),
        "a lock until unlocked, a year later"
    );
    ensure!(unlock().await?, "there was a lock");
    ensure!(!unlock().await?, "it is lifted");
    let answer = store
        .attempt_by(&forever, &key, lease(2), Verdict::Wrong)
        .await?;
    ensure_eq!(answer, refused(4), "unlocking forgets the failures");
    Ok(())
}

async fn purposes_users_and_contracts_are_counted_apart(store: Store) -> CaseResult {
    lock_out(&store, &policy(), &login(1)).await?;
    let namesake = Subject::new(other_contract(), user_id(1));
    for key in [
        AttemptKey::of(user(1), Purpose::Transaction),
        AttemptKey::of(user(1), Purpose::Otp),
        login(2),
        AttemptKey::of(namesake, Purpose::Login),
        AttemptKey::of(user(1), Purpose::StaffDecision),
    ] {
        let answer = store.attempt(&key, lease(1), Verdict::Wrong).await?;
        ensure_eq!(answer, refused(4), "{key:?} beside a locked counter");
    }
    Ok(())
}

async fn locks_are_listed_in_order_and_within_the_contract(store: Store) -> CaseResult {
    let limits = |purpose: Purpose| match purpose {
        Purpose::Login => policy(),
        _ => policy_of(2, LockDuration::UntilUnlocked),
    };
    lock_out(&store, &limits(Purpose::Login), &login(1)).await?;
    for purpose in [Purpose::Transaction, Purpose::Otp] {
        let key = AttemptKey::of(user(2), purpose);
        lock_out(&store, &limits(purpose), &key).await?;
    }
    let namesake = AttemptKey::of(Subject::new(other_contract(), user_id(3)), Purpose::Login);
    lock_out(&store, &policy(), &namesake).await?;

    let users = [user_id(3), user_id(2), user_id(1), user_id(2)];
    let none = BTreeSet::new();
    let both = BTreeSet::from([Purpose::Transaction, Purpose::Otp].map(HeldLock::of));
    let one = BTreeSet::from([HeldLock::of(Purpose::Login)]);
    ensure_eq!(
        store.port.locks(&contract(), &users, &limits).await?,
        [none.clone(), both.clone(), one, both.clone()],
        "the locks of four users"
    );
    store.clock.advance(LOCK).await;
    ensure_eq!(
        store.port.locks(&contract(), &users, &limits).await?,
        [none.clone(), both.clone(), none, both],
        "the locks after the timed one ended"
    );
    Ok(())
}
