//! Paper requests until they are decided: taken down, corrected, put forward, given up. Here is,
//! too, how any step is made and kept.

use super::audit_trail::Entry;
use super::clerk::Clerk;
use super::context::RequestContext;
use super::paper_form::PaperForm;
use super::warifu::Warifu;
use crate::domain::paper_request::{
    PaperEffect, PaperEvent, PaperRefusal, PaperRequest, ReceptionNumber,
};
use crate::domain::{AuditEvent, AuditOutcome, LeaseToken, StaffMember, StaffRole};
use crate::{Outcome, Refusal};

/// Random numbers are tried until one is free; two in a row are never taken in practice.
const TRIES: usize = 20;

/// A correction of a request.
#[derive(Clone, Debug)]
pub struct PaperEdit {
    /// Which.
    pub number: String,
    /// As the clerk saw it.
    pub version: u64,
    /// What it says now.
    pub form: PaperForm,
    /// Whether it is put forward, too.
    pub ask_for_approval: bool,
}

impl Warifu {
    /// Takes a form down; with `ask_for_approval` puts it forward at once, else keeps a draft.
    /// For makers.
    pub async fn register_paper_request(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        form: PaperForm,
        ask_for_approval: bool,
    ) -> Outcome<PaperRequest> {
        let clerk = clerk.clone();
        self.to_completion(move |warifu| async move {
            let member = warifu.acting(context, &clerk, &[StaffRole::Maker]).await?;
            let facts = warifu.paper_facts(&form, ask_for_approval).await?;
            let (by, now) = (member.signature(), warifu.now());
            let undecided_for = warifu.policy().paper.undecided_for;
            for _ in 0..TRIES {
                let number = ReceptionNumber::generate(warifu.randomness());
                let mut request =
                    PaperRequest::draft(number, facts.clone(), by.clone(), now, undecided_for);
                if ask_for_approval {
                    let ask = PaperEvent::AskForApproval { undecided_for };
                    request = request.apply(ask, &by, now)?.0;
                }
                let change = LeaseToken::generate(warifu.randomness());
                if warifu
                    .ports()
                    .paper_requests
                    .create(&request, change)
                    .await?
                {
                    let registered =
                        warifu.paper_entry(context, &clerk, AuditEvent::PaperRegistered, &request);
                    let asked = ask_for_approval.then(|| {
                        let event = AuditEvent::PaperApprovalRequested;
                        warifu.paper_entry(context, &clerk, event, &request)
                    });
                    let registered = with_matters(registered, &request);
                    warifu
                        .write(std::iter::once(registered).chain(asked))
                        .await?;
                    return Ok(request);
                }
            }
            Err(Refusal::Unexpected)
        })
        .await
    }

    /// Corrects a draft, or what was given back. For makers.
    pub async fn edit_paper_request(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        edit: PaperEdit,
    ) -> Outcome<PaperRequest> {
        let clerk = clerk.clone();
        self.to_completion(move |warifu| async move {
            let clerk = &clerk;
            let member = warifu.acting(context, clerk, &[StaffRole::Maker]).await?;
            let facts = warifu
                .paper_facts(&edit.form, edit.ask_for_approval)
                .await?;
            let event = PaperEvent::Edit(Box::new(facts));
            let (request, _) = warifu
                .paper_step(
                    context,
                    clerk,
                    &member,
                    &edit.number,
                    Some(edit.version),
                    event,
                )
                .await?;
            let edited = warifu.paper_entry(context, clerk, AuditEvent::PaperEdited, &request);
            warifu.write([with_matters(edited, &request)]).await?;
            if !edit.ask_for_approval {
                return Ok(request);
            }
            let version = request.version();
            warifu
                .put_forward(context, clerk, &member, &edit.number, version)
                .await
        })
        .await
    }

    /// Puts a draft, or what was given back, forward as it is. For makers.
    pub async fn ask_for_paper_approval(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        number: &str,
        version: u64,
    ) -> Outcome<PaperRequest> {
        let (clerk, number) = (clerk.clone(), number.to_owned());
        self.to_completion(move |warifu| async move {
            let member = warifu.acting(context, &clerk, &[StaffRole::Maker]).await?;
            warifu
                .put_forward(context, &clerk, &member, &number, version)
                .await
        })
        .await
    }

    async fn put_forward(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        member: &StaffMember,
        number: &str,
        version: u64,
    ) -> Outcome<PaperRequest> {
        let undecided_for = self.policy().paper.undecided_for;
        let event = PaperEvent::AskForApproval { undecided_for };
        let (request, _) = self
            .paper_step(context, clerk, member, number, Some(version), event)
            .await?;
        let event = AuditEvent::PaperApprovalRequested;
        self.write([self.paper_entry(context, clerk, event, &request)])
            .await?;
        Ok(request)
    }

    /// Gives a request up that is undecided, or approved and not printed. For makers.
    pub async fn cancel_paper_request(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        number: &str,
        version: u64,
    ) -> Outcome<PaperRequest> {
        let (clerk, number) = (clerk.clone(), number.to_owned());
        self.to_completion(move |warifu| async move {
            let member = warifu.acting(context, &clerk, &[StaffRole::Maker]).await?;
            let event = PaperEvent::Cancel;
            let (request, effects) = warifu
                .paper_step(context, &clerk, &member, &number, Some(version), event)
                .await?;
            for effect in effects {
                // Of a printing that never ended: nobody saw the password.
                if let PaperEffect::VoidPassword(reissue) = effect {
                    warifu
                        .void_paper_password(context, &clerk, &request, reissue)
                        .await?;
                }
            }
            let event = AuditEvent::PaperCancelled;
            warifu
                .write([warifu.paper_entry(context, &clerk, event, &request)])
                .await?;
            Ok(request)
        })
        .await
    }

    /// Finds a request. What nobody decided in time has expired when it is looked at.
    pub(super) async fn load_paper_request(
        &self,
        context: RequestContext,
        number: &str,
    ) -> Outcome<PaperRequest> {
        let number: ReceptionNumber = number.parse().map_err(|_| Refusal::PaperRequestNotFound)?;
        let found = self.ports().paper_requests.find(&number).await?;
        let request = found.ok_or(Refusal::PaperRequestNotFound)?;
        self.expire_paper_request(context, request).await
    }

    /// Keeps that a request has expired, where it has; the request as it stands then.
    pub(super) async fn expire_paper_request(
        &self,
        context: RequestContext,
        request: PaperRequest,
    ) -> Outcome<PaperRequest> {
        let Some(expired) = request.expired_at(self.now()) else {
            return Ok(request);
        };
        let store = &self.ports().paper_requests;
        let change = LeaseToken::generate(self.randomness());
        if store.replace(&expired, request.version(), change).await? {
            let entry = self
                .entry(context, AuditEvent::PaperExpired, AuditOutcome::Success)
                .about(&expired);
            self.write([entry]).await?;
            return Ok(expired);
        }
        // Somebody else has kept it, or decided at the last moment.
        let found = store.find(request.number()).await?;
        found.ok_or(Refusal::PaperRequestNotFound)
    }

    /// Makes a step from the version that the clerk saw, and keeps it.
    pub(super) async fn paper_step(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        member: &StaffMember,
        number: &str,
        version: Option<u64>,
        event: PaperEvent,
    ) -> Outcome<(PaperRequest, Vec<PaperEffect>)> {
        let (current, next, effects) = self
            .preview_paper_step(context, clerk, member, number, version, event.clone())
            .await?;
        let change = LeaseToken::generate(self.randomness());
        let store = &self.ports().paper_requests;
        if store.replace(&next, current.version(), change).await? {
            return Ok((next, effects));
        }
        // Another was faster: what it did tells why this cannot be done any more.
        self.preview_paper_step(context, clerk, member, number, version, event)
            .await?;
        Err(PaperRefusal::VersionConflict.into())
    }

    /// What a step would make of the request, or why it cannot be made. Keeps nothing.
    pub(super) async fn preview_paper_step(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        member: &StaffMember,
        number: &str,
        version: Option<u64>,
        event: PaperEvent,
    ) -> Outcome<(PaperRequest, PaperRequest, Vec<PaperEffect>)> {
        let current = self.load_paper_request(context, number).await?;
        match current.apply(event, &member.signature(), self.now()) {
            Ok(_) if version.is_some_and(|seen| seen != current.version()) => {
                Err(PaperRefusal::VersionConflict.into())
            }
            Ok((next, effects)) => Ok((current, next, effects)),
            Err(refusal) => {
                if let Some(reason) = worth_noting(&refusal) {
                    let denied = self
                        .entry(context, AuditEvent::AccessDenied, AuditOutcome::Refused)
                        .by_clerk(clerk)
                        .about(&current)
                        .with("reason", reason);
                    self.write([denied]).await?;
                }
                Err(refusal.into())
            }
        }
    }

    /// A record of what a clerk did with a request.
    pub(super) fn paper_entry(
        &self,
        context: RequestContext,
        clerk: &Clerk,
        event: AuditEvent,
        request: &PaperRequest,
    ) -> Entry {
        self.entry(context, event, AuditOutcome::Success)
            .by_clerk(clerk)
            .about(request)
            .with("version", request.version())
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

/// Attempts to be one's own second pair of eyes are written down.
const fn worth_noting(refusal: &PaperRefusal) -> Option<&'static str> {
    match refusal {
        PaperRefusal::OwnRequest => Some("own-request"),
        PaperRefusal::EditedRequest => Some("edited-request"),
        PaperRefusal::Approver => Some("approver"),
        _ => None,
    }
}
