//! Form 3 as a clerk takes it down. Judged before anything is kept; what it says of contract and
//! user is looked up, for the clerk is of the bank and may know.

use std::collections::BTreeSet;

use crate::domain::paper_request::{CalendarDay, Matter, PaperChecks, PaperFacts, PaperLine};
use crate::domain::{ContractNumber, ParseIdentifierError, Subject, UserId};
use crate::ports::DirectoryEntry;
use crate::wiring::Wiring;
use crate::{InvalidField, Outcome, Refusal};

/// The form's number; there is no other.
const FORM: u32 = 3;

/// What a clerk enters.
#[derive(Clone, Debug, Default)]
pub struct PaperForm {
    /// The edition printed on the form.
    pub edition: String,
    /// The form's number, 3.
    pub form: u32,
    /// ご契約者番号.
    pub contract_number: String,
    /// 利用者ID.
    pub user_id: String,
    /// The name as written on the form; where it is empty, the directory's is taken.
    pub user_name: String,
    /// 届出内容, by name.
    pub matters: Vec<String>,
    /// When it arrived, `2026-03-31`.
    pub received_on: String,
    /// What was compared.
    pub checks: PaperChecks,
    /// Where the picture of the form is.
    pub scan_reference: String,
    /// The new card's serial number, where a card is to be bound.
    pub card_serial: String,
}

impl Wiring {
    /// What the form says, if it can be so; where approval is asked for, with all checks done.
    pub(super) async fn paper_facts(&self, form: &PaperForm, ask: bool) -> Outcome<PaperFacts> {
        let mut invalid = Vec::new();
        if form.form != FORM {
            invalid.push(InvalidField::FormNumber);
        }
        if form.edition.trim().is_empty() {
            invalid.push(InvalidField::Edition);
        }
        let contract = form.contract_number.parse::<ContractNumber>();
        let contract = keep(
            &mut invalid,
            contract.map_err(|error| match error {
                ParseIdentifierError::Empty => InvalidField::ContractNumberEmpty,
                ParseIdentifierError::Malformed => InvalidField::ContractNumberMalformed,
            }),
        );
        let user = form.user_id.parse::<UserId>();
        let user = keep(
            &mut invalid,
            user.map_err(|error| match error {
                ParseIdentifierError::Empty => InvalidField::UserIdEmpty,
                ParseIdentifierError::Malformed => InvalidField::UserIdMalformed,
            }),
        );
        let matters = self.paper_matters(form, &mut invalid);
        let card_serial = if matters.contains(&Matter::RebindOtp) {
            let serial = PaperLine::parse(&form.card_serial).ok_or(InvalidField::CardSerial);
            keep(&mut invalid, serial)
        } else {
            None
        };
        let received_on = form.received_on.trim().parse().ok();
        let received_on = received_on.filter(|day: &CalendarDay| !day.is_after(self.now()));
        let received_on = keep(&mut invalid, received_on.ok_or(InvalidField::ReceivedOn));
        if ask {
            invalid.extend(form.checks.missing().map(InvalidField::CheckMissing));
        }
        let scan_reference = PaperLine::parse(&form.scan_reference);
        let scan_reference = keep(
            &mut invalid,
            scan_reference.ok_or(InvalidField::ScanReference),
        );
        let written = match form.user_name.trim() {
            "" => None,
            name => keep(
                &mut invalid,
                PaperLine::parse(name).ok_or(InvalidField::UserName),
            ),
        };
        let entry = match (contract, user) {
            (Some(contract), Some(user)) => {
                self.person_on_paper(Subject::new(contract, user), form, &mut invalid)
                    .await?
            }
            _ => None,
        };
        match (entry, received_on, scan_reference) {
            (Some(entry), Some(received_on), Some(scan_reference)) if invalid.is_empty() => {
                if entry.user.disabled {
                    return Err(Refusal::UserDisabled);
                }
                Ok(PaperFacts {
                    edition: entry.contract.edition,
                    subject: entry.user.subject,
                    contract_name: entry.contract.name,
                    user_name: written.map_or(entry.user.name, |name| name.to_string()),
                    matters,
                    received_on,
                    checks: form.checks,
                    scan_reference,
                    card_serial,
                })
            }
            _ => Err(Refusal::Invalid(invalid)),
        }
    }

    fn paper_matters(&self, form: &PaperForm, invalid: &mut Vec<InvalidField>) -> BTreeSet<Matter> {
        let mut matters = BTreeSet::new();
        for name in &form.matters {
            match name.parse::<Matter>() {
                Ok(matter) if self.can_carry_out(matter) => drop(matters.insert(matter)),
                Ok(matter) => {
                    matters.insert(matter);
                    invalid.push(InvalidField::MatterNotAvailable(matter));
                }
                Err(()) => invalid.push(InvalidField::MatterUnknown),
            }
        }
        if form.matters.is_empty() {
            invalid.push(InvalidField::MattersEmpty);
        }
        matters
    }

    /// Whether this service can do what form 3 asks for by `matter`; else it is refused when the
    /// form is registered, so that nobody approves what cannot be done.
    pub(crate) fn can_carry_out(&self, matter: Matter) -> bool {
        match matter {
            Matter::ReissueRetrievalPassword
            | Matter::UnlockLogin
            | Matter::UnlockTransaction
            | Matter::UnlockOtp => true,
            Matter::RebindOtp => self.ports().otp_cards.is_some(),
            // There is nothing to lift as long as no contract can be frozen.
            Matter::LiftFreeze => false,
        }
    }

    async fn person_on_paper(
        &self,
        subject: Subject,
        form: &PaperForm,
        invalid: &mut Vec<InvalidField>,
    ) -> Outcome<Option<DirectoryEntry>> {
        let directory = &self.ports().directory;
        if let Some(entry) = directory.find(&subject).await? {
            let entered = form.edition.trim();
            if !entered.is_empty() && entry.contract.edition.as_str() != entered {
                invalid.push(InvalidField::Edition);
            }
            return Ok(Some(entry));
        }
        let known = directory.contract(&subject.contract).await?.is_some();
        invalid.push(if known {
            InvalidField::UserUnknown
        } else {
            InvalidField::ContractUnknown
        });
        Ok(None)
    }
}

fn keep<T>(invalid: &mut Vec<InvalidField>, field: Result<T, InvalidField>) -> Option<T> {
    match field {
        Ok(value) => Some(value),
        Err(error) => {
            invalid.push(error);
            None
        }
    }
}
