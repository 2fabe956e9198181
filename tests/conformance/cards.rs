//! Cards in a cupboard: no adapter that comes with Warifu binds cards yet, a bank's own may.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_contracts::otp_cards::CardsKit;
use warifu_contracts::{CaseResult, Failure};
use warifu_core::domain::paper_request::PaperLine;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OtpCards, OtpVerdict, OtpVerifier, Rebinding, Unavailable};

#[derive(Default)]
struct Card {
    shown: u32,
    holder: Option<Subject>,
}

/// Cards by serial number. A code is the number of the card and how many it has shown.
#[derive(Default)]
struct Cupboard(Mutex<HashMap<String, Card>>);

fn code(serial: &str, shown: u32) -> String {
    let number: String = serial.chars().filter(char::is_ascii_digit).collect();
    format!("{number:0>2}{shown:04}")
}

#[async_trait]
impl OtpCards for Cupboard {
    async fn rebind(
        &self,
        subject: &Subject,
        serial: &PaperLine,
    ) -> Result<Rebinding, Unavailable> {
        let mut cards = self.0.lock();
        let free = |card: &Card| card.holder.as_ref().is_none_or(|holder| holder == subject);
        if !cards.get(serial.as_str()).is_some_and(free) {
            return Ok(Rebinding::NoSuchCard);
        }
        for (number, card) in cards.iter_mut() {
            if number == serial.as_str() {
                card.holder = Some(subject.clone());
            } else if card.holder.as_ref() == Some(subject) {
                card.holder = None;
            }
        }
        Ok(Rebinding::Bound)
    }
}

#[async_trait]
impl OtpVerifier for Cupboard {
    async fn verify(
        &self,
        subject: &Subject,
        entered: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let cards = self.0.lock();
        let mut own = cards
            .iter()
            .filter(|(_, card)| card.holder.as_ref() == Some(subject));
        let right = own.any(|(serial, card)| code(serial, card.shown) == entered.expose());
        Ok(if right {
            OtpVerdict::Accepted
        } else {
            OtpVerdict::Refused
        })
    }

    async fn enrolment(&self, _: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(Enrolment::Unknown)
    }

    fn code_lengths(&self) -> CodeLengths {
        CodeLengths::new([6])
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

struct Kit(Arc<Cupboard>);

/// An empty cupboard.
pub(crate) async fn cupboard() -> Arc<dyn CardsKit> {
    Arc::new(Kit(Arc::default()))
}

#[async_trait]
impl CardsKit for Kit {
    fn cards(&self) -> Arc<dyn OtpCards> {
        self.0.clone()
    }

    fn verifier(&self) -> Arc<dyn OtpVerifier> {
        self.0.clone()
    }

    async fn stock(&self, serials: &[&str]) -> CaseResult {
        let mut cards = self.0.0.lock();
        for serial in serials {
            cards.insert((*serial).to_owned(), Card::default());
        }
        Ok(())
    }

    async fn next_code(&self, serial: &str) -> Result<OneTimePassword, Failure> {
        let mut cards = self.0.0.lock();
        let card = cards.get_mut(serial);
        let card = card.ok_or_else(|| Failure::new("there is no such card"))?;
        card.shown += 1;
        Ok(OneTimePassword::parse(
            &code(serial, card.shown),
            &CodeLengths::new([6]),
        )?)
    }
}
