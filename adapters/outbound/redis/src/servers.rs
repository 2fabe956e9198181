use async_trait::async_trait;
use warifu_core::ports::{StoreServers, Unavailable};

use crate::error::no_answer;
use crate::store::RedisStore;

#[async_trait]
impl StoreServers for RedisStore {
    fn begun(&self) -> u64 {
        self.begun.count()
    }

    async fn give_up(&self, reason: &str) -> Result<(), Unavailable> {
        self.link.give_up(reason).await.map_err(no_answer)
    }
}
