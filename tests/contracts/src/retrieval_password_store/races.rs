//! What must hold whoever races.

use warifu_core::domain::LeaseToken;
use warifu_core::domain::attempts::Charge;
use warifu_core::domain::retrieval_record::{
    Cancellation, ISSUE_LEASE, NotRedeemable, RedeemingKey, ReissueStatus, RetrievalReservation,
    RetrievalSettlement, RetrievalVerdict, StoredCertificate,
};

use super::{Store, WON, paper, right};
use crate::case::{CaseResult, Failure, PATIENCE, at_once, ensure, ensure_eq, rounds};
use crate::samples::{
    client_key, contract, lease, new_password, reissue_id, retrieval_policy, server_key,
};

/// One attempt that waits while the store is busy. Nothing where it met a lock; otherwise the
/// answer to its settlement.
async fn patient_attempt(
    store: Store,
    lease: LeaseToken,
    verdict: RetrievalVerdict,
) -> Result<Outcome, Failure> {
    for _ in 0..PATIENCE {
        match store.reserve(lease).await? {
            RetrievalReservation::Busy => tokio::task::yield_now().await,
            RetrievalReservation::Locked(lock) => {
                return Ok(Outcome::Locked {
                    set_the_lock: lock.just_set,
                });
            }
            RetrievalReservation::Suspended { .. } => {
                return Err(Failure::new("every entry is answered"));
            }
            RetrievalReservation::Granted(_) => {
                tokio::task::yield_now().await;
                return store.settle(lease, verdict).await.map(Outcome::Evaluated);
            }
        }
    }
    Err(Failure::new("the store is busy for ever"))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Evaluated(RetrievalSettlement),
    Locked { set_the_lock: bool },
}

fn count(outcomes: &[Outcome], is_meant: impl Fn(&RetrievalSettlement) -> bool) -> usize {
    let meant =
        |outcome: &&Outcome| matches!(outcome, Outcome::Evaluated(answer) if is_meant(answer));
    outcomes.iter().filter(meant).count()
}

fn transitions(outcomes: &[Outcome]) -> usize {
    let reported = |answer: &RetrievalSettlement| {
        matches!(
            answer,
            RetrievalSettlement::Locked(lock)
            | RetrievalSettlement::NotRedeemable { charge: Charge::Locked(lock), .. }
                if lock.just_set
        )
    };
    let at_reserve = |outcome: &&Outcome| **outcome == Outcome::Locked { set_the_lock: true };
    count(outcomes, reported) + outcomes.iter().filter(at_reserve).count()
}

/// A lease token that no other task of any round has.
fn token(round: usize, number: usize) -> LeaseToken {
    lease(round * 1000 + number)
}

/// Fifty right entries at once, each with a key of its own: one wins; those beside it are excused,
/// and who comes later is charged and locked out like anybody with a used password.
async fn one_of_fifty_wins(
    store: &Store,
    round: usize,
    record: usize,
    key: fn(usize) -> RedeemingKey,
    won: &RetrievalSettlement,
) -> CaseResult {
    let one = |number: usize| {
        let verdict = right(record, key(100 + number));
        patient_attempt(store.clone(), token(round, number), verdict)
    };
    let outcomes = at_once(50, one).await?;
    ensure_eq!(
        count(&outcomes, |answer| answer == won),
        1,
        "keys that won in round {round}"
    );
    let is_wrong = |answer: &RetrievalSettlement| {
        matches!(
            answer,
            RetrievalSettlement::NotRedeemable {
                reason: NotRedeemable::Consumed,
                ..
            }
        )
    };
    let refused = count(&outcomes, is_wrong);
    // Four beside the winner at most, and four of the budget.
    ensure!(
        refused <= 8 && count(&outcomes, |_| true) == 1 + refused,
        "{refused} keys were refused in round {round}"
    );
    ensure!(
        transitions(&outcomes) <= 1,
        "locks reported in round {round}"
    );
    Ok(())
}

pub(super) async fn of_parallel_right_entries_one_wins(store: Store) -> CaseResult {
    for round in 1..=rounds(10, 200) {
        store.reissue(new_password(round)).await?;
        let key = if round % 2 == 0 {
            client_key
        } else {
            server_key
        };
        one_of_fifty_wins(&store, round, round, key, &WON).await?;
    }
    Ok(())
}

pub(super) async fn of_parallel_take_overs_one_wins(store: Store) -> CaseResult {
    for round in 1..=rounds(10, 200) {
        store.reissue(new_password(round)).await?;
        ensure_eq!(
            store.redeem(round, server_key(1)).await?,
            WON,
            "the key that is abandoned"
        );
        store.clock.advance(ISSUE_LEASE).await;
        let abandoned = Some(server_key(1).fingerprint);
        let won = RetrievalSettlement::Won { abandoned };
        one_of_fifty_wins(&store, round, round, server_key, &won).await?;
    }
    Ok(())
}

pub(super) async fn parallel_wrong_entries_lock_once_after_the_limit(store: Store) -> CaseResult {
    for round in 1..=rounds(5, 60) {
        store.reissue(new_password(round)).await?;
        let one =
            |number| patient_attempt(store.clone(), token(round, number), RetrievalVerdict::Wrong);
        let outcomes = at_once(200, one).await?;
        ensure_eq!(
            count(&outcomes, |_| true),
            5,
            "wrong entries evaluated in round {round}"
        );
        ensure_eq!(transitions(&outcomes), 1, "locks reported in round {round}");
    }
    Ok(())
}

pub(super) async fn parallel_guesses_never_win_twice(store: Store) -> CaseResult {
    for round in 1..=rounds(5, 60) {
        store.reissue(new_password(round)).await?;
        // Every tenth guess is right, each with another key.
        let one = |number: usize| {
            let verdict = match number % 10 {
                0 => right(round, client_key(100 + number)),
                _ => RetrievalVerdict::Wrong,
            };
            patient_attempt(store.clone(), token(round, number), verdict)
        };
        let outcomes = at_once(200, one).await?;
        let won = count(&outcomes, |answer| *answer == WON);
        ensure!(won <= 1, "{won} keys won in round {round}");
        ensure_eq!(transitions(&outcomes), 1, "locks reported in round {round}");
        let is_wrong = |answer: &RetrievalSettlement| {
            matches!(
                answer,
                RetrievalSettlement::Refused { .. }
                    | RetrievalSettlement::Locked(_)
                    | RetrievalSettlement::NotRedeemable { .. }
            )
        };
        // The redemption is paid from the same budget as the wrong entries; right ones beside it,
        // four at most, are excused.
        let evaluated = count(&outcomes, is_wrong) + won;
        ensure!(
            (5..=9).contains(&evaluated),
            "{evaluated} entries evaluated in round {round}"
        );
    }
    Ok(())
}

pub(super) async fn of_parallel_reissues_one_password_is_left(store: Store) -> CaseResult {
    for round in 1..=rounds(10, 200) {
        let number_of = move |task: usize| round * 100 + task;
        let one = |task| {
            let store = store.clone();
            async move { store.reissue(new_password(number_of(task))).await }
        };
        at_once(10, one).await?;
        let found = store
            .port
            .reissues(&contract(), None, &retrieval_policy(), 10)
            .await?;
        let made: Vec<_> = (0..10).map(|task| reissue_id(number_of(task))).collect();
        ensure!(
            found.iter().all(|reissue| made.contains(&reissue.id)),
            "a reissue of round {round} was lost"
        );
        let left = found
            .iter()
            .filter(|reissue| reissue.status == ReissueStatus::Issued)
            .count();
        ensure_eq!(left, 1, "passwords that still redeem after round {round}");
    }
    Ok(())
}

pub(super) async fn of_a_cancellation_and_a_redemption_at_once_one_wins(
    store: Store,
) -> CaseResult {
    for round in 1..=rounds(30, 500) {
        store.reissue(new_password(round)).await?;
        store.reserve(token(round, 1)).await?;
        let one = |number: usize| {
            let store = store.clone();
            async move {
                if number == round % 2 {
                    let answer = store
                        .settle(token(round, 1), right(round, client_key(1)))
                        .await?;
                    Ok((answer == WON, false))
                } else {
                    let answer = store.cancel(reissue_id(round)).await?;
                    Ok((false, answer == Cancellation::Cancelled))
                }
            }
        };
        let answers = at_once(2, one).await?;
        let redeemed = answers.iter().filter(|(redeemed, _)| *redeemed).count();
        let cancelled = answers.iter().filter(|(_, cancelled)| *cancelled).count();
        ensure_eq!(
            redeemed + cancelled,
            1,
            "of a redemption and a cancellation in round {round}"
        );
    }
    Ok(())
}

pub(super) async fn a_certificate_is_stored_once_among_parallel_workers(
    store: Store,
) -> CaseResult {
    for round in 1..=rounds(10, 200) {
        store.reissue(new_password(round)).await?;
        store.redeem(round, client_key(1)).await?;
        let one = |number| {
            let store = store.clone();
            async move { store.store(round, client_key(1), paper(number)).await }
        };
        let answers = at_once(20, one).await?;
        let is_delivery = matches!(answers[0], StoredCertificate::Deliver(_));
        ensure!(
            is_delivery,
            "the winning key gets nothing: {:?}",
            answers[0]
        );
        ensure!(
            answers.iter().all(|answer| *answer == answers[0]),
            "different certificates were delivered in round {round}"
        );
    }
    Ok(())
}
