use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_core::domain::Timestamp;
use warifu_core::ports::{Clock, StoreFact, StoreFacts, Unavailable};

use crate::samples::TestClock;

/// Looks whether a fact is kept, and then keeps it: what another program kept in between is lost.
#[derive(Default)]
pub struct HastyFacts {
    kept: Mutex<Option<String>>,
    clock: Arc<TestClock>,
}

#[async_trait]
impl StoreFacts for HastyFacts {
    async fn fact(&self, _: StoreFact) -> Result<Option<String>, Unavailable> {
        Ok(self.kept.lock().clone())
    }

    async fn keep_fact(&self, fact: StoreFact, value: &str) -> Result<String, Unavailable> {
        if let Some(kept) = self.fact(fact).await? {
            return Ok(kept);
        }
        tokio::task::yield_now().await;
        self.replace_fact(fact, value).await?;
        Ok(value.to_owned())
    }

    async fn replace_fact(&self, _: StoreFact, value: &str) -> Result<(), Unavailable> {
        *self.kept.lock() = Some(value.to_owned());
        Ok(())
    }

    async fn time(&self) -> Result<Timestamp, Unavailable> {
        Ok(self.clock.as_ref().now())
    }
}
