//! A clerk whose role for an act was found to be theirs, and the steps of paper requests that only
//! such a clerk makes.

use super::clerk::Clerk;
use crate::domain::paper_request::{
    PaperEffect, PaperEvent, PaperRefusal, PaperRequest, ReceptionNumber,
};
use crate::domain::{AuditEvent, AuditOutcome, LeaseToken, StaffMember, StaffRole};
use crate::wiring::Entry;
use crate::{Outcome, Refusal};

/// A clerk who holds one of the roles that an act asks for, as the directory knew them a moment
/// ago. Only [`Clerk::acting`] makes one.
#[derive(Clone)]
pub(crate) struct ActingClerk {
    pub(crate) clerk: Clerk,
    member: StaffMember,
}

/// What a step would make of a request.
pub(crate) struct Preview {
    /// The request as it stands.
    pub(crate) current: PaperRequest,
    /// As it would stand.
    pub(crate) next: PaperRequest,
    /// What else would have to happen.
    pub(crate) effects: Vec<PaperEffect>,
}

impl Clerk {
    /// The clerk, where they hold one of `roles` now. Whoever does not is refused, and that is
    /// written down.
    pub(crate) async fn acting(&self, roles: &[StaffRole]) -> Outcome<ActingClerk> {
        let directory = &self.wiring.ports().staff_directory;
        let found = directory.find(&self.member.id).await?;
        let permitted = found.filter(|member| roles.iter().any(|role| member.holds(*role)));
        if let Some(member) = permitted {
            return Ok(ActingClerk {
                clerk: self.clone(),
                member,
            });
        }
        let wanted: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        let denied = self
            .wiring
            .denied(&self.actor, "role")
            .with("wanted", wanted.join(" or "));
        self.wiring.write([denied]).await?;
        Err(Refusal::StaffNotPermitted)
    }

    /// Finds a request. What nobody decided in time has expired when it is looked at.
    pub(super) async fn load_paper_request(&self, number: &str) -> Outcome<PaperRequest> {
        let number: ReceptionNumber = number.parse().map_err(|_| Refusal::PaperRequestNotFound)?;
        let found = self.wiring.ports().paper_requests.find(&number).await?;
        let request = found.ok_or(Refusal::PaperRequestNotFound)?;
        self.expire_paper_request(request).await
    }

    /// Keeps that a request has expired, where it has; the request as it stands then.
    pub(super) async fn expire_paper_request(
        &self,
        request: PaperRequest,
    ) -> Outcome<PaperRequest> {
        let wiring = &self.wiring;
        let Some(expired) = request.expired_at(wiring.now()) else {
            return Ok(request);
        };
        let store = &wiring.ports().paper_requests;
        let change = LeaseToken::generate(wiring.randomness());
        if store.replace(&expired, request.version(), change).await? {
            // Time did it, whoever looks.
            let context = self.actor.context();
            let entry = wiring
                .entry(context, AuditEvent::PaperExpired, AuditOutcome::Success)
                .about(&expired);
            wiring.write([entry]).await?;
            return Ok(expired);
        }
        // Somebody else has kept it, or decided at the last moment.
        let found = store.find(request.number()).await?;
        found.ok_or(Refusal::PaperRequestNotFound)
    }

    /// A record of what the clerk did with a request.
    pub(super) fn paper_entry(&self, event: AuditEvent, request: &PaperRequest) -> Entry {
        self.entry(event, AuditOutcome::Success)
            .about(request)
            .with("version", request.version())
    }
}

impl ActingClerk {
    /// As the directory knows them.
    pub(super) fn member(&self) -> &StaffMember {
        &self.member
    }

    /// Makes a step from the version that the clerk saw, and keeps it.
    pub(crate) async fn step(
        &self,
        number: &str,
        version: Option<u64>,
        event: PaperEvent,
    ) -> Outcome<(PaperRequest, Vec<PaperEffect>)> {
        let made = self.preview(number, version, event.clone()).await?;
        let wiring = &self.clerk.wiring;
        let change = LeaseToken::generate(wiring.randomness());
        let (store, seen) = (&wiring.ports().paper_requests, made.current.version());
        if store.replace(&made.next, seen, change).await? {
            return Ok((made.next, made.effects));
        }
        // Another was faster: what it did tells why this cannot be done any more.
        self.preview(number, version, event).await?;
        Err(PaperRefusal::VersionConflict.into())
    }

    /// What a step would make of the request, or why it cannot be made. Keeps nothing.
    pub(super) async fn preview(
        &self,
        number: &str,
        version: Option<u64>,
        event: PaperEvent,
    ) -> Outcome<Preview> {
        let (clerk, wiring) = (&self.clerk, &self.clerk.wiring);
        let current = clerk.load_paper_request(number).await?;
        match current.apply(event, &self.member.signature(), wiring.now()) {
            Ok(_) if version.is_some_and(|seen| seen != current.version()) => {
                Err(PaperRefusal::VersionConflict.into())
            }
            Ok((next, effects)) => Ok(Preview {
                current,
                next,
                effects,
            }),
            Err(refusal) => {
                if let Some(reason) = worth_noting(&refusal) {
                    let denied = wiring.denied(&clerk.actor, reason).about(&current);
                    wiring.write([denied]).await?;
                }
                Err(refusal.into())
            }
        }
    }
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
