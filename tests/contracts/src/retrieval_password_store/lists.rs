//! What administrators see of retrieval passwords.

use std::time::Duration;

use warifu_core::domain::retrieval_record::{
    NewRetrievalPassword, Reissue, ReissueRoute, ReissueStatus, RetrievalPasswordStatus,
    RetrievalVerdict,
};
use warifu_core::domain::{ReissueId, Subject};

use super::{Store, lock_out, paper};
use crate::case::{CaseResult, ensure, ensure_eq};
use crate::samples::{
    VALID_FOR, client_key, contract, lease, new_password, other_contract, reissue_id,
    retrieval_policy, user, user_id,
};

const MINUTE: Duration = Duration::from_mins(1);

fn ids(reissues: &[Reissue]) -> Vec<ReissueId> {
    reissues.iter().map(|reissue| reissue.id).collect()
}

/// Reissues 1 to 6 for users 1, 2, 1, 2, 1, 2, a minute apart, and number 7 in another contract.
async fn seven_reissues(store: &Store) -> CaseResult {
    for number in 1..=6 {
        let subject = user(2 - number % 2);
        store
            .port
            .reissue(&subject, new_password(number), &retrieval_policy())
            .await?;
        store.clock.advance(MINUTE).await;
    }
    let namesake = Subject::new(other_contract(), user_id(1));
    store
        .port
        .reissue(&namesake, new_password(7), &retrieval_policy())
        .await?;
    Ok(())
}

pub(super) async fn reissues_are_listed_newest_first(store: Store) -> CaseResult {
    seven_reissues(&store).await?;
    let list = async |contract, user, limit| {
        let policy = retrieval_policy();
        store
            .port
            .reissues(contract, user, &policy, limit)
            .await
            .map(|found| ids(&found))
    };
    let (here, there, one) = (contract(), other_contract(), user_id(1));
    let numbered = |numbers: &[usize]| numbers.iter().copied().map(reissue_id).collect::<Vec<_>>();
    ensure_eq!(
        list(&here, None, 100).await?,
        numbered(&[6, 5, 4, 3, 2, 1]),
        "all of a contract"
    );
    ensure_eq!(
        list(&here, None, 4).await?,
        numbered(&[6, 5, 4, 3]),
        "the newest four"
    );
    ensure_eq!(
        list(&here, Some(&one), 100).await?,
        numbered(&[5, 3, 1]),
        "those of one user"
    );
    ensure_eq!(
        list(&here, Some(&one), 2).await?,
        numbered(&[5, 3]),
        "the newest two of one user"
    );
    ensure_eq!(
        list(&there, None, 100).await?,
        numbered(&[7]),
        "those of another contract"
    );
    ensure_eq!(
        list(&there, Some(&user_id(2)), 9).await?,
        [],
        "of a user without any"
    );
    Ok(())
}

pub(super) async fn a_reissue_is_found_within_its_contract_only(store: Store) -> CaseResult {
    seven_reissues(&store).await?;
    for number in 1..=6 {
        let found = store.port.find(&contract(), reissue_id(number)).await?;
        ensure_eq!(
            found,
            Some(user_id(2 - number % 2)),
            "reissue {number} in its contract"
        );
        let found = store
            .port
            .find(&other_contract(), reissue_id(number))
            .await?;
        ensure_eq!(found, None, "reissue {number} in another contract");
    }
    ensure_eq!(
        store.port.find(&contract(), reissue_id(7)).await?,
        None,
        "another contract's"
    );
    ensure_eq!(
        store.port.find(&contract(), reissue_id(8)).await?,
        None,
        "nobody's"
    );
    Ok(())
}

pub(super) async fn a_reissue_keeps_its_story(store: Store) -> CaseResult {
    let now = store.clock.now().await;
    let operator = "user00001".to_owned();
    let route = ReissueRoute::SelfService;
    store
        .reissue(NewRetrievalPassword {
            operator,
            route,
            ..new_password(1)
        })
        .await?;
    store.reissue(new_password(2)).await?;
    store.redeem(2, client_key(1)).await?;
    store.store(2, client_key(1), paper(1)).await?;
    store.reissue(new_password(3)).await?;
    store.cancel(reissue_id(3)).await?;
    store.reissue(new_password(4)).await?;
    lock_out(&store).await?;

    let found = store
        .port
        .reissues(&contract(), None, &retrieval_policy(), 100)
        .await?;
    let statuses: Vec<_> = found.iter().map(|reissue| reissue.status).collect();
    ensure_eq!(
        statuses,
        [
            ReissueStatus::Locked,
            ReissueStatus::Cancelled,
            ReissueStatus::Redeemed,
            ReissueStatus::Superseded
        ],
        "what became of four reissues"
    );
    let expected = Reissue {
        id: reissue_id(1),
        user: user_id(1),
        operator: "user00001".to_owned(),
        route: ReissueRoute::SelfService,
        issued_at: now,
        expires_at: now.plus(VALID_FOR),
        status: ReissueStatus::Superseded,
        handed_over: None,
    };
    ensure!(
        found.contains(&expected),
        "the first reissue is not listed as it was: {found:?}"
    );

    store.reissue(new_password(5)).await?;
    store.clock.advance(VALID_FOR).await;
    let found = store
        .port
        .reissues(&contract(), None, &retrieval_policy(), 1)
        .await?;
    ensure_eq!(
        found[0].status,
        ReissueStatus::Expired,
        "the last one after its time"
    );
    Ok(())
}

pub(super) async fn states_are_answered_in_order(store: Store) -> CaseResult {
    let now = store.clock.now().await;
    store.reissue(new_password(1)).await?;
    lock_out(&store).await?;
    store
        .port
        .reissue(&user(2), new_password(2), &retrieval_policy())
        .await?;
    // User 3 has no password and one wrong entry.
    store
        .port
        .reserve(&user(3), &retrieval_policy(), lease(1))
        .await?;
    let wrong = RetrievalVerdict::Wrong;
    store
        .port
        .settle(&user(3), &retrieval_policy(), lease(1), wrong)
        .await?;

    let state = |status, locked| RetrievalPasswordStatus {
        status: Some(status),
        expires_at: Some(now.plus(VALID_FOR)),
        locked,
        handed_over: None,
    };
    let none = RetrievalPasswordStatus {
        status: None,
        expires_at: None,
        locked: false,
        handed_over: None,
    };
    let issued = state(ReissueStatus::Issued, false);
    let asked = [4, 2, 1, 3, 2].map(user_id);
    ensure_eq!(
        store
            .port
            .statuses(&contract(), &asked, &retrieval_policy())
            .await?,
        [
            none,
            issued,
            state(ReissueStatus::Locked, true),
            none,
            issued
        ],
        "the states of five users"
    );
    ensure_eq!(
        store
            .port
            .statuses(&other_contract(), &asked, &retrieval_policy())
            .await?,
        [none; 5],
        "the states of their namesakes"
    );
    Ok(())
}
