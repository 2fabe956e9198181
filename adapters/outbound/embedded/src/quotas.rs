use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use warifu_core::domain::{Quota, Timestamp};
use warifu_core::ports::{QuotaKey, QuotaStore, QuotaVerdict, Unavailable};

use crate::store::EmbeddedStore;

/// Time is kept in milliseconds; less would read as "at once".
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

#[async_trait]
impl QuotaStore for EmbeddedStore {
    async fn take(&self, key: &QuotaKey, quota: Quota) -> Result<QuotaVerdict, Unavailable> {
        let key = key.clone();
        self.write(move |step| {
            let key = step.keys.quota(&key);
            let window: Option<(u32, i64)> = step
                .connection
                .prepare_cached(
                    "SELECT allowed, expires_at FROM quotas WHERE key = ?1 AND expires_at > ?2",
                )?
                .query_row(params![key, step.now.as_unix_millis()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let (allowed, ends_at) = match window {
                Some((allowed, ends_at)) if allowed >= quota.limit.get() => {
                    // A clock set back, or a window that was shortened since, must not be answered
                    // with more than a whole window.
                    let left = Timestamp::from_unix_millis(ends_at).since(step.now);
                    return Ok(QuotaVerdict::Exceeded {
                        retry_after: left.min(quota.window).max(SHORTEST_WAIT),
                    });
                }
                Some((allowed, ends_at)) => (allowed + 1, ends_at),
                None => (1, step.now.plus(quota.window).as_unix_millis()),
            };
            step.connection
                .prepare_cached(
                    "INSERT INTO quotas (key, allowed, expires_at) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (key) DO UPDATE SET allowed = excluded.allowed, \
                     expires_at = excluded.expires_at",
                )?
                .execute(params![key, allowed, ends_at])?;
            Ok(QuotaVerdict::Allowed)
        })
        .await
    }
}
