//! Whose key a password is redeemed for.

use super::{
    CaseResult, Charge, ISSUE_LEASE, Lock, MOMENT, RetrievalReservation, RetrievalSettlement,
    RetrievalVerdict, START, Store, StoredCertificate, VALID_FOR, WON, client_key, consumed,
    ensure_eq, lease, locked, new_password, paper, refused, right, server_key,
};

pub(super) async fn the_first_key_wins_and_gets_its_certificate_again(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    store.attempt(lease(1), RetrievalVerdict::Wrong).await?;
    ensure_eq!(store.redeem(1, client_key(1)).await?, WON, "the first key");
    let again = store.redeem(1, client_key(1)).await?;
    ensure_eq!(
        again,
        RetrievalSettlement::SameKey { certificate: None },
        "the same key before there is a certificate"
    );
    let answer = store.redeem(1, client_key(2)).await?;
    ensure_eq!(
        answer,
        consumed(Charge::Counted { failures_left: 2 }),
        "another key, meanwhile"
    );
    store.store(1, client_key(1), paper(1)).await?;
    // A crash may keep the certificate from its owner until after the password's end.
    store.clock.advance(VALID_FOR * 2).await;
    let certificate = Some(Box::new(paper(1)));
    let again = store.redeem(1, client_key(1)).await?;
    ensure_eq!(
        again,
        RetrievalSettlement::SameKey { certificate },
        "the same key afterwards"
    );
    let answer = store.redeem(1, client_key(2)).await?;
    ensure_eq!(
        answer,
        consumed(Charge::Counted { failures_left: 1 }),
        "another key afterwards"
    );
    let answer = store.attempt(lease(2), RetrievalVerdict::Wrong).await?;
    ensure_eq!(
        answer,
        RetrievalSettlement::Locked(Lock {
            since: START.plus(VALID_FOR * 2),
            ..locked(true)
        }),
        "the failure, the redemption, another key twice and this one"
    );
    Ok(())
}

pub(super) async fn a_certificate_is_stored_for_the_winning_key_only(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    let early = store.store(1, client_key(1), paper(1)).await?;
    ensure_eq!(early, StoredCertificate::NotYours, "a key that has not won");
    store.redeem(1, client_key(1)).await?;
    for (record, key) in [(1, client_key(2)), (1, server_key(1)), (2, client_key(1))] {
        let answer = store.store(record, key, paper(9)).await?;
        ensure_eq!(
            answer,
            StoredCertificate::NotYours,
            "record {record} for {key:?}"
        );
    }
    let first = StoredCertificate::Deliver(Box::new(paper(1)));
    ensure_eq!(
        store.store(1, client_key(1), paper(1)).await?,
        first,
        "the winning key"
    );
    ensure_eq!(
        store.store(1, client_key(1), paper(2)).await?,
        first,
        "the same key again"
    );
    let answer = store.store(1, client_key(2), paper(3)).await?;
    ensure_eq!(
        answer,
        StoredCertificate::NotYours,
        "another key afterwards"
    );
    store.reissue(new_password(2)).await?;
    let answer = store.store(1, client_key(1), paper(1)).await?;
    ensure_eq!(
        answer,
        StoredCertificate::NotYours,
        "the key of a superseded password"
    );
    Ok(())
}

pub(super) async fn a_customers_key_keeps_its_claim_for_ever(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    ensure_eq!(store.redeem(1, client_key(1)).await?, WON, "the first key");
    store.clock.advance(ISSUE_LEASE * 10).await;
    for (key, failures_left) in [(client_key(2), 3), (server_key(2), 2)] {
        let answer = store.redeem(1, key).await?;
        ensure_eq!(
            answer,
            consumed(Charge::Counted { failures_left }),
            "another key, {key:?}"
        );
    }
    let answer = store.redeem(1, client_key(1)).await?;
    ensure_eq!(
        answer,
        RetrievalSettlement::SameKey { certificate: None },
        "the first key"
    );
    Ok(())
}

pub(super) async fn an_abandoned_server_key_gives_way_after_its_time(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    ensure_eq!(store.redeem(1, server_key(1)).await?, WON, "the first key");
    store
        .clock
        .advance(ISSUE_LEASE.saturating_sub(MOMENT))
        .await;
    let answer = store.redeem(1, server_key(2)).await?;
    ensure_eq!(
        answer,
        consumed(Charge::Counted { failures_left: 3 }),
        "another key while the first is at work"
    );
    store.clock.advance(MOMENT).await;
    let taken = RetrievalSettlement::Won {
        abandoned: Some(server_key(1).fingerprint),
    };
    ensure_eq!(
        store.redeem(1, server_key(2)).await?,
        taken,
        "another key after its time"
    );
    let answer = store.store(1, server_key(1), paper(1)).await?;
    ensure_eq!(
        answer,
        StoredCertificate::NotYours,
        "the first key, come back"
    );
    let answer = store.store(1, server_key(2), paper(2)).await?;
    ensure_eq!(
        answer,
        StoredCertificate::Deliver(Box::new(paper(2))),
        "the key that took over"
    );
    Ok(())
}

pub(super) async fn a_delivered_server_key_never_gives_way(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    store.redeem(1, server_key(1)).await?;
    store.store(1, server_key(1), paper(1)).await?;
    store.clock.advance(ISSUE_LEASE * 10).await;
    let answer = store.redeem(1, server_key(2)).await?;
    ensure_eq!(
        answer,
        consumed(Charge::Counted { failures_left: 3 }),
        "another key"
    );
    Ok(())
}

/// The used password with another key is a wrong entry, in words and in number.
pub(super) async fn a_used_password_with_another_key_is_a_wrong_entry(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    store.redeem(1, client_key(1)).await?;
    store.store(1, client_key(1), paper(1)).await?;
    for left in (1..=3).rev() {
        let answer = store.redeem(1, client_key(2)).await?;
        let counted = Charge::Counted {
            failures_left: left,
        };
        ensure_eq!(answer, consumed(counted), "{left} left");
    }
    let answer = store.redeem(1, client_key(2)).await?;
    ensure_eq!(
        answer,
        consumed(Charge::Locked(locked(true))),
        "the last of the budget"
    );
    let answer = store.reserve(lease(20)).await?;
    ensure_eq!(
        answer,
        RetrievalReservation::Locked(locked(false)),
        "whatever is entered afterwards"
    );
    Ok(())
}

/// Somebody's double click is no failure.
pub(super) async fn what_was_checked_beside_the_redemption_is_excused(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    for number in 1..=5 {
        store.reserve(lease(number)).await?;
    }
    let answer = store.settle(lease(1), right(1, client_key(1))).await?;
    ensure_eq!(answer, WON, "the first key");
    let counted = Charge::Counted { failures_left: 4 };
    for number in 2..=4 {
        let answer = store
            .settle(lease(number), right(1, client_key(number)))
            .await?;
        ensure_eq!(answer, consumed(counted), "key {number}, at the same time");
    }
    let answer = store.settle(lease(5), RetrievalVerdict::Wrong).await?;
    ensure_eq!(answer, refused(3), "a wrong entry at the same time");
    Ok(())
}
