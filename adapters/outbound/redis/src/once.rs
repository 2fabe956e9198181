use std::time::Duration;

use async_trait::async_trait;
use warifu_core::ports::{OnceKey, OnceStore, Unavailable};
use warifu_redis_link::Call;

use crate::shared::millis;
use crate::store::RedisStore;

/// Redis refuses to keep something for no time at all.
const SHORTEST: Duration = Duration::from_millis(1);

#[async_trait]
impl OnceStore for RedisStore {
    async fn claim(&self, key: OnceKey, remember_for: Duration) -> Result<bool, Unavailable> {
        let call = Call::new(&self.scripts.once_claim)
            .key(self.keys.once(&key))
            .arg(millis(remember_for.max(SHORTEST)));
        Ok(self.run(call).await?.flag(0))
    }

    async fn is_claimed(&self, key: OnceKey) -> Result<bool, Unavailable> {
        let call = Call::new(&self.scripts.once_is_claimed).key(self.keys.once(&key));
        Ok(self.run(call).await?.flag(0))
    }
}
