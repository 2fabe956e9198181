use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::Quota;
use warifu_core::ports::{QuotaKey, QuotaStore, QuotaVerdict, Unavailable};
use warifu_redis_link::Call;

use crate::reply::Fields as _;
use crate::shared::{answer, millis};
use crate::store::RedisStore;

/// Redis refuses to keep something for no time at all.
const SHORTEST: Duration = Duration::from_millis(1);

#[async_trait]
impl QuotaStore for RedisStore {
    async fn take(&self, key: &QuotaKey, quota: Quota) -> Result<QuotaVerdict, Unavailable> {
        let window = match key {
            QuotaKey::ReissuesFor(subject) => self.keys.user(subject).key("q:for"),
            QuotaKey::ReissuesBy(subject) => self.keys.user(subject).key("q:by"),
        };
        let call = Call::new(&self.scripts.quota_take)
            .key(window)
            .arg(quota.limit)
            .arg(millis(quota.window.max(SHORTEST)));
        let reply = self.run(call).await?;
        match reply.kind() {
            answer::ALLOWED => Ok(QuotaVerdict::Allowed),
            answer::EXCEEDED => Ok(QuotaVerdict::Exceeded {
                retry_after: Duration::from_millis(reply.parsed(1)?),
            }),
            _ => Err(reply.unexpected()),
        }
    }
}
