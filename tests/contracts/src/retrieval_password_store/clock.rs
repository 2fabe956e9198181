//! What a store's clock that is set does to retrieval passwords.

use std::time::Duration;

use super::{Store, WON};
use crate::case::{CaseResult, ensure_eq};
use crate::samples::{client_key, new_password};

pub(super) async fn without_a_hold_a_clock_that_goes_back_holds_nothing(
    store: Store,
) -> CaseResult {
    store.reissue(new_password(1)).await?;
    store.clock.turn_back(Duration::from_hours(1)).await;
    let answer = store.redeem(1, client_key(1)).await?;
    ensure_eq!(answer, WON, "an hour before it was made");
    Ok(())
}
