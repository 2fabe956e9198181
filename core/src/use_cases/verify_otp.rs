//! The one-time password: what self-service asks before it reissues.

use super::attempt::{AttemptFailure, Attempted};
use super::context::{RequestContext, Secret};
use super::sessions::Operator;
use super::warifu::Warifu;
use crate::domain::attempts::Purpose;
use crate::domain::{
    AuditEvent, AuditOutcome, OneTimePassword, ParseOneTimePasswordError, Permission, Timestamp,
};
use crate::ports::{AttemptKey, Enrolment, OtpVerdict, Unavailable};
use crate::{InvalidField, Outcome, Refusal};

/// What the log says where a back end is well and yet says neither yes nor no.
const UNDECIDED: &str = "the back end neither accepted nor refused the code: it has no card of \
                         this user, or asked for more, which cannot be answered here: give the \
                         user a card that shows codes";

/// Proof that the operator entered a right one-time password in this session, not longer ago than
/// the policy allows, and has not used it for a reissue yet. Only [`Warifu::take_otp_proof`] makes
/// one.
pub(super) struct OtpVerified(());

impl Warifu {
    /// Whether the operator may reissue for themselves: holds the right and has a card. Refuses
    /// otherwise; nothing is counted.
    pub async fn check_eligibility(
        &self,
        context: RequestContext,
        operator: &Operator,
    ) -> Outcome<()> {
        let missing = if !operator.user.holds(Permission::ReissueRetrievalPassword) {
            "no-reissue-right"
        } else if self.enrolment(operator).await? == Enrolment::NotEnrolled {
            "no-card"
        } else {
            return Ok(());
        };
        self.write_denied(context, operator, missing, None).await?;
        Err(Refusal::NotEligible)
    }

    async fn enrolment(&self, operator: &Operator) -> Outcome<Enrolment> {
        let enrolment = self
            .ports()
            .otp_verifier
            .enrolment(operator.subject())
            .await;
        enrolment.map_err(Refusal::OtpUnavailable)
    }

    /// Checks a one-time password. Good for one reissue in this session, until the answered time.
    pub async fn verify_otp(
        &self,
        context: RequestContext,
        operator: &Operator,
        otp: Secret,
    ) -> Outcome<Timestamp> {
        let lengths = self.otp_code_lengths();
        let code = OneTimePassword::parse(otp.expose(), &lengths).map_err(|error| match error {
            ParseOneTimePasswordError::Empty => InvalidField::OtpEmpty,
            ParseOneTimePasswordError::Malformed => InvalidField::OtpMalformed(lengths),
        })?;
        let operator = operator.clone();
        self.to_completion(move |warifu| async move {
            warifu.check_eligibility(context, &operator).await?;
            warifu.check_otp(context, &operator, &code).await
        })
        .await
    }

    async fn check_otp(
        &self,
        context: RequestContext,
        operator: &Operator,
        code: &OneTimePassword,
    ) -> Outcome<Timestamp> {
        let purpose = Purpose::Otp;
        let subject = operator.subject();
        let key = AttemptKey::Known(subject.clone(), purpose);
        let attempted = self
            .attempt(&key, purpose, |granted| async move {
                match self.ports().otp_verifier.verify(subject, code).await? {
                    OtpVerdict::Accepted => Ok(!granted.barred),
                    OtpVerdict::Refused => Ok(false),
                    OtpVerdict::Undecided => Err(Unavailable::new("otp_verifier", UNDECIDED)),
                }
            })
            .await
            .map_err(|failure| match failure {
                AttemptFailure::Store(unavailable) => Refusal::Unavailable(unavailable),
                AttemptFailure::Verifier(unavailable) => {
                    tracing::warn!(%unavailable, "a one-time password could not be checked");
                    Refusal::OtpUnavailable(unavailable)
                }
            })?;
        let refused = || {
            self.entry(context, AuditEvent::OtpRefused, AuditOutcome::Refused)
                .by(operator)
                .on(subject)
        };
        match attempted {
            Attempted::Accepted => {
                let verified = self
                    .entry(context, AuditEvent::OtpVerified, AuditOutcome::Success)
                    .by(operator)
                    .on(subject);
                self.write([verified]).await?;
                let good_for = self.policy().reissue.otp_proof_for;
                self.ports()
                    .sessions
                    .put_otp_proof(operator.session_id(), good_for)
                    .await?;
                Ok(self.now().plus(good_for))
            }
            Attempted::Refused { .. } => {
                self.write([refused()]).await?;
                Err(Refusal::OtpRefused)
            }
            Attempted::Locked(lock) => {
                let set = self.lock_set(context, subject, purpose, lock);
                let refused = refused().with("reason", "locked");
                self.write(std::iter::once(refused).chain(set)).await?;
                Err(Refusal::OtpLocked { until: lock.until })
            }
            Attempted::Busy => Err(Refusal::Busy),
            Attempted::Lost => Err(Refusal::Overloaded),
        }
    }

    /// Whether a verified one-time password is waiting to be used, as far as the operator's
    /// session told at this request.
    pub fn has_otp_proof(&self, operator: &Operator) -> bool {
        operator.session.otp_verified_until.is_some()
    }

    /// Uses up the verified one-time password of the session.
    pub(super) async fn take_otp_proof(&self, operator: &Operator) -> Outcome<OtpVerified> {
        if self
            .ports()
            .sessions
            .take_otp_proof(operator.session_id())
            .await?
        {
            Ok(OtpVerified(()))
        } else {
            Err(Refusal::OtpRequired)
        }
    }
}
