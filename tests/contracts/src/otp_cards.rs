//! [`OtpCards`]: one card a user, and nobody's card is taken from them.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_core::domain::paper_request::PaperLine;
use warifu_core::domain::{OneTimePassword, Subject};
use warifu_core::ports::{OtpCards, OtpVerdict, OtpVerifier, Rebinding};

use crate::case::{CaseResult, Failure, ensure_eq, suite};
use crate::samples::user;

/// Cards that a test can have in its hands.
#[async_trait]
pub trait CardsKit: Send + Sync {
    /// Where they are bound.
    fn cards(&self) -> Arc<dyn OtpCards>;

    /// Where their codes are checked.
    fn verifier(&self) -> Arc<dyn OtpVerifier>;

    /// Puts unbound cards of these serial numbers there.
    async fn stock(&self, serials: &[&str]) -> CaseResult;

    /// The next code that the card shows.
    async fn next_code(&self, serial: &str) -> Result<OneTimePassword, Failure>;
}

type Kit = Arc<dyn CardsKit>;

suite!($ otp_cards_conformance, otp_cards, Kit, [
    a_bound_card_takes_the_place_of_the_one_before,
    binding_the_same_card_again_changes_nothing,
    a_card_that_is_not_there_is_not_bound,
    a_card_of_another_is_not_taken_from_them,
]);

async fn bind(kit: &Kit, subject: &Subject, serial: &str) -> Result<Rebinding, Failure> {
    let serial = PaperLine::parse(serial).ok_or_else(|| Failure::new("no serial number"))?;
    Ok(kit.cards().rebind(subject, &serial).await?)
}

async fn bound(kit: &Kit, subject: &Subject, serial: &str) -> CaseResult {
    let rebinding = bind(kit, subject, serial).await?;
    ensure_eq!(rebinding, Rebinding::Bound, "{serial} for {subject}");
    Ok(())
}

async fn shows(kit: &Kit, subject: &Subject, serial: &str, expected: OtpVerdict) -> CaseResult {
    let code = kit.next_code(serial).await?;
    let verdict = kit.verifier().verify(subject, &code).await?;
    ensure_eq!(verdict, expected, "a code of {serial} from {subject}");
    Ok(())
}

async fn a_bound_card_takes_the_place_of_the_one_before(kit: Kit) -> CaseResult {
    kit.stock(&["C-1", "C-2"]).await?;
    bound(&kit, &user(1), "C-1").await?;
    shows(&kit, &user(1), "C-1", OtpVerdict::Accepted).await?;
    bound(&kit, &user(1), "C-2").await?;
    shows(&kit, &user(1), "C-1", OtpVerdict::Refused).await?;
    shows(&kit, &user(1), "C-2", OtpVerdict::Accepted).await
}

async fn binding_the_same_card_again_changes_nothing(kit: Kit) -> CaseResult {
    kit.stock(&["C-1"]).await?;
    for _ in 0..3 {
        bound(&kit, &user(1), "C-1").await?;
        shows(&kit, &user(1), "C-1", OtpVerdict::Accepted).await?;
    }
    Ok(())
}

async fn a_card_that_is_not_there_is_not_bound(kit: Kit) -> CaseResult {
    kit.stock(&["C-1"]).await?;
    bound(&kit, &user(1), "C-1").await?;
    let missing = bind(&kit, &user(1), "C-9").await?;
    ensure_eq!(missing, Rebinding::NoSuchCard, "a card that nobody has");
    shows(&kit, &user(1), "C-1", OtpVerdict::Accepted).await
}

async fn a_card_of_another_is_not_taken_from_them(kit: Kit) -> CaseResult {
    kit.stock(&["C-1"]).await?;
    bound(&kit, &user(1), "C-1").await?;
    let taken = bind(&kit, &user(2), "C-1").await?;
    ensure_eq!(taken, Rebinding::NoSuchCard, "a card of another");
    shows(&kit, &user(2), "C-1", OtpVerdict::Refused).await?;
    shows(&kit, &user(1), "C-1", OtpVerdict::Accepted).await
}
