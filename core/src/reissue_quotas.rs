//! Quotas of reissues: taken before, settled after, so that they count what happened.

use crate::domain::{Quota, QuotaVerdict, ReissueId};
use crate::ports::QuotaKey;
use crate::wiring::{Entry, Wiring};
use crate::{Outcome, Refusal};

/// How often units that a dead process left are settled for one reissue, before it is given up.
const ROUNDS: usize = 3;

/// What one reissue took of quotas, until it is known whether it happened. Where nobody says so,
/// because the process died, it counts as having happened until it stands in somebody's way; then
/// the store of retrieval passwords is asked.
#[must_use = "what is not settled counts as having happened"]
pub(crate) struct TakenQuotas {
    unit: ReissueId,
    keys: Vec<QuotaKey>,
}

impl Wiring {
    /// Takes one of each quota for the reissue `unit`, or none of any; writes `denied` down where
    /// there is none left.
    pub(crate) async fn take_reissue_quotas(
        &self,
        unit: ReissueId,
        quotas: impl IntoIterator<Item = (QuotaKey, Quota)>,
        denied: impl FnOnce() -> Entry,
    ) -> Outcome<TakenQuotas> {
        let mut taken = TakenQuotas {
            unit,
            keys: Vec::new(),
        };
        for (key, quota) in quotas {
            let verdict = self.take_quota(&key, quota, unit).await;
            // What was not answered may have been taken.
            if !matches!(verdict, Ok(QuotaVerdict::Exceeded { .. })) {
                taken.keys.push(key);
            }
            let refusal = match verdict {
                Ok(QuotaVerdict::Allowed) => continue,
                Ok(QuotaVerdict::Exceeded { retry_after }) => {
                    self.settle_quotas(taken, false).await;
                    self.write([denied()]).await?;
                    return Err(Refusal::ReissueQuota { retry_after });
                }
                Ok(QuotaVerdict::Unsettled(_)) => Refusal::Overloaded,
                Err(refusal) => refusal,
            };
            self.settle_quotas(taken, false).await;
            return Err(refusal);
        }
        Ok(taken)
    }

    async fn take_quota(
        &self,
        key: &QuotaKey,
        quota: Quota,
        unit: ReissueId,
    ) -> Outcome<QuotaVerdict> {
        let quotas = &self.ports().quotas;
        let mut verdict = quotas.take(key, quota, unit).await?;
        for _ in 0..ROUNDS {
            let QuotaVerdict::Unsettled(units) = &verdict else {
                break;
            };
            for left in units {
                let happened = self.happened(key, *left).await?;
                quotas.settle(key, *left, happened).await?;
            }
            verdict = quotas.take(key, quota, unit).await?;
        }
        Ok(verdict)
    }

    /// Whether a reissue happened that nobody settled, as its process died.
    async fn happened(&self, key: &QuotaKey, unit: ReissueId) -> Outcome<bool> {
        let (QuotaKey::ReissuesFor(subject) | QuotaKey::ReissuesBy(subject)) = key;
        if subject.is_staff() {
            // A clerk reissues in any contract, and nobody knows in which this was.
            return Ok(true);
        }
        let store = &self.ports().retrieval_passwords;
        Ok(store.find(&subject.contract, unit).await?.is_some())
    }

    /// Says whether the reissue happened. What a store cannot be told now it finds out later.
    pub(crate) async fn settle_quotas(&self, taken: TakenQuotas, happened: bool) {
        for key in &taken.keys {
            let settled = self.ports().quotas.settle(key, taken.unit, happened).await;
            if let Err(unavailable) = settled {
                tracing::warn!(%unavailable, "a quota is settled later");
            }
        }
    }
}
