use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::{Quota, QuotaVerdict, ReissueId, UNSETTLED_AFTER};
use warifu_core::ports::{QuotaKey, QuotaStore, Unavailable};
use warifu_redis_link::Call;

use crate::reply::Fields as _;
use crate::shared::{answer, millis};
use crate::store::RedisStore;

/// Redis refuses to keep something for no time at all.
const SHORTEST: Duration = Duration::from_millis(1);

impl RedisStore {
    /// What was taken since the window began, and of which units nobody has said whether they
    /// happened.
    fn window(&self, key: &QuotaKey) -> [String; 2] {
        let (subject, name) = match key {
            QuotaKey::ReissuesFor(subject) => (subject, "for"),
            QuotaKey::ReissuesBy(subject) => (subject, "by"),
        };
        let tag = self.keys.user(subject);
        [
            tag.key(&format!("q:{name}")),
            tag.key(&format!("qu:{name}")),
        ]
    }
}

#[async_trait]
impl QuotaStore for RedisStore {
    async fn take(
        &self,
        key: &QuotaKey,
        quota: Quota,
        unit: ReissueId,
    ) -> Result<QuotaVerdict, Unavailable> {
        let [window, unsettled] = self.window(key);
        let call = Call::new(&self.scripts.quota_take)
            .key(window)
            .key(unsettled)
            .arg(quota.limit)
            .arg(millis(quota.window.max(SHORTEST)))
            .arg(unit)
            .arg(millis(UNSETTLED_AFTER));
        let reply = self.run(call).await?;
        match reply.kind() {
            answer::ALLOWED => Ok(QuotaVerdict::Allowed),
            answer::EXCEEDED => Ok(QuotaVerdict::Exceeded {
                retry_after: Duration::from_millis(reply.parsed(1)?),
            }),
            answer::UNSETTLED => (1..reply.texts().len())
                .map(|place| reply.parsed(place))
                .collect::<Result<_, _>>()
                .map(QuotaVerdict::Unsettled),
            _ => Err(reply.unexpected()),
        }
    }

    async fn settle(
        &self,
        key: &QuotaKey,
        unit: ReissueId,
        happened: bool,
    ) -> Result<(), Unavailable> {
        let [window, unsettled] = self.window(key);
        let call = Call::new(&self.scripts.quota_settle)
            .key(window)
            .key(unsettled)
            .arg(unit)
            .arg(u8::from(happened));
        self.run(call).await?;
        Ok(())
    }
}
