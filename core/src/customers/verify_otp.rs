//! The one-time password: what self-service asks before it reissues.

use super::session::UserSession;
use crate::domain::attempts::{LaneKind, Purpose};
use crate::domain::{
    AuditEvent, AuditOutcome, OneTimePassword, ParseOneTimePasswordError, Permission, Timestamp,
};
use crate::ports::{AttemptKey, Enrolment, GrantedAttempt, OtpVerdict, Unavailable};
use crate::wiring::{Attempted, Found, SeenLock, keep_booked, to_completion};
use crate::{InvalidField, Outcome, Refusal, Secret};

/// Where the back end is set up.
const SECTION: &str = "otp_verifier";

/// What the log says where a back end is well and yet says neither yes nor no.
const UNDECIDED: &str = "the back end neither accepted nor refused the code: it has no card of \
                         this user, or asked for more, which cannot be answered here: give the \
                         user a card that shows codes";

impl UserSession {
    /// Whether the operator may reissue for themselves: holds the right and has a card. Refuses
    /// otherwise; nothing is counted.
    pub async fn check_eligibility(&self) -> Outcome<()> {
        let operator = &self.operator;
        let missing = if !operator.user.holds(Permission::ReissueRetrievalPassword) {
            "no-reissue-right"
        } else if self.enrolment().await? == Enrolment::NotEnrolled {
            "no-card"
        } else {
            return Ok(());
        };
        operator.write_denied(missing, None).await?;
        Err(Refusal::NotEligible)
    }

    async fn enrolment(&self) -> Outcome<Enrolment> {
        let operator = &self.operator;
        let verifier = &operator.wiring.ports().otp_verifier;
        let enrolment = verifier.enrolment(operator.subject()).await;
        enrolment.map_err(Refusal::OtpUnavailable)
    }

    /// Checks a one-time password. Good for one reissue in this session, until the answered time.
    pub async fn verify_otp(&self, otp: Secret) -> Outcome<Timestamp> {
        let lengths = self.operator.wiring.ports().otp_verifier.code_lengths();
        let code = OneTimePassword::parse(otp.expose(), &lengths).map_err(|error| match error {
            ParseOneTimePasswordError::Empty => InvalidField::OtpEmpty,
            ParseOneTimePasswordError::Malformed => InvalidField::OtpMalformed(lengths),
        })?;
        let session = self.clone();
        to_completion(async move {
            session.check_eligibility().await?;
            session.check_otp(&code).await
        })
        .await
    }

    async fn check_otp(&self, code: &OneTimePassword) -> Outcome<Timestamp> {
        let purpose = Purpose::Otp;
        let (operator, wiring) = (&self.operator, &self.operator.wiring);
        let subject = operator.subject();
        let key = AttemptKey::of(subject.clone(), purpose);
        let verify = |granted: GrantedAttempt| async move {
            match wiring.ports().otp_verifier.verify(subject, code).await? {
                OtpVerdict::Accepted => Ok((!granted.barred).into()),
                OtpVerdict::Refused => Ok(Found::Wrong),
                OtpVerdict::UsedBefore => Ok(Found::UsedBefore),
                OtpVerdict::Undecided => Err(Unavailable::new(SECTION, UNDECIDED)),
            }
        };
        let attempted = wiring
            .attempt(wiring.counted(&key, SECTION), verify)
            .await
            .map_err(|failure| failure.into_refusal(Refusal::OtpUnavailable))?;
        let refused = || {
            operator
                .entry(AuditEvent::OtpRefused, AuditOutcome::Refused)
                .on(subject)
        };
        match attempted {
            Attempted::Accepted => {
                let verified = operator
                    .entry(AuditEvent::OtpVerified, AuditOutcome::Success)
                    .on(subject);
                wiring.write([verified]).await?;
                let good_for = wiring.policy().reissue.otp_proof_for;
                wiring
                    .ports()
                    .sessions
                    .put_otp_proof(self.forms.session_id(), good_for)
                    .await?;
                Ok(wiring.now().plus(good_for))
            }
            Attempted::Refused { booked, .. } => {
                booked.write([refused()]).await?;
                Err(Refusal::OtpRefused)
            }
            Attempted::UsedBefore => {
                wiring
                    .write([refused().with("reason", "used-before")])
                    .await?;
                Err(Refusal::OtpRefused)
            }
            Attempted::Locked(lock, booked) => {
                let set = wiring.lock_set(operator.actor.context(), subject);
                let refused = refused().with("reason", "locked");
                let seen = SeenLock {
                    subject,
                    purpose,
                    lane: LaneKind::Stranger,
                    lock,
                    known: true,
                };
                let written = wiring.write_with_lock([refused], seen, set).await;
                keep_booked(booked, written)?;
                Err(Refusal::OtpLocked { until: lock.until })
            }
            Attempted::Busy => Err(Refusal::Busy),
            Attempted::Lost => Err(Refusal::Overloaded),
        }
    }

    /// Whether a verified one-time password is waiting to be used, as far as the operator's
    /// session told at this request.
    pub fn has_otp_proof(&self) -> bool {
        self.session.otp_verified_until.is_some()
    }
}
