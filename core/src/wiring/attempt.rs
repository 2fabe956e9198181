//! The counting protocol around one check of a secret: reserve, verify, settle.

use std::future::Future;

use super::base::Wiring;
use crate::domain::LeaseToken;
use crate::domain::attempts::{AttemptPolicy, Lock, Purpose, Settlement, Verdict};
use crate::ports::{AttemptKey, GrantedAttempt, StoredReservation, Unavailable};

/// How an attempt ended.
pub(crate) enum Attempted {
    Accepted,
    Refused {
        failures_left: u32,
    },
    Locked(Lock),
    /// Not evaluated, not counted.
    Busy,
    /// Counted as a failure already: the check took longer than any check should.
    Lost,
}

/// Which back end could not answer.
pub(crate) enum AttemptFailure {
    Store(Unavailable),
    Verifier(Unavailable),
}

impl Wiring {
    /// Reserves an attempt, lets `verify` check the secret, and settles. What `verify` cannot
    /// decide is not charged.
    pub(crate) async fn attempt<F>(
        &self,
        key: &AttemptKey,
        purpose: Purpose,
        verify: impl FnOnce(GrantedAttempt) -> F,
    ) -> Result<Attempted, AttemptFailure>
    where
        F: Future<Output = Result<bool, Unavailable>>,
    {
        self.attempt_under(self.attempt_policy(purpose), key, verify)
            .await
    }

    /// As [`Self::attempt`], under limits of its own.
    pub(crate) async fn attempt_under<F>(
        &self,
        policy: &AttemptPolicy,
        key: &AttemptKey,
        verify: impl FnOnce(GrantedAttempt) -> F,
    ) -> Result<Attempted, AttemptFailure>
    where
        F: Future<Output = Result<bool, Unavailable>>,
    {
        let takes_records = self.log_takes_records().await;
        takes_records.map_err(AttemptFailure::Store)?;
        let store = &self.ports().attempts;
        let lease = LeaseToken::generate(self.randomness());
        let reservation = store
            .reserve(key, policy, lease)
            .await
            .map_err(AttemptFailure::Store)?;
        let granted = match reservation {
            StoredReservation::Granted(granted) => granted,
            StoredReservation::Busy => return Ok(Attempted::Busy),
            StoredReservation::Locked(lock) => return Ok(Attempted::Locked(lock)),
        };
        let checked = verify(granted).await;
        let verdict = match &checked {
            Ok(true) => Verdict::Right,
            Ok(false) => Verdict::Wrong,
            Err(_) => Verdict::Unavailable,
        };
        let settlement = store
            .settle(key, policy, lease, verdict)
            .await
            .map_err(AttemptFailure::Store)?;
        checked.map_err(AttemptFailure::Verifier)?;
        Ok(match settlement {
            Settlement::Accepted => Attempted::Accepted,
            Settlement::Refused { failures_left } => Attempted::Refused { failures_left },
            Settlement::Locked(lock) => Attempted::Locked(lock),
            Settlement::Lost | Settlement::Released => Attempted::Lost,
        })
    }
}
