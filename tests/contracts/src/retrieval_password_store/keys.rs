//! Whose key a password is redeemed for.

use super::{
    CaseResult, ISSUE_LEASE, MOMENT, RetrievalSettlement, RetrievalVerdict, Store,
    StoredCertificate, VALID_FOR, WON, client_key, ensure_eq, lease, new_password, paper, refused,
    server_key,
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
        RetrievalSettlement::Consumed,
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
        RetrievalSettlement::Consumed,
        "another key afterwards"
    );
    let answer = store.attempt(lease(2), RetrievalVerdict::Wrong).await?;
    ensure_eq!(
        answer,
        refused(2),
        "the failure, the redemption and this one"
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
    for key in [client_key(2), server_key(2)] {
        let answer = store.redeem(1, key).await?;
        ensure_eq!(
            answer,
            RetrievalSettlement::Consumed,
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
        RetrievalSettlement::Consumed,
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
    ensure_eq!(answer, RetrievalSettlement::Consumed, "another key");
    Ok(())
}
