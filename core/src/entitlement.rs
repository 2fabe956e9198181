//! What entitles to an act. An [`Entitlement`] says who may do it and what exactly: for whom, along
//! which route, under which number. It is made in this file and nowhere else, by proving something
//! first; whoever carries the act out uses it up and takes nothing from beside it.

use std::collections::BTreeSet;

use crate::customers::operator::Operator;
use crate::customers::session::UserSession;
use crate::domain::attempts::{LaneKind, Purpose};
use crate::domain::paper_request::{PaperEvent, PaperRequest};
use crate::domain::retrieval_record::ReissueRoute;
use crate::domain::{
    AuditEvent, AuditOutcome, BulkId, ParsePasswordError, PlainPassword, ReissueId, RequestDigest,
    Subject, Timestamp, User,
};
use crate::office::acting::ActingClerk;
use crate::office::clerk::Clerk;
use crate::ports::AttemptKey;
use crate::wiring::{Actor, Attempted, PasswordChecker, PasswordEntry, SeenLock, keep_booked};
use crate::{InvalidField, Outcome, Refusal, Secret};

/// That somebody may do one act, once.
pub(crate) struct Entitlement<Act> {
    by: Actor,
    act: Act,
}

impl<Act> Entitlement<Act> {
    /// Who may.
    pub(crate) fn by(&self) -> &Actor {
        &self.by
    }

    /// What they may.
    pub(crate) fn act(&self) -> &Act {
        &self.act
    }

    /// Uses the entitlement up, for the act.
    pub(crate) fn into_act(self) -> Act {
        self.act
    }
}

/// One reissue.
pub(crate) struct Reissue {
    target: User,
    route: ReissueRoute,
    id: ReissueId,
    bulk: Option<BulkId>,
    repeats: Option<RequestDigest>,
    verified_at: Option<Timestamp>,
}

impl Reissue {
    /// By an administrator for another user, unless it repeats a request that was carried out.
    pub(crate) fn for_another(target: User, id: ReissueId, repeats: Option<RequestDigest>) -> Self {
        Self {
            target,
            route: ReissueRoute::Administrator,
            id,
            bulk: None,
            repeats,
            verified_at: None,
        }
    }

    /// For whom.
    pub(crate) fn target(&self) -> &User {
        &self.target
    }

    /// How the entitlement was come by.
    pub(crate) fn route(&self) -> ReissueRoute {
        self.route
    }

    /// The number it will have.
    pub(crate) fn id(&self) -> ReissueId {
        self.id
    }

    /// The run that it is part of.
    pub(crate) fn bulk(&self) -> Option<BulkId> {
        self.bulk
    }

    /// The request that it must not be a repetition of.
    pub(crate) fn repeats(&self) -> Option<RequestDigest> {
        self.repeats
    }

    /// When the one-time password was verified that entitles to it, where one does.
    pub(crate) fn verified_at(&self) -> Option<Timestamp> {
        self.verified_at
    }
}

/// Lifting locks of one user.
pub(crate) struct Unlock {
    /// The user who is locked.
    pub(crate) target: User,
    /// Which of their secrets are locked.
    pub(crate) purposes: BTreeSet<Purpose>,
}

/// A run of reissues for many users of one contract.
pub(crate) struct BulkRun {
    /// Who carries it out.
    pub(crate) operator: Subject,
    /// Names the run.
    pub(crate) id: BulkId,
}

/// One decision on a paper request.
pub(crate) struct Decision {
    /// On which.
    pub(crate) number: String,
    /// As the clerk saw it.
    pub(crate) version: u64,
    /// What is decided.
    pub(crate) event: PaperEvent,
}

/// An act that asks for the transaction password.
pub(crate) trait AsksTransactionPassword {
    /// As the audit log names it.
    const NAME: &'static str;

    /// On whom it is done.
    fn target(&self) -> &Subject;
}

impl AsksTransactionPassword for Reissue {
    const NAME: &'static str = "reissue";

    fn target(&self) -> &Subject {
        &self.target.subject
    }
}

impl AsksTransactionPassword for Unlock {
    const NAME: &'static str = "unlock";

    fn target(&self) -> &Subject {
        &self.target.subject
    }
}

impl AsksTransactionPassword for BulkRun {
    const NAME: &'static str = "reissue";

    fn target(&self) -> &Subject {
        &self.operator
    }
}

impl Operator {
    /// Judges the shape of a transaction password, before anything is looked at.
    pub(crate) fn parse_transaction_password(
        &self,
        entry: &Secret,
    ) -> Result<PlainPassword, InvalidField> {
        let characters = self.wiring.policy().password_characters;
        PlainPassword::parse(entry.expose(), characters).map_err(|error| match error {
            ParsePasswordError::Empty => InvalidField::TransactionPasswordEmpty,
            ParsePasswordError::FullWidth => InvalidField::TransactionPasswordFullWidth,
            ParsePasswordError::TooLong | ParsePasswordError::ControlCharacters => {
                InvalidField::TransactionPasswordMalformed
            }
        })
    }

    /// Proves that the operator entered their own transaction password for this very act, and
    /// counts the attempt, as the operator's.
    pub(crate) async fn entitle<Act: AsksTransactionPassword>(
        &self,
        act: Act,
        checker: &PasswordChecker,
        password: &PlainPassword,
    ) -> Outcome<Entitlement<Act>> {
        let (purpose, subject) = (Purpose::Transaction, self.subject());
        let key = AttemptKey::of(subject.clone(), purpose);
        let entry = PasswordEntry {
            subject,
            purpose,
            password,
            usable: true,
        };
        let wiring = &self.wiring;
        let attempted = wiring.attempt_password(checker, &key, entry).await?;
        let written = |event, outcome| {
            self.entry(event, outcome)
                .on(act.target())
                .with("act", Act::NAME)
        };
        let refused = || written(AuditEvent::TransactionRefused, AuditOutcome::Refused);
        match attempted {
            Attempted::Accepted => {
                let verified = written(AuditEvent::TransactionVerified, AuditOutcome::Success);
                wiring.write([verified]).await?;
                Ok(Entitlement {
                    by: self.actor.clone(),
                    act,
                })
            }
            Attempted::Refused {
                failures_left,
                booked,
            } => {
                booked.write([refused()]).await?;
                Err(Refusal::TransactionRefused { failures_left })
            }
            Attempted::Locked(lock, booked) => {
                let refused = refused().with("reason", "locked");
                let set = wiring.lock_set(self.actor.context(), subject);
                let seen = SeenLock {
                    subject,
                    purpose,
                    lane: LaneKind::Stranger,
                    lock,
                    known: true,
                };
                let written = wiring.write_with_lock([refused], seen, set).await;
                keep_booked(booked, written)?;
                Err(Refusal::TransactionLocked { until: lock.until })
            }
            Attempted::Busy => Err(Refusal::Busy),
            Attempted::Lost | Attempted::UsedBefore => Err(Refusal::Overloaded),
        }
    }
}

impl UserSession {
    /// Uses up the right one-time password that was entered in this session, not longer ago than
    /// the policy allows: good for one reissue for oneself.
    pub(crate) async fn entitle(
        &self,
        id: ReissueId,
        repeats: Option<RequestDigest>,
    ) -> Outcome<Entitlement<Reissue>> {
        let operator = &self.operator;
        let sessions = &operator.wiring.ports().sessions;
        if !sessions.take_otp_proof(self.forms.session_id()).await? {
            return Err(Refusal::OtpRequired);
        }
        let good_for = operator.wiring.policy().reissue.otp_proof_for;
        let good_until = self.session.otp_verified_until;
        Ok(Entitlement {
            by: operator.actor.clone(),
            act: Reissue {
                target: operator.user.clone(),
                route: ReissueRoute::SelfService,
                id,
                bulk: None,
                repeats,
                verified_at: good_until.map(|until| until.minus(good_for)),
            },
        })
    }
}

impl Entitlement<BulkRun> {
    /// One reissue of the run. `operator` is who carries the run out, in the request at hand; of
    /// anybody else it is no entitlement, nor for a user of another contract.
    pub(crate) fn reissue(
        &self,
        operator: &Operator,
        target: User,
        id: ReissueId,
    ) -> Option<Entitlement<Reissue>> {
        let same_contract = target.subject.contract == self.act.operator.contract;
        (*operator.subject() == self.act.operator && same_contract).then(|| Entitlement {
            by: operator.actor.clone(),
            act: Reissue {
                target,
                route: ReissueRoute::Administrator,
                id,
                bulk: Some(self.act.id),
                repeats: None,
                verified_at: None,
            },
        })
    }
}

impl Clerk {
    /// Proves that the clerk entered their own login password for this very decision. Counted with
    /// the logins.
    pub(crate) async fn entitle(
        &self,
        act: Decision,
        password: &PlainPassword,
    ) -> Outcome<Entitlement<Decision>> {
        self.check_own_password(password).await?;
        Ok(Entitlement {
            by: self.actor.clone(),
            act,
        })
    }
}

impl ActingClerk {
    /// Marks a request that another approved as being printed by this call and by no other: good
    /// for the one reissue that the request names.
    pub(crate) async fn entitle_by_request(
        &self,
        request: &str,
        reissue: ReissueId,
        target: User,
    ) -> Outcome<(PaperRequest, Entitlement<Reissue>)> {
        let event = PaperEvent::BeginNotice(reissue);
        let (request, _) = self.step(request, None, event).await?;
        if request.facts().subject != target.subject {
            return Err(Refusal::Unexpected);
        }
        let entitlement = Entitlement {
            by: self.clerk.actor.clone(),
            act: Reissue {
                target,
                route: ReissueRoute::Paper,
                id: reissue,
                bulk: None,
                repeats: None,
                verified_at: None,
            },
        };
        Ok((request, entitlement))
    }
}
