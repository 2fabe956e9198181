//! [`OtpStepStore`]: a time step is accepted once, and none before it afterwards.

use warifu_core::domain::Subject;
use warifu_core::ports::OtpStepStore;

use crate::case::{CaseResult, Fixture, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::{other_contract, user, user_id};

type Store = Fixture<dyn OtpStepStore>;

suite!($ otp_step_store_conformance, otp_step_store, Store, [
    only_a_step_above_the_last_is_accepted,
    users_and_contracts_have_steps_of_their_own,
    of_parallel_calls_with_one_step_one_succeeds,
    parallel_steps_are_accepted_in_rising_order_only,
]);

async fn only_a_step_above_the_last_is_accepted(store: Store) -> CaseResult {
    for (step, expected) in [
        (10, true),
        (10, false),
        (9, false),
        (0, false),
        (11, true),
        (u64::from(u32::MAX), true),
    ] {
        ensure_eq!(
            store.port.advance(&user(1), step).await?,
            expected,
            "step {step}"
        );
    }
    Ok(())
}

async fn users_and_contracts_have_steps_of_their_own(store: Store) -> CaseResult {
    ensure!(
        store.port.advance(&user(1), 10).await?,
        "the first step of a user"
    );
    ensure!(
        store.port.advance(&user(2), 9).await?,
        "the first step of another user"
    );
    let namesake = Subject::new(other_contract(), user_id(1));
    ensure!(
        store.port.advance(&namesake, 9).await?,
        "the first step of another contract's user"
    );
    Ok(())
}

async fn of_parallel_calls_with_one_step_one_succeeds(store: Store) -> CaseResult {
    for round in 0..rounds(20, 500) {
        let one = |_| {
            let store = store.clone();
            async move { Ok(store.port.advance(&user(1), round as u64).await?) }
        };
        let accepted = at_once(50, one)
            .await?
            .into_iter()
            .filter(|accepted| *accepted)
            .count();
        ensure_eq!(accepted, 1, "calls that succeeded in round {round}");
    }
    Ok(())
}

async fn parallel_steps_are_accepted_in_rising_order_only(store: Store) -> CaseResult {
    for round in 1..=rounds(20, 500) as u64 {
        let one = |number| {
            let store = store.clone();
            let step = round * 100 + number as u64;
            async move { Ok(store.port.advance(&user(1), step).await?) }
        };
        let accepted = at_once(50, one).await?;
        ensure_eq!(
            accepted.last(),
            Some(&true),
            "the highest step is above every other"
        );
        let last = round * 100 + 49;
        ensure!(
            !store.port.advance(&user(1), last).await?,
            "the highest step is the last one"
        );
    }
    Ok(())
}
