use std::time::Duration;

use async_trait::async_trait;
use rusqlite::params;
use warifu_core::ports::{OnceKey, OnceStore, Unavailable};

use crate::failure::Failure;
use crate::step::Step;
use crate::store::EmbeddedStore;

fn is_claimed(step: &Step<'_>, key: &OnceKey) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM claims WHERE key = ?1 AND expires_at > ?2";
    let mut statement = step.connection.prepare_cached(sql)?;
    let key = step.keys.once(key);
    Ok(statement.exists(params![key, step.now.as_unix_millis()])?)
}

#[async_trait]
impl OnceStore for EmbeddedStore {
    async fn claim(&self, key: OnceKey, remember_for: Duration) -> Result<bool, Unavailable> {
        self.write(move |step| {
            if is_claimed(step, &key)? {
                return Ok(false);
            }
            let sql = "INSERT INTO claims (key, expires_at) VALUES (?1, ?2) \
                       ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at";
            let until = step.now.plus(remember_for).as_unix_millis();
            let mut statement = step.connection.prepare_cached(sql)?;
            statement.execute(params![step.keys.once(&key), until])?;
            Ok(true)
        })
        .await
    }

    async fn is_claimed(&self, key: OnceKey) -> Result<bool, Unavailable> {
        self.read(move |step| is_claimed(step, &key)).await
    }
}
