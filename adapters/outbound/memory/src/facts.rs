use async_trait::async_trait;
use warifu_core::domain::Timestamp;
use warifu_core::ports::{StoreFact, StoreFacts, Unavailable};

use crate::store::MemoryStore;

#[async_trait]
impl StoreFacts for MemoryStore {
    async fn fact(&self, fact: StoreFact) -> Result<Option<String>, Unavailable> {
        Ok(self.facts.lock().get(&fact).cloned())
    }

    async fn keep_fact(&self, fact: StoreFact, value: &str) -> Result<String, Unavailable> {
        let mut facts = self.facts.lock();
        Ok(facts
            .entry(fact)
            .or_insert_with(|| value.to_owned())
            .clone())
    }

    async fn replace_fact(&self, fact: StoreFact, value: &str) -> Result<(), Unavailable> {
        self.facts.lock().insert(fact, value.to_owned());
        Ok(())
    }

    async fn time(&self) -> Result<Timestamp, Unavailable> {
        Ok(self.now())
    }
}
