//! Passwords that are taken back.

use super::{
    Cancellation, CaseResult, Charge, NotRedeemable, Store, VALID_FOR, WON, client_key, ensure_eq,
    new_password, not_redeemable, paper, reissue_id,
};

pub(super) async fn a_cancelled_password_redeems_nothing(store: Store) -> CaseResult {
    ensure_eq!(
        store.cancel(reissue_id(1)).await?,
        Cancellation::Unknown,
        "no such reissue"
    );
    store.reissue(new_password(1)).await?;
    ensure_eq!(
        store.cancel(reissue_id(2)).await?,
        Cancellation::Unknown,
        "no such reissue"
    );
    ensure_eq!(
        store.cancel(reissue_id(1)).await?,
        Cancellation::Cancelled,
        "a fresh one"
    );
    ensure_eq!(
        store.cancel(reissue_id(1)).await?,
        Cancellation::AlreadyVoid,
        "once more"
    );
    let answer = store.redeem(1, client_key(1)).await?;
    ensure_eq!(
        answer,
        not_redeemable(NotRedeemable::Stale, Charge::Counted { failures_left: 4 }),
        "the cancelled password"
    );
    store.reissue(new_password(2)).await?;
    store.clock.advance(VALID_FOR).await;
    ensure_eq!(
        store.cancel(reissue_id(2)).await?,
        Cancellation::AlreadyVoid,
        "an expired one"
    );
    store.reissue(new_password(3)).await?;
    ensure_eq!(
        store.cancel(reissue_id(2)).await?,
        Cancellation::AlreadyVoid,
        "a superseded one"
    );
    ensure_eq!(
        store.redeem(3, client_key(1)).await?,
        WON,
        "the password that was not cancelled"
    );
    Ok(())
}

pub(super) async fn what_is_being_redeemed_is_not_cancelled(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    store.redeem(1, client_key(1)).await?;
    let redeemed = Cancellation::AlreadyRedeemed;
    ensure_eq!(
        store.cancel(reissue_id(1)).await?,
        redeemed,
        "while the certificate is made"
    );
    store.store(1, client_key(1), paper(1)).await?;
    ensure_eq!(
        store.cancel(reissue_id(1)).await?,
        redeemed,
        "once it is stored"
    );
    store.reissue(new_password(2)).await?;
    ensure_eq!(
        store.cancel(reissue_id(1)).await?,
        redeemed,
        "when another one is current"
    );
    Ok(())
}
