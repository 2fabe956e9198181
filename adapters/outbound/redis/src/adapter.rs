//! How a configuration sets stores, directory and audit log up.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{
    Adapter, AdapterError, AuditLogContext, Directory, DirectoryContext, Stores, StoresContext,
};
use warifu_core::ports::{AuditLog, Unavailable};

use crate::audit_lines::RedisAuditLines;
use crate::directory::RedisDirectory;
use crate::error::OpenError;
use crate::settings::{RedisSettings, RedisStoresSettings};
use crate::store::RedisStore;

/// All stores on Redis: one server, a primary behind Sentinels, or a Cluster.
pub struct RedisStores;

#[async_trait]
impl Adapter for RedisStores {
    type Port = Stores;
    type Settings = RedisStoresSettings;

    async fn build(
        &self,
        settings: &RedisStoresSettings,
        context: &StoresContext,
    ) -> Result<Stores, AdapterError> {
        let settings = settings.read(context.environment)?;
        let randomness = context.randomness.as_ref();
        if context.look_only {
            let found = RedisStore::look(&settings, randomness)
                .await
                .map_err(refusal)?;
            let store = found.ok_or_else(|| would_begin("store", &settings))?;
            return Ok(stores(store));
        }
        let store = match &context.adopt {
            Some(former) => RedisStore::adopt(&settings, randomness, former).await,
            None => RedisStore::open(&settings, randomness).await,
        };
        let store = store.map_err(refusal)?;
        tracing::info!(
            epoch = %store.identity().epoch,
            new = store.is_new(),
            "opened the store"
        );
        Ok(stores(store))
    }
}

fn stores(store: RedisStore) -> Stores {
    let (identity, store) = (store.identity().clone(), Arc::new(store));
    Stores {
        servers: Some(store.clone()),
        ..Stores::in_one(store, Some(identity))
    }
}

/// The users of a bank, on Redis.
pub struct RedisUsers;

#[async_trait]
impl Adapter for RedisUsers {
    type Port = Directory;
    type Settings = RedisStoresSettings;

    async fn build(
        &self,
        settings: &RedisStoresSettings,
        context: &DirectoryContext,
    ) -> Result<Directory, AdapterError> {
        let settings = settings.read(context.environment)?;
        let randomness = context.randomness.as_ref();
        let store = if context.look_only {
            let found = RedisStore::look(&settings, randomness).await;
            match found.transpose() {
                Some(found) => found,
                None => return Err(would_begin("store", &settings)),
            }
        } else {
            RedisStore::open(&settings, randomness).await
        };
        let store = store.map_err(|error| match refusal(error) {
            AdapterError::Unavailable(unavailable) => {
                Unavailable::new("user_directory", unavailable.reason).into()
            }
            refused => refused,
        })?;
        let directory = Arc::new(RedisDirectory::new(store, context.randomness.clone()));
        Ok(Directory {
            users: directory.clone(),
            tokens: Some(directory.clone()),
            staff: None,
            cards: None,
            reload: None,
            import: Some(directory),
        })
    }
}

/// JSON Lines on Redis, where several servers write one log.
pub struct RedisAuditLog;

#[async_trait]
impl Adapter for RedisAuditLog {
    type Port = Arc<dyn AuditLog>;
    type Settings = RedisStoresSettings;

    async fn build(
        &self,
        settings: &RedisStoresSettings,
        context: &AuditLogContext,
    ) -> Result<Arc<dyn AuditLog>, AdapterError> {
        let settings = settings.read_for_log(context.environment)?;
        let randomness = context.randomness.as_ref();
        if context.look_only {
            let found = RedisAuditLines::look(&settings, randomness)
                .await
                .map_err(refusal)?;
            let lines = found.ok_or_else(|| would_begin("audit log", &settings))?;
            return Ok(context.chained(Arc::new(lines)));
        }
        let lines = if context.accept_loss {
            RedisAuditLines::open_what_is_left(&settings, randomness).await
        } else {
            RedisAuditLines::open(&settings, randomness).await
        };
        let lines = lines.map_err(refusal)?;
        if lines.is_new() {
            tracing::warn!(
                "began a new audit log on Redis: had there been one, the servers have lost it, and \
                 it cannot tell whether the password store is the one that was used before; set \
                 audit_log.redis.must_exist = true from now on"
            );
        }
        Ok(context.chained(Arc::new(lines)))
    }
}

/// What a check says of servers that hold nothing.
fn would_begin(what: &str, settings: &RedisSettings) -> AdapterError {
    AdapterError::NotYet(format!(
        "would make a new {what} under {:?}; had there been one, the servers have lost it",
        settings.key_prefix
    ))
}

fn refusal(error: OpenError) -> AdapterError {
    match error {
        OpenError::Setting { key, message } => AdapterError::setting(key, message),
        OpenError::Refused(message) => AdapterError::setting("", message),
        OpenError::Unavailable(unavailable) => unavailable.into(),
    }
}
