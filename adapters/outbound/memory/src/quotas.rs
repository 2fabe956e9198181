use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::Quota;
use warifu_core::ports::{QuotaKey, QuotaStore, QuotaVerdict, Unavailable};

use crate::state::Window;
use crate::store::MemoryStore;

#[async_trait]
impl QuotaStore for MemoryStore {
    async fn take(&self, key: &QuotaKey, quota: Quota) -> Result<QuotaVerdict, Unavailable> {
        let mut windows = self.quotas.lock();
        let now = self.now();
        match windows.0.get_mut(key, now) {
            Some(window) if window.allowed >= quota.limit.get() => {
                // A clock set back, or a window that was shortened since, must not be answered
                // with more than a whole window.
                let retry_after = window.ends_at.since(now).min(quota.window);
                Ok(QuotaVerdict::Exceeded {
                    retry_after: retry_after.max(SHORTEST_WAIT),
                })
            }
            Some(window) => {
                window.allowed += 1;
                Ok(QuotaVerdict::Allowed)
            }
            None => {
                let window = Window {
                    allowed: 1,
                    ends_at: now.plus(quota.window),
                };
                windows.0.insert(key.clone(), window, now);
                Ok(QuotaVerdict::Allowed)
            }
        }
    }
}

/// Time is kept in milliseconds; less would read as "at once".
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
