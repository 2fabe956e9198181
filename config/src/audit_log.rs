//! What holds of the audit log whichever adapter keeps it: how it is signed, and that it is not lost
//! unseen.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use warifu_adapter_kit::{AdapterError, Signing, secret_file};
use warifu_audit_file::{Checkpoints, SigningKey};
use warifu_core::domain::{StoreEpoch, StoreIdentity};
use warifu_core::ports::{OnceKey, OnceStore, Unavailable};

use crate::configuration::Configuration;
use crate::problem::{ConfigError, Problem};

/// For as long as any store is used.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The key that servers sign with, where the configuration names one.
pub(crate) fn signing(configuration: &Configuration) -> Result<Option<Signing>, ConfigError> {
    const KEY: &str = "audit_log.signing_key_file";
    let section = configuration.audit_log();
    let path = section.signing_key_file.as_deref();
    let refused = |message: String| {
        let origin = configuration.tree().origin_at(KEY);
        ConfigError::one(Problem::new(origin, KEY, message))
    };
    let key = secret_file::read_text("signing_key_file", path).map_err(|error| match error {
        AdapterError::Setting { message, .. } => refused(message),
        other => refused(other.to_string()),
    })?;
    let (Some(key), Some(path)) = (key, path) else {
        return Ok(None);
    };
    SigningKey::from_pem(key.expose_secret().as_bytes())
        .map_err(|error| refused(format!("{} {error}", path.display())))?;
    Ok(Some(Signing {
        key: Arc::new(key),
        records: section.checkpoint_records.get().into(),
        interval: section.checkpoint_interval.get(),
    }))
}

/// The same for a log over a store of lines. A key that was read is a key.
pub(crate) fn checkpoints(signing: &Signing) -> Option<Checkpoints> {
    let key = SigningKey::from_pem(signing.key.expose_secret().as_bytes()).ok()?;
    Some(Checkpoints {
        key: Arc::new(key),
        records: signing.records,
        interval: signing.interval,
    })
}

/// Remembers in a store that a log in a file knows it, so that the log is missed when it is gone with
/// its whole folder. Logs elsewhere have other means.
pub(crate) struct KnownByLog<'a> {
    once: &'a dyn OnceStore,
    key: OnceKey,
}

impl<'a> KnownByLog<'a> {
    /// Nothing where there is nothing to remember, or nowhere.
    pub(crate) fn new(
        configuration: &Configuration,
        once: &'a dyn OnceStore,
        identity: &StoreIdentity,
    ) -> Option<Self> {
        let path = configuration.audit_file()?;
        let path = std::path::absolute(&path).unwrap_or(path);
        // Each machine has a log of its own, also under the same path.
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let log = format!("{}:{}", host.trim(), path.display());
        let epoch: StoreEpoch = identity.epoch;
        let key = OnceKey::of_noted_store(epoch, &log);
        Some(Self { once, key })
    }

    pub(crate) async fn is_known(&self) -> Result<bool, Unavailable> {
        self.once.is_claimed(self.key).await
    }

    pub(crate) async fn note(&self) -> Result<(), Unavailable> {
        self.once.claim(self.key, FOR_EVER).await.map(drop)
    }
}
