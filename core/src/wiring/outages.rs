//! Outages of a back end that checks secrets are no free guesses. What it could not decide is not
//! counted as a failure; so an identifier whose entries it could not decide too often is not
//! forwarded for a while.

use std::num::NonZeroU32;
use std::time::Duration;

use super::base::Wiring;
use crate::domain::attempts::Purpose;
use crate::domain::{Quota, Subject};
use crate::ports::{OnceKey, QuotaKey, QuotaVerdict, Unavailable};

/// Entries of one identifier that a back end may leave undecided within [`WINDOW`].
const UNDECIDED: u32 = 10;

/// Counted from the first of them; afterwards the back end is asked again.
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// All but the last one: the store's quota tells of the entry beyond it.
const QUOTA: Quota = Quota {
    limit: match NonZeroU32::new(UNDECIDED - 1) {
        Some(limit) => limit,
        None => NonZeroU32::MIN,
    },
    window: WINDOW,
};

impl Wiring {
    /// Refuses without asking, where the back end left too many entries of the identifier
    /// undecided.
    pub(crate) async fn refuse_after_outages(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<(), Unavailable> {
        let key = OnceKey::of_outages(subject, purpose);
        if self.ports().once.is_claimed(key).await? {
            return Err(Unavailable::without_asking(
                verifier_section(purpose),
                "too many entries of this identifier could not be decided; it is not asked for \
                 this one until some minutes have passed",
            ));
        }
        Ok(())
    }

    /// Counts an entry that the back end may have seen and did not decide.
    pub(crate) async fn note_outage(
        &self,
        subject: &Subject,
        purpose: Purpose,
        unavailable: &Unavailable,
    ) {
        tracing::warn!(%unavailable, %purpose, "an entry could not be checked");
        if !unavailable.asked {
            return;
        }
        if let Err(unavailable) = self.count_outage(subject, purpose).await {
            tracing::warn!(%unavailable, "an outage could not be counted");
        }
    }

    async fn count_outage(&self, subject: &Subject, purpose: Purpose) -> Result<(), Unavailable> {
        let key = QuotaKey::Outages(subject.clone(), purpose);
        match self.ports().quotas.take(&key, QUOTA).await? {
            QuotaVerdict::Allowed => {}
            QuotaVerdict::Exceeded { retry_after } => {
                let key = OnceKey::of_outages(subject, purpose);
                self.ports().once.claim(key, retry_after).await?;
            }
        }
        Ok(())
    }
}

/// Where the back end of a purpose is set up.
const fn verifier_section(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Login => "login_verifier",
        Purpose::Transaction => "transaction_verifier",
        Purpose::Otp => "otp_verifier",
        Purpose::Retrieval => "password_store",
    }
}
