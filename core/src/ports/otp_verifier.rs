use std::time::Duration;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{CodeLengths, OneTimePassword, Subject};

/// What a verifier says of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpVerdict {
    /// Right, now used up.
    Accepted,
    /// Wrong, too old, too new; or used before, where the verifier cannot tell.
    Refused,
    /// Right once, and used up; or sent before and being looked at. Refused like a wrong code, and no
    /// guess: whoever presses twice is not charged.
    UsedBefore,
    /// Neither, of a back end that is well: it wants more than a code, such as the answer to a
    /// challenge, or cannot tell for this user. Not a success and not a failure; nothing is
    /// counted.
    Undecided,
}

/// Whether a user has a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolment {
    /// Yes.
    Enrolled,
    /// No.
    NotEnrolled,
    /// The back end cannot tell without a code.
    Unknown,
}

/// Checks the codes of one-time-password cards.
///
/// # Promises
/// - One code is accepted at most once, and no other verdict follows but [`OtpVerdict::UsedBefore`] and
///   [`OtpVerdict::Refused`], also when it arrives at the same time at several servers
///   that share the verifier's memory, and also after a restart of a server.
/// - A code is accepted only within the documented window; for time-based codes, the current step
///   and the one before (RFC 6238 §5.2), never one older than the last accepted.
/// - A back end that fails, delays or answers nonsense is [`Unavailable`], never a verdict.
/// - Codes appear in no log and no error.
/// - Attempts are not counted here; the caller does.
#[async_trait]
pub trait OtpVerifier: Send + Sync {
    /// Checks a code and, where it is right, uses it up.
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable>;

    /// Whether the user has a card that can be used.
    async fn enrolment(&self, subject: &Subject) -> Result<Enrolment, Unavailable>;

    /// How many digits codes can have. The same for all users: it is judged before any record.
    fn code_lengths(&self) -> CodeLengths;

    /// The longest that [`Self::verify`] takes to answer; a reserved attempt outlasts it.
    fn longest_check(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
