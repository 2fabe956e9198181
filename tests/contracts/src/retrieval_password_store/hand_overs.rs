//! Passwords that are handed over to their users.

use std::time::Duration;

use warifu_core::domain::Subject;
use warifu_core::domain::retrieval_record::{
    HandOver, HandOverAnswer, HandOverWay, NewRetrievalPassword, ReissueRoute,
};

use super::{CaseResult, Failure, Store, VALID_FOR, client_key, ensure_eq, paper};
use crate::samples::{
    contract, new_password, other_contract, reissue_id, retrieval_policy, user, user_id,
};

const MINUTE: Duration = Duration::from_mins(1);

async fn hand_over(
    store: &Store,
    reissue: usize,
    way: HandOverWay,
) -> Result<HandOverAnswer, Failure> {
    let (user, reissue) = (user(1), reissue_id(reissue));
    Ok(store.port.hand_over(&user, reissue, way).await?)
}

/// What the list of users and that of reissues, newest first, tell of user 1.
async fn told(store: &Store) -> Result<(Option<HandOver>, Vec<Option<HandOver>>), Failure> {
    let (policy, contract, user) = (retrieval_policy(), contract(), user_id(1));
    let users = [user.clone()];
    let statuses = store.port.statuses(&contract, &users, &policy).await?;
    let reissues = store.port.reissues(&contract, Some(&user), &policy, 100);
    let reissues = reissues.await?.into_iter();
    Ok((
        statuses[0].handed_over,
        reissues.map(|reissue| reissue.handed_over).collect(),
    ))
}

pub(super) async fn what_was_handed_over_is_listed_until_it_is_used(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    ensure_eq!(told(&store).await?, (None, vec![None]), "before");
    store.clock.advance(MINUTE).await;
    let noted = |way, at| Some(HandOver { way, at });
    let by_hand = noted(HandOverWay::InPerson, store.clock.now().await);
    ensure_eq!(
        hand_over(&store, 1, HandOverWay::InPerson).await?,
        HandOverAnswer::Noted,
        "a fresh one"
    );
    ensure_eq!(told(&store).await?, (by_hand, vec![by_hand]), "afterwards");

    // Whoever chose the wrong way says so again.
    store.clock.advance(MINUTE).await;
    let by_telephone = noted(HandOverWay::Telephone, store.clock.now().await);
    ensure_eq!(
        hand_over(&store, 1, HandOverWay::Telephone).await?,
        HandOverAnswer::Noted,
        "once more"
    );
    ensure_eq!(
        told(&store).await?,
        (by_telephone, vec![by_telephone]),
        "corrected"
    );

    store.redeem(1, client_key(1)).await?;
    store.store(1, client_key(1), paper(1)).await?;
    ensure_eq!(told(&store).await?, (None, vec![None]), "once it is used");

    store.reissue(new_password(2)).await?;
    hand_over(&store, 2, HandOverWay::InPerson).await?;
    store.reissue(new_password(3)).await?;
    ensure_eq!(
        told(&store).await?,
        (None, vec![None, None, None]),
        "of a newer password and those before"
    );
    hand_over(&store, 3, HandOverWay::InPerson).await?;
    store.cancel(reissue_id(3)).await?;
    ensure_eq!(
        told(&store).await?.0,
        None,
        "of a password that was taken back"
    );
    Ok(())
}

pub(super) async fn what_waits_for_nobody_is_not_handed_over(store: Store) -> CaseResult {
    let way = HandOverWay::InPerson;
    ensure_eq!(
        hand_over(&store, 1, way).await?,
        HandOverAnswer::Unknown,
        "of somebody without any"
    );
    store.reissue(new_password(1)).await?;
    ensure_eq!(
        hand_over(&store, 2, way).await?,
        HandOverAnswer::Unknown,
        "one that there is not"
    );
    store.redeem(1, client_key(1)).await?;
    let not_waiting = HandOverAnswer::NotWaiting;
    ensure_eq!(
        hand_over(&store, 1, way).await?,
        not_waiting,
        "while the certificate is made"
    );
    store.reissue(new_password(2)).await?;
    ensure_eq!(
        hand_over(&store, 1, way).await?,
        not_waiting,
        "a superseded one"
    );
    store.cancel(reissue_id(2)).await?;
    ensure_eq!(
        hand_over(&store, 2, way).await?,
        not_waiting,
        "a cancelled one"
    );
    for (number, route) in [(3, ReissueRoute::SelfService), (4, ReissueRoute::Paper)] {
        store
            .reissue(NewRetrievalPassword {
                route,
                ..new_password(number)
            })
            .await?;
        ensure_eq!(
            hand_over(&store, number, way).await?,
            not_waiting,
            "one that no administrator made"
        );
    }
    store.reissue(new_password(5)).await?;
    store.clock.advance(VALID_FOR).await;
    ensure_eq!(
        hand_over(&store, 5, way).await?,
        not_waiting,
        "one whose time is over"
    );
    ensure_eq!(told(&store).await?.0, None, "nothing is noted");
    Ok(())
}

pub(super) async fn a_hand_over_is_of_its_contract_and_user(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    let namesake = Subject::new(other_contract(), user_id(1));
    for stranger in [user(2), namesake] {
        let way = HandOverWay::Telephone;
        let answer = store.port.hand_over(&stranger, reissue_id(1), way).await?;
        ensure_eq!(answer, HandOverAnswer::Unknown, "somebody else's");
    }
    ensure_eq!(told(&store).await?.0, None, "nothing is noted");
    Ok(())
}
