//! An outage is no free guess: the one rule for login passwords, transaction passwords and one-time
//! passwords, of customers and of staff.
//!
//! A secret that was sent to a back end which then fails may have been checked there, and whoever
//! sent it is not charged for it. So a back end that left [`UNDECIDED_ENTRIES`] of an identifier
//! undecided within [`WINDOW`] is not asked about that identifier again until the first of them is
//! longer ago than that, over all servers that share the once store. What was refused without
//! asking, as by a circuit breaker that is open, taught nobody anything and does not count.

use std::future::Future;
use std::time::Duration;

use super::attempt::{AttemptFailure, Attempted};
use super::base::Wiring;
use crate::domain::Subject;
use crate::domain::attempts::{AttemptPolicy, Purpose};
use crate::ports::{AttemptKey, GrantedAttempt, OnceKey, Unavailable};

/// Entries of one identifier and purpose that a back end may leave undecided within [`WINDOW`].
/// More only where several are being checked at the moment of the last one.
const UNDECIDED_ENTRIES: u32 = 10;

/// Each undecided entry is remembered for so long, so that the window slides.
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// Whose entry a back end is asked about.
pub(crate) struct RemoteCheck<'a> {
    /// The identifier, whether or not anybody has it.
    pub(crate) subject: &'a Subject,
    /// What is entered: entries of one purpose do not keep those of another from being checked.
    pub(crate) purpose: Purpose,
    /// The section of the configuration that the back end is set up in, for the log.
    pub(crate) section: &'static str,
}

impl Wiring {
    /// As [`Wiring::attempt_under`], for a `verify` that asks a back end which may fail.
    pub(crate) async fn attempt_remotely<F>(
        &self,
        policy: &AttemptPolicy,
        key: &AttemptKey,
        check: RemoteCheck<'_>,
        verify: impl FnOnce(GrantedAttempt) -> F,
    ) -> Result<Attempted, AttemptFailure>
    where
        F: Future<Output = Result<bool, Unavailable>>,
    {
        let used_up = self.undecided_entries_used_up(&check).await;
        if used_up.map_err(AttemptFailure::Store)? {
            let minutes = WINDOW.as_secs() / 60;
            let reason = format!(
                "not asked for this user: {UNDECIDED_ENTRIES} entries were left undecided within \
                 {minutes} minutes"
            );
            let refused = Unavailable::without_asking(check.section, reason);
            tracing::warn!(unavailable = %refused, purpose = %check.purpose, "an entry was not checked");
            return Err(AttemptFailure::Verifier(refused));
        }
        let attempted = self.attempt_under(policy, key, verify).await;
        if let Err(AttemptFailure::Verifier(unavailable)) = &attempted {
            tracing::warn!(%unavailable, purpose = %check.purpose, "an entry could not be checked");
            if unavailable.asked {
                self.note_undecided_entry(&check).await;
            }
        }
        attempted
    }

    /// Whether all numbers are taken. Each is free again when its own time is over; while all is
    /// well, the first is free and the only one looked at.
    async fn undecided_entries_used_up(
        &self,
        check: &RemoteCheck<'_>,
    ) -> Result<bool, Unavailable> {
        for number in 0..UNDECIDED_ENTRIES {
            let key = OnceKey::of_undecided_entry(check.subject, check.purpose, number);
            if !self.ports().once.is_claimed(key).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the first number that is free. Stores let one claim of a number succeed, so that
    /// entries which fail at the same time at several servers are counted one by one.
    async fn note_undecided_entry(&self, check: &RemoteCheck<'_>) {
        for number in 0..UNDECIDED_ENTRIES {
            let key = OnceKey::of_undecided_entry(check.subject, check.purpose, number);
            match self.ports().once.claim(key, WINDOW).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(unavailable) => {
                    tracing::warn!(%unavailable, "an undecided entry could not be counted");
                    return;
                }
            }
        }
    }
}
