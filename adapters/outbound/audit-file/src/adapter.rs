//! How a configuration sets the audit log up.

use std::io::ErrorKind;
use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, AuditLogContext, NoSettings, would_make};
use warifu_core::ports::AuditLog;

use crate::file_log::FileAuditLog;
use crate::settings::AuditFileSettings;
use crate::stdout::StdoutAuditLog;

/// JSON Lines in a file.
pub struct AuditFile;

#[async_trait]
impl Adapter for AuditFile {
    type Port = Arc<dyn AuditLog>;
    type Settings = AuditFileSettings;

    async fn build(
        &self,
        settings: &AuditFileSettings,
        context: &AuditLogContext,
    ) -> Result<Arc<dyn AuditLog>, AdapterError> {
        if context.look_only
            && let Err(error) = std::fs::metadata(&settings.path)
            && error.kind() == ErrorKind::NotFound
        {
            return Err(would_make("path", &settings.path));
        }
        let log = FileAuditLog::open(&settings.path, context.randomness.clone())
            .map_err(|error| AdapterError::path("path", &error.path, &error.source))?;
        Ok(Arc::new(log))
    }
}

/// JSON Lines on the standard output, for another program to collect.
pub struct AuditStdout;

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
