//! What was not answered taught nobody anything, and is not charged.

use warifu_core::domain::attempts::UNANSWERED_WINDOW;

use super::{
    CaseResult, LEASE, RetrievalReservation, RetrievalSettlement, RetrievalVerdict, Store, WON,
    client_key, ensure_eq, lease, lock_out, new_password, refused, right,
};

pub(super) async fn an_abandoned_reservation_is_released(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    store.reserve(lease(1)).await?;
    store.clock.advance(LEASE).await;
    let answer = store.settle(lease(1), right(1, client_key(1))).await?;
    ensure_eq!(
        answer,
        RetrievalSettlement::Lost,
        "a right entry settled too late"
    );
    let answer = store.attempt(lease(2), RetrievalVerdict::Wrong).await?;
    ensure_eq!(answer, refused(4), "the abandoned one was not counted");
    for number in 3..=6 {
        store.reserve(lease(number)).await?;
    }
    store.clock.advance(LEASE).await;
    ensure_eq!(
        store.redeem(1, client_key(1)).await?,
        WON,
        "the right entry after four more abandoned"
    );
    Ok(())
}

pub(super) async fn ten_entries_without_an_answer_suspend(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    let until = store.clock.now().await.plus(UNANSWERED_WINDOW);
    for number in 1..=10 {
        let answer = store
            .attempt(lease(number), RetrievalVerdict::Undecided)
            .await?;
        ensure_eq!(answer, RetrievalSettlement::Released, "entry {number}");
    }
    let answer = store.reserve(lease(11)).await?;
    ensure_eq!(
        answer,
        RetrievalReservation::Suspended { until },
        "the eleventh"
    );
    store.clock.advance(UNANSWERED_WINDOW).await;
    ensure_eq!(
        store.redeem(1, client_key(1)).await?,
        WON,
        "the right entry after the window"
    );
    Ok(())
}

pub(super) async fn a_withdrawn_entry_was_never_counted(store: Store) -> CaseResult {
    store.reissue(new_password(1)).await?;
    lock_out(&store).await?;
    let answer = store.settle(lease(5), RetrievalVerdict::Withdrawn).await?;
    ensure_eq!(
        answer,
        RetrievalSettlement::Released,
        "the entry that locked"
    );
    ensure_eq!(
        store.redeem(1, client_key(1)).await?,
        WON,
        "the right entry after four answered wrong ones"
    );
    Ok(())
}
