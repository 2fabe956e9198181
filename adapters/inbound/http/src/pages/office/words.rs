//! What the paper procedure is called on the pages.

use warifu_core::domain::paper_request::{
    PaperAction, PaperCheck, PaperHistoryEntry, PaperRequest, PaperState,
};
use warifu_core::domain::{StaffSignature, Timestamp};

use crate::pages::frame::Frame;
use warifu_wire::{paper_check, paper_matter, paper_state};

/// How many digits of a contract number a list shows.
const SHOWN_DIGITS: usize = 4;

/// The badge of a state.
const fn badge(state: PaperState) -> &'static str {
    match state {
        PaperState::Draft | PaperState::Expired | PaperState::Cancelled => "past",
        PaperState::Pending | PaperState::Returned | PaperState::Printing | PaperState::Reprint => {
            "attention"
        }
        PaperState::Rejected | PaperState::Undeliverable => "error",
        PaperState::Approved => "info",
        PaperState::Issued | PaperState::Posted | PaperState::Completed => "ok",
    }
}

/// The field of a check in the intake form, and where the page that is looked over tells of it.
pub(in crate::pages) const fn check_field(check: PaperCheck) -> &'static str {
    match check {
        PaperCheck::Seal => "seal",
        PaperCheck::Identity => "identity",
        PaperCheck::RegisteredAddress => "registered_address",
    }
}

const fn action(action: PaperAction) -> &'static str {
    match action {
        PaperAction::Registered => "office-step-registered",
        PaperAction::Edited => "office-step-edited",
        PaperAction::AskedForApproval => "office-step-asked",
        PaperAction::Approved => "office-step-approved",
        PaperAction::Rejected => "office-step-rejected",
        PaperAction::Returned => "office-step-returned",
        PaperAction::Cancelled => "office-step-cancelled",
        PaperAction::CarriedOut(_) => "office-step-carried-out",
        PaperAction::NoticeBegun => "office-step-notice-begun",
        PaperAction::NoticeAbandoned => "office-step-notice-abandoned",
        PaperAction::NoticeMade => "office-step-notice-made",
        PaperAction::NoticePrinted => "office-step-notice-printed",
        PaperAction::ReprintAsked => "office-step-reprint-asked",
        PaperAction::ReprintApproved => "office-step-reprint-approved",
        PaperAction::ReprintRejected => "office-step-reprint-rejected",
        PaperAction::Posted => "office-step-posted",
        PaperAction::MailReturned => "office-step-mail-returned",
        PaperAction::Completed => "office-step-completed",
        PaperAction::Expired => "office-step-expired",
    }
}

/// One step of the history in words.
pub(in crate::pages) struct Step {
    pub(in crate::pages) at: Timestamp,
    pub(in crate::pages) text: String,
    pub(in crate::pages) reason: Option<String>,
}

impl Step {
    fn new(frame: &Frame, step: &PaperHistoryEntry) -> Self {
        let id = action(step.action);
        let text = match (&step.by, step.action) {
            (Some(by), PaperAction::CarriedOut(done)) => frame.t2(
                id,
                "name",
                person(by),
                "matter",
                frame.t(paper_matter(done)),
            ),
            (Some(by), _) => frame.t1(id, "name", person(by)),
            (None, _) => frame.t(id),
        };
        Self {
            at: step.at,
            text,
            reason: step.reason.as_ref().map(ToString::to_string),
        }
    }
}

fn person(signature: &StaffSignature) -> String {
    format!("{}({})", signature.name, signature.id)
}

/// A request as the pages show it.
pub(in crate::pages) struct RequestView {
    pub(in crate::pages) number: String,
    pub(in crate::pages) version: u64,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) badge: &'static str,
    pub(in crate::pages) edition: String,
    pub(in crate::pages) contract: String,
    pub(in crate::pages) contract_end: String,
    pub(in crate::pages) company: String,
    pub(in crate::pages) user: String,
    pub(in crate::pages) user_name: String,
    pub(in crate::pages) matters: Vec<&'static str>,
    pub(in crate::pages) card_serial: Option<String>,
    pub(in crate::pages) received_on: String,
    pub(in crate::pages) checks: Vec<Check>,
    pub(in crate::pages) scan_reference: String,
    pub(in crate::pages) registered_by: String,
    pub(in crate::pages) registered_at: Timestamp,
    /// Until when somebody has to decide, as long as that is open.
    pub(in crate::pages) deadline: Option<Timestamp>,
    pub(in crate::pages) outstanding: Vec<&'static str>,
    pub(in crate::pages) history: Vec<Step>,
    /// The field of the list by which it is chosen for a step with several.
    pub(in crate::pages) pick: Option<&'static str>,
}

/// A check and whether it is done.
pub(in crate::pages) struct Check {
    pub(in crate::pages) field: &'static str,
    pub(in crate::pages) label: &'static str,
    pub(in crate::pages) done: bool,
}

impl RequestView {
    pub(in crate::pages) fn new(frame: &Frame, request: &PaperRequest) -> Self {
        let facts = request.facts();
        let key = facts.edition.as_str();
        let known = frame.site.editions.iter().find(|known| known.key == key);
        let contract = facts.subject.contract.to_string();
        let missing: Vec<PaperCheck> = facts.checks.missing().collect();
        Self {
            number: request.number().to_string(),
            version: request.version(),
            state: paper_state(request.state()),
            badge: badge(request.state()),
            edition: known
                .map_or(key, |known| frame.local(&known.name))
                .to_owned(),
            contract_end: ending(&contract),
            contract,
            company: facts.contract_name.clone(),
            user: facts.subject.user.to_string(),
            user_name: facts.user_name.clone(),
            matters: facts.matters.iter().copied().map(paper_matter).collect(),
            card_serial: facts.card_serial.as_ref().map(ToString::to_string),
            received_on: facts.received_on.to_string(),
            checks: PaperCheck::ALL
                .into_iter()
                .map(|one| Check {
                    field: check_field(one),
                    label: paper_check(one).1,
                    done: !missing.contains(&one),
                })
                .collect(),
            scan_reference: facts.scan_reference.to_string(),
            registered_by: person(request.registered_by()),
            registered_at: request.registered_at(),
            deadline: request.state().is_undecided().then(|| request.expires_at()),
            outstanding: request
                .outstanding()
                .iter()
                .copied()
                .map(paper_matter)
                .collect(),
            history: request
                .history()
                .iter()
                .map(|step| Step::new(frame, step))
                .collect(),
            pick: None,
        }
    }
}

/// The last digits, as lists show a contract number.
fn ending(contract: &str) -> String {
    let hidden = contract.chars().count().saturating_sub(SHOWN_DIGITS);
    contract.chars().skip(hidden).collect()
}
