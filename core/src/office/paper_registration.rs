//! Paper requests until they are decided: taken down, corrected, put forward, given up.

use super::acting::ActingClerk;
use super::clerk::Clerk;
use super::paper_form::PaperForm;
use crate::domain::paper_request::{PaperEvent, PaperRequest, PaperState, ReceptionNumber};
use crate::domain::{AuditEvent, LeaseToken, StaffRole};
use crate::wiring::{Entry, to_completion};
use crate::{Outcome, Refusal};

/// Random numbers are tried until one is free; two in a row are never taken in practice.
const TRIES: usize = 20;

/// A correction of a request.
#[derive(Clone, Debug)]
pub struct PaperEdit {
    /// The reception number, as it was typed.
    pub number: String,
    /// As the clerk saw it.
    pub version: u64,
    /// What it says now.
    pub form: PaperForm,
    /// Whether it is put forward, too.
    pub ask_for_approval: bool,
}

impl Clerk {
    /// Takes a form down; with `ask_for_approval` puts it forward at once, else keeps a draft.
    /// For makers.
    pub async fn register_paper_request(
        &self,
        form: PaperForm,
        ask_for_approval: bool,
    ) -> Outcome<PaperRequest> {
        let clerk = self.clone();
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            maker.register(&form, ask_for_approval).await
        })
        .await
    }

    /// Corrects a draft, or what was given back. For makers.
    pub async fn edit_paper_request(&self, edit: PaperEdit) -> Outcome<PaperRequest> {
        let clerk = self.clone();
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let wiring = &clerk.wiring;
            let facts = wiring
                .paper_facts(&edit.form, edit.ask_for_approval)
                .await?;
            let event = PaperEvent::Edit(Box::new(facts));
            let (request, _) = maker.step(&edit.number, Some(edit.version), event).await?;
            let edited = clerk.paper_entry(AuditEvent::PaperEdited, &request);
            wiring.write([with_matters(edited, &request)]).await?;
            if !edit.ask_for_approval {
                return Ok(request);
            }
            maker.put_forward(&edit.number, request.version()).await
        })
        .await
    }

    /// Puts a draft, or what was given back, forward as it is. For makers.
    pub async fn ask_for_paper_approval(
        &self,
        number: &str,
        version: u64,
    ) -> Outcome<PaperRequest> {
        let (clerk, number) = (self.clone(), number.to_owned());
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            maker.put_forward(&number, version).await
        })
        .await
    }

    /// Gives a request up that is undecided, or approved and not printed, or waits for a new notice; what
    /// was printed is void. For makers.
    pub async fn cancel_paper_request(&self, number: &str, version: u64) -> Outcome<PaperRequest> {
        let (clerk, number) = (self.clone(), number.to_owned());
        to_completion(async move {
            let maker = clerk.acting(&[StaffRole::Maker]).await?;
            let event = PaperEvent::Cancel;
            let made = maker.preview(&number, Some(version), event.clone()).await?;
            // What is on paper is void before anybody relies on it. A printing that never ended may yet
            // end as long as the request is not given up: nobody saw its password.
            let on_paper = made.current.state() == PaperState::Reprint;
            if on_paper {
                clerk.void_what_was_printed(&made).await?;
            }
            let (request, _) = maker.step(&number, Some(version), event).await?;
            if !on_paper {
                clerk.void_what_was_printed(&made).await?;
            }
            let cancelled = clerk.paper_entry(AuditEvent::PaperCancelled, &request);
            clerk.wiring.write([cancelled]).await?;
            Ok(request)
        })
        .await
    }
}

impl ActingClerk {
    async fn register(&self, form: &PaperForm, ask_for_approval: bool) -> Outcome<PaperRequest> {
        let (clerk, wiring) = (&self.clerk, &self.clerk.wiring);
        let facts = wiring.paper_facts(form, ask_for_approval).await?;
        let (by, now) = (self.member().signature(), wiring.now());
        let undecided_for = wiring.policy().paper.undecided_for;
        for _ in 0..TRIES {
            let number = ReceptionNumber::generate(wiring.randomness());
            let mut request =
                PaperRequest::draft(number, facts.clone(), by.clone(), now, undecided_for);
            if ask_for_approval {
                let ask = PaperEvent::AskForApproval { undecided_for };
                request = request.apply(ask, &by, now)?.0;
            }
            let change = LeaseToken::generate(wiring.randomness());
            let store = &wiring.ports().paper_requests;
            if !store.create(&request, change).await? {
                continue;
            }
            let registered = clerk.paper_entry(AuditEvent::PaperRegistered, &request);
            let asked = ask_for_approval
                .then(|| clerk.paper_entry(AuditEvent::PaperApprovalRequested, &request));
            let registered = with_matters(registered, &request);
            wiring
                .write(std::iter::once(registered).chain(asked))
                .await?;
            return Ok(request);
        }
        Err(Refusal::Unexpected)
    }

    async fn put_forward(&self, number: &str, version: u64) -> Outcome<PaperRequest> {
        let (clerk, wiring) = (&self.clerk, &self.clerk.wiring);
        let undecided_for = wiring.policy().paper.undecided_for;
        let event = PaperEvent::AskForApproval { undecided_for };
        let (request, _) = self.step(number, Some(version), event).await?;
        let asked = clerk.paper_entry(AuditEvent::PaperApprovalRequested, &request);
        wiring.write([asked]).await?;
        Ok(request)
    }
}

fn with_matters(entry: Entry, request: &PaperRequest) -> Entry {
    let matters: Vec<&str> = request
        .facts()
        .matters
        .iter()
        .map(|matter| matter.name())
        .collect();
    entry.with("matters", matters.join(" "))
}
