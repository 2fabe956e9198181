//! What a reissue depends on: the request that it answers, the proof that entitles to it, the person
//! whom it is for.

use std::time::Duration;

use warifu_core::domain::retrieval_record::{
    CandidateRecord, MarkedRequest, NewRetrievalPassword, ReissueAnswer, ReissueRoute,
    RetrievalReservation, RetrievalVerdict,
};
use warifu_core::domain::{IdempotencyKey, PersonIdentity, RequestDigest};

use super::Store;
use crate::case::{CaseResult, Failure, at_once, ensure, ensure_eq, rounds};
use crate::samples::{lease, new_password, user};

const DAY: Duration = Duration::from_hours(24);

fn request(name: &str) -> Result<RequestDigest, Failure> {
    let key = IdempotencyKey::parse(name).ok_or_else(|| Failure::new("not a key"))?;
    Ok(RequestDigest::of(&user(9), &user(1), &key))
}

fn marked(number: usize, digest: RequestDigest) -> NewRetrievalPassword {
    NewRetrievalPassword {
        request: Some(MarkedRequest {
            digest,
            remember_for: DAY,
        }),
        ..new_password(number)
    }
}

pub(super) async fn a_marked_request_is_carried_out_once_while_it_is_remembered(
    store: Store,
) -> CaseResult {
    let (one, other) = (request("order-1")?, request("order-2")?);
    let carried_out = async |digest| store.port.carried_out(&user(1), digest).await;
    ensure!(!carried_out(one).await?, "nothing was carried out yet");
    let times = store.issue(marked(1, one)).await?;
    ensure!(carried_out(one).await?, "it was carried out");
    ensure!(!carried_out(other).await?, "the other was not");
    ensure!(
        !store.port.carried_out(&user(2), one).await?,
        "nor was it for another user"
    );
    // Asked again with the same id, as after a lost answer: the same reissue.
    ensure_eq!(
        store.ask(marked(1, one)).await?,
        ReissueAnswer::Issued(times),
        "the same call again"
    );
    store.issue(marked(2, other)).await?;
    for digest in [one, other] {
        let answer = store.ask(marked(3, digest)).await?;
        ensure_eq!(answer, ReissueAnswer::Repeated, "the same request again");
    }
    ensure_eq!(
        candidate(&store).await?.map(|found| found.id),
        Some(new_password(2).id),
        "a repetition changes nothing"
    );
    store.clock.advance(DAY).await;
    ensure!(!carried_out(one).await?, "it is remembered for its time");
    store.issue(marked(4, one)).await?;
    ensure!(carried_out(one).await?, "it was carried out anew");
    Ok(())
}

pub(super) async fn of_parallel_marked_requests_one_is_carried_out(store: Store) -> CaseResult {
    for round in 0..rounds(20, 500) {
        let digest = request(&format!("order-{round}"))?;
        let one = |number: usize| {
            let store = store.clone();
            async move { store.ask(marked(round * 100 + number, digest)).await }
        };
        let answers = at_once(20, one).await?;
        let issued = answers
            .iter()
            .filter(|answer| matches!(answer, ReissueAnswer::Issued(_)))
            .count();
        ensure_eq!(issued, 1, "reissues for one request in round {round}");
    }
    Ok(())
}

pub(super) async fn a_proof_made_before_anothers_reissue_is_worth_nothing(
    store: Store,
) -> CaseResult {
    let moment = Duration::from_secs(10);
    for (round, route) in [ReissueRoute::Administrator, ReissueRoute::Paper]
        .into_iter()
        .enumerate()
    {
        let verified_at = store.clock.now().await;
        let own = |number| NewRetrievalPassword {
            verified_at: Some(verified_at),
            route: ReissueRoute::SelfService,
            ..new_password(round * 10 + number)
        };
        store.clock.advance(moment).await;
        store.issue(own(1)).await?;
        store.clock.advance(moment).await;
        // One's own reissue takes no proof away: the session does that.
        store.issue(own(2)).await?;
        store.clock.advance(moment).await;
        store
            .issue(NewRetrievalPassword {
                route,
                ..new_password(round * 10 + 3)
            })
            .await?;
        store.clock.advance(moment).await;
        ensure_eq!(
            store.ask(own(4)).await?,
            ReissueAnswer::Overtaken,
            "a proof from before a reissue by {route:?}"
        );
        let current = candidate(&store).await?.map(|found| found.id);
        let left = Some(new_password(round * 10 + 3).id);
        ensure_eq!(current, left, "the password that is left");
        let fresh = NewRetrievalPassword {
            verified_at: Some(store.clock.now().await),
            ..own(5)
        };
        store.issue(fresh).await?;
    }
    Ok(())
}

pub(super) async fn a_candidate_says_for_whom_and_by_whom_it_was_issued(
    store: Store,
) -> CaseResult {
    for (number, identity) in [Some("7b9d-1"), None, Some("x")].into_iter().enumerate() {
        let identity = identity.and_then(PersonIdentity::parse);
        store
            .issue(NewRetrievalPassword {
                identity: identity.clone(),
                operator: format!("operator {number}"),
                ..new_password(number)
            })
            .await?;
        let found = candidate(&store).await?;
        let found = found.map(|found| (found.identity, found.operator));
        let expected = (identity, format!("operator {number}"));
        ensure_eq!(found, Some(expected), "what is known of reissue {number}");
    }
    Ok(())
}

/// What an entry would be checked against.
async fn candidate(store: &Store) -> Result<Option<CandidateRecord>, Failure> {
    let lease = lease(8_000_001);
    let reserved = store.reserve(lease).await?;
    store.settle(lease, RetrievalVerdict::NotAsked).await?;
    match reserved {
        RetrievalReservation::Granted(candidate) => Ok(candidate),
        other => Err(Failure::new(format!("the reservation was {other:?}"))),
    }
}
