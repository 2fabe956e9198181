use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_audit_file::{ChainedAuditLog, FileAuditLog, StdoutAuditLog};
use warifu_core::ports::AuditLog;
use warifu_redis::RedisAuditLines;

use crate::adapters::redis::{RedisStoresSettings, refusal};
use warifu_adapter_kit::{Adapter, AdapterError, AuditLogContext, NoSettings};

/// JSON Lines in a file.
pub(crate) struct AuditFile;

/// Settings of [`AuditFile`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditFileSettings {
    /// The file. Several programs may write to it.
    path: PathBuf,
}

#[async_trait]
impl Adapter for AuditFile {
    type Port = Arc<dyn AuditLog>;
    type Settings = AuditFileSettings;

    async fn build(
        &self,
        settings: &AuditFileSettings,
        context: &AuditLogContext,
    ) -> Result<Arc<dyn AuditLog>, AdapterError> {
        let log = FileAuditLog::open(&settings.path, context.randomness.clone())
            .map_err(|error| AdapterError::path("path", &error.path, &error.source))?;
        Ok(Arc::new(log))
    }
}

/// JSON Lines on the standard output, for another program to collect.
pub(crate) struct AuditStdout;

#[async_trait]
impl Adapter for AuditStdout {
    type Port = Arc<dyn AuditLog>;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        context: &AuditLogContext,
    ) -> Result<Arc<dyn AuditLog>, AdapterError> {
        Ok(Arc::new(StdoutAuditLog::new(context.randomness.clone())))
    }
}

/// JSON Lines on Redis, where several servers write one log.
pub(crate) struct AuditRedis;

#[async_trait]
impl Adapter for AuditRedis {
    type Port = Arc<dyn AuditLog>;
    type Settings = RedisStoresSettings;

    async fn build(
        &self,
        settings: &RedisStoresSettings,
        context: &AuditLogContext,
    ) -> Result<Arc<dyn AuditLog>, AdapterError> {
        let settings = settings.read_for_log(context.environment)?;
        let randomness = context.randomness.as_ref();
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
        Ok(Arc::new(ChainedAuditLog::new(
            Arc::new(lines),
            context.randomness.clone(),
        )))
    }
}
