use std::time::Duration;

use async_trait::async_trait;
use warifu_core::ports::{OnceKey, OnceStore, Unavailable};

use crate::store::MemoryStore;

#[async_trait]
impl OnceStore for MemoryStore {
    async fn claim(&self, key: OnceKey, remember_for: Duration) -> Result<bool, Unavailable> {
        let mut claims = self.claims.lock();
        let now = self.now();
        if claims.0.get(&key, now).is_some() {
            return Ok(false);
        }
        claims.0.insert(key, now.plus(remember_for), now);
        Ok(true)
    }

    async fn is_claimed(&self, key: OnceKey) -> Result<bool, Unavailable> {
        let claims = self.claims.lock();
        Ok(claims.0.get(&key, self.now()).is_some())
    }
}
