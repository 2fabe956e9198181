//! What is remembered beside the counters of known users: unknown names, newer hashes, logins.

use warifu_core::domain::HashDigest;

use super::{
    AttemptKey, CaseResult, Duration, Failure, GrantedAttempt, LOCK, LockDuration, Purpose, START,
    Settlement, Store, StoredHash, StoredReservation, Subject, Verdict, ensure, ensure_eq, granted,
    hash, lease, locked, login, other_contract, policy, policy_of, refused, user, user_id,
};

pub(super) async fn unknown_names_are_counted_like_known_ones(store: Store) -> CaseResult {
    let unknown = AttemptKey::Unknown(user(1));
    for number in 1..=4u32 {
        let answer = store
            .attempt(&unknown, lease(number as usize), Verdict::Wrong)
            .await?;
        ensure_eq!(answer, refused(5 - number), "wrong entry {number} of 5");
    }
    let answer = store.attempt(&unknown, lease(5), Verdict::Wrong).await?;
    ensure_eq!(
        answer,
        Settlement::Locked(locked(true)),
        "the fifth wrong entry"
    );
    let answer = store.attempt(&login(1), lease(6), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the counter of the user of that name");
    store.clock.advance(LOCK).await;
    let answer = store.attempt(&unknown, lease(7), Verdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "counting starts anew after the lock");
    Ok(())
}

pub(super) async fn unknown_names_share_a_bounded_number_of_counters(store: Store) -> CaseResult {
    // With N of 65,536 counters locked, a fresh name meets a locked one with N in 65,536: of 4,000
    // fresh names about 460 do. With a counter a name none would.
    let strict = policy_of(1, LockDuration::UntilUnlocked);
    let mut met_a_lock = 0;
    for number in 0..12_000 {
        let is_fresh = number >= 8_000;
        let key = AttemptKey::Unknown(user(number));
        match store.port.reserve(&key, &strict, lease(number)).await? {
            StoredReservation::Granted(_) => {
                let verdict = if is_fresh {
                    Verdict::NotAsked
                } else {
                    Verdict::Wrong
                };
                store
                    .port
                    .settle(&key, &strict, lease(number), verdict)
                    .await?;
            }
            StoredReservation::Locked(_) => met_a_lock += u32::from(is_fresh),
            StoredReservation::Busy | StoredReservation::Suspended { .. } => {
                return Err(Failure::new("nobody else is there"));
            }
        }
    }
    ensure!(
        (300..=620).contains(&met_a_lock),
        "{met_a_lock} of 4,000 fresh names met a lock"
    );
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
        AttemptKey::Known(user(1), Purpose::Transaction),
        login(2),
        AttemptKey::Known(namesake, Purpose::Login),
    ] {
        ensure_eq!(
            store.reserve(&key, lease(9)).await?,
            granted(),
            "a hash that is not its own"
        );
    }
    Ok(())
}
