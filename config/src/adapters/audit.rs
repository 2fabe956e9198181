use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_audit_file::{FileAuditLog, StdoutAuditLog};
use warifu_core::ports::AuditLog;

use crate::registry::{Adapter, AdapterError, Context, NoSettings};

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
        context: &Context,
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
        context: &Context,
    ) -> Result<Arc<dyn AuditLog>, AdapterError> {
        Ok(Arc::new(StdoutAuditLog::new(context.randomness.clone())))
    }
}
