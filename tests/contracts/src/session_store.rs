//! [`SessionStore`]: who is logged in, until when, and with which proof in hand.

use std::time::Duration;

use warifu_core::domain::{
    Principal, Session, SessionId, SessionToken, StaffId, Subject, Surface, Timestamp,
};
use warifu_core::ports::SessionStore;

use crate::case::{CaseResult, Failure, Fixture, at_once, ensure, ensure_eq, rounds, suite};
use crate::samples::{SeededRandomness, other_contract, user, user_id};

type Store = Fixture<dyn SessionStore>;

suite!($ session_store_conformance, session_store, Store, [
    a_session_is_found_as_it_was_created,
    what_was_never_created_is_not_found,
    every_use_keeps_a_session_alive,
    a_session_without_use_ends,
    no_use_prolongs_the_absolute_end,
    an_ended_session_is_gone,
    all_sessions_of_a_principal_end_and_no_others,
    all_sessions_but_one_end_where_one_is_excepted,
    a_proof_is_seen_until_it_is_taken_or_runs_out,
    a_proof_is_taken_once_for_each_time_it_was_put,
    a_proof_that_ran_out_is_none,
    a_proof_needs_a_session,
    a_proof_is_good_in_its_session_only,
    of_parallel_takers_one_gets_the_proof,
]);

const IDLE: Duration = Duration::from_mins(15);
const ABSOLUTE: Duration = Duration::from_hours(1);
const MOMENT: Duration = Duration::from_secs(1);
const FIVE_MINUTES: Duration = Duration::from_mins(5);

fn id(number: u64) -> SessionId {
    SessionToken::generate(&SeededRandomness::new(number)).id()
}

impl Store {
    async fn session_of(&self, principal: Principal) -> Session {
        let now = self.clock.now().await;
        Session {
            surface: Surface::SelfService,
            principal,
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(ABSOLUTE),
            previous_login: None,
            otp_verified_until: None,
            holder: None,
        }
    }

    async fn log_in(&self, number: u64, principal: Principal) -> CaseResult {
        let session = self.session_of(principal).await;
        Ok(self.port.create(&id(number), &session).await?)
    }

    async fn is_logged_in(&self, number: u64) -> Result<bool, Failure> {
        Ok(self.port.touch(&id(number), IDLE).await?.is_some())
    }

    /// Until when the session's proof is good, as the session tells.
    async fn proof_seen(&self, number: u64) -> Result<Option<Timestamp>, Failure> {
        let found = self.port.touch(&id(number), IDLE).await?;
        Ok(found.and_then(|session| session.otp_verified_until))
    }
}

fn principal(number: usize) -> Principal {
    Principal::User(user(number))
}

async fn a_session_is_found_as_it_was_created(store: Store) -> CaseResult {
    let clerk: StaffId = "clerk01".parse()?;
    let mut session = store.session_of(Principal::Staff(clerk)).await;
    session.surface = Surface::Office;
    session.previous_login = Some(session.created_at.minus(Duration::from_hours(24)));
    store.port.create(&id(1), &session).await?;
    ensure_eq!(
        store.port.touch(&id(1), IDLE).await?,
        Some(session),
        "the session"
    );
    Ok(())
}

async fn what_was_never_created_is_not_found(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    ensure!(
        !store.is_logged_in(2).await?,
        "found a session that nobody created"
    );
    Ok(())
}

async fn every_use_keeps_a_session_alive(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    for _ in 0..3 {
        store.clock.advance(IDLE.saturating_sub(MOMENT)).await;
        let now = store.clock.now().await;
        let found = store.port.touch(&id(1), IDLE).await?;
        let last_used_at = found.map(|session| session.last_used_at);
        ensure_eq!(last_used_at, Some(now), "the last use of a session in use");
    }
    Ok(())
}

async fn a_session_without_use_ends(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    store.clock.advance(IDLE).await;
    for _ in 0..2 {
        ensure!(
            !store.is_logged_in(1).await?,
            "a session that was not used for long"
        );
    }
    Ok(())
}

async fn no_use_prolongs_the_absolute_end(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    for _ in 0..5 {
        store.clock.advance(ABSOLUTE / 6).await;
        ensure!(
            store.is_logged_in(1).await?,
            "a session in use, before its end"
        );
    }
    store.clock.advance(ABSOLUTE / 6).await;
    ensure!(
        !store.is_logged_in(1).await?,
        "a session in use, at its end"
    );
    store.port.put_otp_proof(&id(1), FIVE_MINUTES).await?;
    ensure!(
        !store.port.take_otp_proof(&id(1)).await?,
        "a proof in a session past its end"
    );
    Ok(())
}

async fn an_ended_session_is_gone(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    store.log_in(2, principal(1)).await?;
    for _ in 0..2 {
        store.port.end(&id(1)).await?;
        ensure!(!store.is_logged_in(1).await?, "an ended session");
        ensure!(
            store.is_logged_in(2).await?,
            "another session of the same user"
        );
    }
    Ok(())
}

async fn all_sessions_of_a_principal_end_and_no_others(store: Store) -> CaseResult {
    let clerk: StaffId = user_id(1).as_str().parse()?;
    let others = [
        principal(2),
        Principal::User(Subject::new(other_contract(), user_id(1))),
        Principal::Staff(clerk),
    ];
    for number in 1..=3 {
        store.log_in(number, principal(1)).await?;
    }
    for (number, other) in (4..).zip(others.clone()) {
        store.log_in(number, other).await?;
    }
    for expected in [3, 0] {
        let ended = store.port.end_all(&principal(1), None).await?;
        ensure_eq!(ended, expected, "how many sessions ended");
        for number in 1..=3 {
            ensure!(
                !store.is_logged_in(number).await?,
                "session {number} of the principal"
            );
        }
        for (number, other) in (4..).zip(&others) {
            ensure!(
                store.is_logged_in(number).await?,
                "the session of {other:?}"
            );
        }
    }
    Ok(())
}

async fn all_sessions_but_one_end_where_one_is_excepted(store: Store) -> CaseResult {
    for number in 1..=3 {
        store.log_in(number, principal(1)).await?;
    }
    store.log_in(4, principal(2)).await?;
    let ended = store.port.end_all(&principal(1), Some(&id(2))).await?;
    ensure_eq!(ended, 2, "how many sessions ended");
    for (number, expected) in [(1, false), (2, true), (3, false), (4, true)] {
        let found = store.is_logged_in(number).await?;
        ensure_eq!(found, expected, "whether session {number} goes on");
    }
    // The session of somebody else is no exception to anything.
    let ended = store.port.end_all(&principal(1), Some(&id(4))).await?;
    ensure_eq!(ended, 1, "how many sessions ended");
    ensure!(!store.is_logged_in(2).await?, "the last session");
    ensure!(store.is_logged_in(4).await?, "the session of another");
    Ok(())
}

async fn a_proof_is_seen_until_it_is_taken_or_runs_out(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    let before = store.clock.now().await;
    store.port.put_otp_proof(&id(1), FIVE_MINUTES).await?;
    let (earliest, latest) = (before.plus(FIVE_MINUTES), store.clock.now().await);
    let latest = latest.plus(FIVE_MINUTES);
    let seen = store.proof_seen(1).await?;
    ensure!(
        seen.is_some_and(|until| (earliest..=latest).contains(&until)),
        "what is seen of the proof: {seen:?} instead of {earliest} to {latest}"
    );
    ensure!(
        store.port.take_otp_proof(&id(1)).await?,
        "the proof is there"
    );
    ensure_eq!(store.proof_seen(1).await?, None, "a proof that was taken");

    store.port.put_otp_proof(&id(1), FIVE_MINUTES).await?;
    store.clock.advance(FIVE_MINUTES).await;
    ensure_eq!(store.proof_seen(1).await?, None, "a proof that ran out");
    Ok(())
}

async fn a_proof_is_taken_once_for_each_time_it_was_put(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    ensure!(
        !store.port.take_otp_proof(&id(1)).await?,
        "no proof was put yet"
    );
    for _ in 0..3 {
        store.port.put_otp_proof(&id(1), FIVE_MINUTES).await?;
        ensure!(
            store.port.take_otp_proof(&id(1)).await?,
            "the proof is there"
        );
        ensure!(
            !store.port.take_otp_proof(&id(1)).await?,
            "the proof is used up"
        );
    }
    Ok(())
}

async fn a_proof_that_ran_out_is_none(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    store.port.put_otp_proof(&id(1), FIVE_MINUTES).await?;
    store.clock.advance(FIVE_MINUTES).await;
    ensure!(
        !store.port.take_otp_proof(&id(1)).await?,
        "the proof ran out"
    );
    Ok(())
}

async fn a_proof_needs_a_session(store: Store) -> CaseResult {
    store.port.put_otp_proof(&id(1), FIVE_MINUTES).await?;
    ensure!(
        !store.port.take_otp_proof(&id(1)).await?,
        "a proof without a session"
    );
    ensure!(!store.is_logged_in(1).await?, "a proof made a session");
    store.log_in(2, principal(1)).await?;
    store.port.put_otp_proof(&id(2), FIVE_MINUTES).await?;
    store.port.end(&id(2)).await?;
    ensure!(
        !store.port.take_otp_proof(&id(2)).await?,
        "a proof outlived its session"
    );
    Ok(())
}

async fn a_proof_is_good_in_its_session_only(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    store.log_in(2, principal(1)).await?;
    store.port.put_otp_proof(&id(1), FIVE_MINUTES).await?;
    ensure!(
        !store.port.take_otp_proof(&id(2)).await?,
        "another session of the same user"
    );
    ensure!(
        store.port.take_otp_proof(&id(1)).await?,
        "the session it was put in"
    );
    Ok(())
}

async fn of_parallel_takers_one_gets_the_proof(store: Store) -> CaseResult {
    store.log_in(1, principal(1)).await?;
    for round in 0..rounds(20, 500) {
        store.port.put_otp_proof(&id(1), FIVE_MINUTES).await?;
        let one = |_| {
            let store = store.clone();
            async move { Ok(store.port.take_otp_proof(&id(1)).await?) }
        };
        let taken = at_once(50, one)
            .await?
            .into_iter()
            .filter(|taken| *taken)
            .count();
        ensure_eq!(taken, 1, "proofs taken in round {round}");
    }
    Ok(())
}
