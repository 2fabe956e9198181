use async_trait::async_trait;
use rusqlite::OptionalExtension;
use warifu_core::domain::Timestamp;
use warifu_core::ports::{StoreFact, StoreFacts, Unavailable};

use crate::store::EmbeddedStore;

/// Facts stand beside what the store knows of itself, under a name that nothing else there has.
fn name_of(fact: StoreFact) -> String {
    format!("fact:{fact}")
}

const READ: &str = "SELECT CAST(value AS TEXT) FROM secrets WHERE name = ?1";

#[async_trait]
impl StoreFacts for EmbeddedStore {
    async fn fact(&self, fact: StoreFact) -> Result<Option<String>, Unavailable> {
        self.read(move |step| {
            let mut statement = step.connection.prepare_cached(READ)?;
            Ok(statement
                .query_row([name_of(fact)], |row| row.get(0))
                .optional()?)
        })
        .await
    }

    async fn keep_fact(&self, fact: StoreFact, value: &str) -> Result<String, Unavailable> {
        let value = value.to_owned();
        self.write(move |step| {
            let sql = "INSERT INTO secrets (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            step.connection
                .prepare_cached(sql)?
                .execute((name_of(fact), value.as_bytes()))?;
            let mut statement = step.connection.prepare_cached(READ)?;
            Ok(statement.query_row([name_of(fact)], |row| row.get(0))?)
        })
        .await
    }

    async fn replace_fact(&self, fact: StoreFact, value: &str) -> Result<(), Unavailable> {
        let value = value.to_owned();
        self.write(move |step| {
            let sql = "INSERT INTO secrets (name, value) VALUES (?1, ?2) \
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            step.connection
                .prepare_cached(sql)?
                .execute((name_of(fact), value.as_bytes()))?;
            Ok(())
        })
        .await
    }

    async fn time(&self) -> Result<Timestamp, Unavailable> {
        self.read(|step| Ok(step.now)).await
    }
}
