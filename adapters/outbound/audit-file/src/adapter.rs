//! How a configuration sets the audit log up.

use std::io::ErrorKind;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use warifu_adapter_kit::{Adapter, AdapterError, AuditLogContext, NoSettings, would_make};
use warifu_core::ports::AuditLog;

use crate::file_log::FileAuditLog;
use crate::log_writer::LogOptions;
use crate::mark::Checkpoints;
use crate::settings::AuditFileSettings;
use crate::signing::SigningKey;
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
        Ok(Arc::new(open(settings, context)?))
    }
}

/// Opens the file that a configuration names.
pub(crate) fn open(
    settings: &AuditFileSettings,
    context: &AuditLogContext,
) -> Result<FileAuditLog, AdapterError> {
    let options = LogOptions {
        rotation: settings.rotation(),
        checkpoints: checkpoints(context)?,
        accept_loss: context.accept_loss.then(|| context.clock.now()),
    };
    FileAuditLog::open_with(&settings.path, context.randomness.clone(), options)
        .map_err(|error| AdapterError::path("path", &error.path, &error.source))
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
        if context.signing.is_some() {
            let message = "cannot be signed here, as it is kept elsewhere: remove \
                           audit_log.signing_key_file, and sign where the records are collected";
            return Err(AdapterError::setting("", message));
        }
        Ok(Arc::new(StdoutAuditLog::new(context.randomness.clone())))
    }
}

/// How often a program signs, where it does.
fn checkpoints(context: &AuditLogContext) -> Result<Option<Checkpoints>, AdapterError> {
    let Some(signing) = &context.signing else {
        return Ok(None);
    };
    let key = SigningKey::from_pem(signing.key.expose_secret().as_bytes());
    let key = key.map_err(|error| AdapterError::setting("", format!("the signing key {error}")))?;
    Ok(Some(Checkpoints {
        key: Arc::new(key),
        records: signing.records,
        interval: signing.interval,
    }))
}
