//! What was not answered taught nobody anything, and is not charged.

use warifu_core::domain::attempts::UNANSWERED_WINDOW;

use super::{
    CaseResult, Duration, Failure, LEASE, Settlement, Store, StoredReservation, Verdict, contract,
    ensure, ensure_eq, granted, lease, login, refused, until_unlocked, user_id,
};

pub(super) async fn an_abandoned_reservation_is_released(store: Store) -> CaseResult {
    store.reserve(&login(1), lease(1)).await?;
    store.clock.advance(LEASE).await;
    let answer = store.attempt(&login(1), lease(2), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the entry after an abandoned one");
    Ok(())
}

pub(super) async fn abandoned_reservations_lock_nobody(store: Store) -> CaseResult {
    for number in 1..=5 {
        store.reserve(&login(1), lease(number)).await?;
    }
    store.clock.advance(LEASE).await;
    for number in 1..=5 {
        let verdict = if number % 2 == 0 {
            Verdict::Right
        } else {
            Verdict::Wrong
        };
        let answer = store.settle(&login(1), lease(number), verdict).await?;
        ensure_eq!(answer, Settlement::Lost, "settled too late: {verdict:?}");
    }
    let answer = store.attempt(&login(1), lease(6), Verdict::Wrong).await?;
    ensure_eq!(
        answer,
        refused(4),
        "five abandoned ones were charged nothing"
    );
    Ok(())
}

/// Whoever enters what is right was no stranger who guessed.
pub(super) async fn a_right_entry_forgets_those_without_an_answer(store: Store) -> CaseResult {
    for round in 0..2 {
        for number in 0..9 {
            let lease = lease(100 * round + number);
            let answer = store.attempt(&login(1), lease, Verdict::Undecided).await?;
            ensure_eq!(answer, Settlement::Released, "an entry nobody could decide");
        }
        let right = lease(100 * round + 99);
        let answer = store.attempt(&login(1), right, Verdict::Right).await?;
        ensure_eq!(
            answer,
            Settlement::Accepted,
            "the right entry, round {round}"
        );
    }
    Ok(())
}

/// Neither an outage nor a crash is a free guess for long: the window slides.
pub(super) async fn ten_entries_without_an_answer_suspend(store: Store) -> CaseResult {
    let began = store.clock.now().await;
    for number in 1..=5 {
        let answer = store
            .attempt(&login(1), lease(number), Verdict::Undecided)
            .await?;
        ensure_eq!(answer, Settlement::Released, "an entry nobody could decide");
    }
    store.clock.advance(Duration::from_secs(1)).await;
    for number in 6..=10 {
        store.reserve(&login(1), lease(number)).await?;
    }
    let answer = store.reserve(&login(1), lease(11)).await?;
    ensure_eq!(
        answer,
        StoredReservation::Busy,
        "five open ones could lapse"
    );
    store.clock.advance(LEASE).await;
    let until = began.plus(UNANSWERED_WINDOW);
    let suspended = StoredReservation::Suspended { until };
    let answer = store.reserve(&login(1), lease(12)).await?;
    ensure_eq!(answer, suspended, "after five undecided and five lapsed");
    ensure_eq!(
        store.reserve(&login(2), lease(13)).await?,
        granted(),
        "another user"
    );
    let left = until.since(store.clock.now().await);
    store
        .clock
        .advance(left.saturating_sub(Duration::from_millis(1)))
        .await;
    let answer = store.reserve(&login(1), lease(14)).await?;
    ensure_eq!(answer, suspended, "a moment before the window ends");
    store.clock.advance(Duration::from_millis(1)).await;
    let answer = store.attempt(&login(1), lease(15), Verdict::Wrong).await?;
    ensure_eq!(
        answer,
        refused(4),
        "the first entry that is looked at again"
    );
    Ok(())
}

pub(super) async fn a_withdrawn_entry_was_never_counted(store: Store) -> CaseResult {
    store.attempt(&login(1), lease(1), Verdict::Wrong).await?;
    store.attempt(&login(1), lease(2), Verdict::Wrong).await?;
    // The answer to the settlement never came; whoever waited for it was told nothing.
    let answer = store
        .settle(&login(1), lease(2), Verdict::Withdrawn)
        .await?;
    ensure_eq!(
        answer,
        Settlement::Released,
        "what was settled is taken back"
    );
    let answer = store
        .settle(&login(1), lease(2), Verdict::Withdrawn)
        .await?;
    ensure_eq!(answer, Settlement::Lost, "once");
    store.reserve(&login(1), lease(3)).await?;
    let answer = store
        .settle(&login(1), lease(3), Verdict::Withdrawn)
        .await?;
    ensure_eq!(answer, Settlement::Released, "what was not settled yet");
    let answer = store.attempt(&login(1), lease(4), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(3), "two were answered");
    // What a right entry forgot is not taken back a second time.
    store.attempt(&login(1), lease(5), Verdict::Right).await?;
    store.attempt(&login(1), lease(6), Verdict::Wrong).await?;
    let answer = store
        .settle(&login(1), lease(4), Verdict::Withdrawn)
        .await?;
    ensure_eq!(answer, Settlement::Lost, "a failure that is forgotten");
    let answer = store.attempt(&login(1), lease(7), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(3), "two since the right one");
    Ok(())
}

pub(super) async fn a_withdrawn_entry_takes_its_lock_with_it(store: Store) -> CaseResult {
    let policy = until_unlocked();
    let settle = async |number, verdict| {
        let answer = store
            .port
            .settle(&login(1), &policy, lease(number), verdict)
            .await?;
        Ok::<_, Failure>(answer)
    };
    for number in 1..=5 {
        store
            .attempt_by(&policy, &login(1), lease(number), Verdict::Wrong)
            .await?;
    }
    // Not the one that locked: without it there would have been four.
    let answer = settle(3, Verdict::Withdrawn).await?;
    ensure_eq!(answer, Settlement::Released, "one of five");
    let answer = store
        .attempt_by(&policy, &login(1), lease(6), Verdict::Right)
        .await?;
    ensure_eq!(answer, Settlement::Accepted, "the right entry after it");
    let users = [user_id(1)];
    let locks = store.port.locks(&contract(), &users, &|_| policy).await?;
    ensure!(locks[0].is_empty(), "nothing is locked");
    Ok(())
}

pub(super) async fn a_settlement_after_the_lease_is_lost(store: Store) -> CaseResult {
    store.reserve(&login(1), lease(1)).await?;
    store.clock.advance(LEASE).await;
    let answer = store.settle(&login(1), lease(1), Verdict::Right).await?;
    ensure_eq!(answer, Settlement::Lost, "a right entry settled too late");
    let answer = store.attempt(&login(1), lease(2), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the late one was not counted");
    Ok(())
}
