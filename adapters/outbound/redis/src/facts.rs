use async_trait::async_trait;
use warifu_core::domain::Timestamp;
use warifu_core::ports::{StoreFact, StoreFacts, Unavailable};
use warifu_redis_link::Call;

use crate::reply::Fields as _;
use crate::shared::keeping;
use crate::store::RedisStore;

#[async_trait]
impl StoreFacts for RedisStore {
    async fn fact(&self, fact: StoreFact) -> Result<Option<String>, Unavailable> {
        let (kept, _) = self.ask(fact, keeping::READ, "").await?;
        Ok(Some(kept).filter(|kept| !kept.is_empty()))
    }

    async fn keep_fact(&self, fact: StoreFact, value: &str) -> Result<String, Unavailable> {
        Ok(self.ask(fact, keeping::FIRST, value).await?.0)
    }

    async fn replace_fact(&self, fact: StoreFact, value: &str) -> Result<(), Unavailable> {
        self.ask(fact, keeping::LAST, value).await.map(drop)
    }

    async fn time(&self) -> Result<Timestamp, Unavailable> {
        let (_, time) = self.ask(StoreFact::Authority, keeping::READ, "").await?;
        Ok(time)
    }
}

impl RedisStore {
    /// What is kept of a fact afterwards, empty where nothing is, and the time.
    async fn ask(
        &self,
        fact: StoreFact,
        mode: &str,
        value: &str,
    ) -> Result<(String, Timestamp), Unavailable> {
        let call = Call::new(&self.scripts.store_fact)
            .key(self.first_identity_key())
            .arg(mode)
            .arg(format_args!("fact:{fact}"))
            .arg(value);
        let reply = if mode == keeping::READ {
            self.run(call).await?
        } else {
            self.run_lasting(call, |_| true).await?
        };
        Ok((reply.text(0).to_owned(), reply.time(1)?))
    }
}
