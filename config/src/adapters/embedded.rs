use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_core::ports::Unavailable;
use warifu_embedded::{EmbeddedSettings, EmbeddedStore, OpenError};

use warifu_adapter_kit::values::DurationWithin;
use warifu_adapter_kit::{Adapter, AdapterError, Stores, StoresContext};

/// All stores in one file.
pub(crate) struct EmbeddedStores;

/// Settings of [`EmbeddedStores`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmbeddedStoresSettings {
    /// The file, on a local disk. Made where there is none; several programs of one machine may
    /// share it.
    path: PathBuf,
    /// How long a retrieval password is kept in lists after its end.
    #[serde(default)]
    keep_for: Option<DurationWithin<86_400, 315_360_000>>,
}

#[async_trait]
impl Adapter for EmbeddedStores {
    type Port = Stores;
    type Settings = EmbeddedStoresSettings;

    async fn build(
        &self,
        settings: &EmbeddedStoresSettings,
        context: &StoresContext,
    ) -> Result<Stores, AdapterError> {
        let mut store = EmbeddedSettings::new(&settings.path);
        if let Some(keep_for) = settings.keep_for {
            store.keep_for = keep_for.get();
        }
        store.adopt.clone_from(&context.adopt);
        let store = EmbeddedStore::open(&store, context.clock.clone(), context.randomness.as_ref());
        let store = Arc::new(store.map_err(refusal)?);
        Ok(Stores {
            identity: Some(store.identity().clone()),
            attempts: store.clone(),
            retrieval_passwords: store.clone(),
            sessions: store.clone(),
            once: store.clone(),
            quotas: store.clone(),
            otp_steps: store.clone(),
            paper_requests: store.clone(),
            register: store,
        })
    }
}

/// What another try may get over is no fault of the configuration.
fn refusal(error: OpenError) -> AdapterError {
    match error {
        OpenError::Unusable { .. } | OpenError::NoThread(_) => {
            Unavailable::new("password_store", error.to_string()).into()
        }
        error => AdapterError::setting("path", error.to_string()),
    }
}
