//! What is remembered beside the counters: newer hashes, logins.

use warifu_core::domain::HashDigest;

use super::{
    AttemptKey, CaseResult, Duration, GrantedAttempt, Purpose, START, Store, StoredHash,
    StoredReservation, Subject, Verdict, ensure_eq, granted, hash, lease, login, other_contract,
    policy, user, user_id,
};

/// A decision of staff asks for their login password.
pub(super) async fn a_decision_is_checked_against_the_newer_hash_of_logins(
    store: Store,
) -> CaseResult {
    let newer = StoredHash {
        replaces: HashDigest::of(&hash(0)),
        hash: hash(1),
    };
    store
        .port
        .remember_hash(&user(1), Purpose::Login, newer.clone())
        .await?;
    let key = AttemptKey::of(user(1), Purpose::StaffDecision);
    let expected = StoredReservation::Granted(GrantedAttempt {
        barred: false,
        stored_hash: Some(newer),
    });
    ensure_eq!(store.reserve(&key, lease(1)).await?, expected, "a decision");
    Ok(())
}

pub(super) async fn the_login_before_is_told(store: Store) -> CaseResult {
    ensure_eq!(
        store.port.note_login(&user(1)).await?,
        None,
        "the first login"
    );
    store.clock.advance(Duration::from_mins(1)).await;
    ensure_eq!(
        store.port.note_login(&user(1)).await?,
        Some(START),
        "the second login"
    );
    let before = store.clock.now().await;
    store.clock.advance(Duration::from_mins(1)).await;
    ensure_eq!(
        store.port.note_login(&user(1)).await?,
        Some(before),
        "the third login"
    );
    let namesake = Subject::new(other_contract(), user_id(1));
    ensure_eq!(
        store.port.note_login(&namesake).await?,
        None,
        "somebody else's first login"
    );
    Ok(())
}

pub(super) async fn a_newer_hash_comes_with_every_later_reservation(store: Store) -> CaseResult {
    let newer = |number| StoredHash {
        replaces: HashDigest::of(&hash(0)),
        hash: hash(number),
    };
    for number in 1..=2 {
        store
            .port
            .remember_hash(&user(1), Purpose::Login, newer(number))
            .await?;
        for verdict in [Verdict::Wrong, Verdict::Right] {
            let granted = GrantedAttempt {
                barred: false,
                stored_hash: Some(newer(number)),
            };
            let answer = store.reserve(&login(1), lease(number)).await?;
            ensure_eq!(
                answer,
                StoredReservation::Granted(granted),
                "with hash {number}"
            );
            store.settle(&login(1), lease(number), verdict).await?;
        }
        store
            .port
            .unlock(&user(1), Purpose::Login, &policy())
            .await?;
    }
    let namesake = Subject::new(other_contract(), user_id(1));
    for key in [
        AttemptKey::of(user(1), Purpose::Transaction),
        login(2),
        AttemptKey::of(namesake, Purpose::Login),
    ] {
        ensure_eq!(
            store.reserve(&key, lease(9)).await?,
            granted(),
            "a hash that is not its own"
        );
    }
    Ok(())
}
