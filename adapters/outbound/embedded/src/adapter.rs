//! How a configuration sets the store up.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, Stores, StoresContext};
use warifu_core::ports::Unavailable;

use crate::failure::{OpenError, PORT};
use crate::settings::EmbeddedStoresSettings;
use crate::store::EmbeddedStore;

/// All stores in one file.
pub struct EmbeddedStores;

#[async_trait]
impl Adapter for EmbeddedStores {
    type Port = Stores;
    type Settings = EmbeddedStoresSettings;

    async fn build(
        &self,
        settings: &EmbeddedStoresSettings,
        context: &StoresContext,
    ) -> Result<Stores, AdapterError> {
        let settings = settings.read(context.adopt.as_ref());
        let (clock, randomness) = (context.clock.clone(), context.randomness.as_ref());
        let store = EmbeddedStore::open(&settings, clock, randomness).map_err(refusal)?;
        let identity = store.identity().clone();
        Ok(Stores::in_one(Arc::new(store), Some(identity)))
    }
}

/// What another try may get over is no fault of the configuration.
fn refusal(error: OpenError) -> AdapterError {
    match error {
        OpenError::Unusable { .. } | OpenError::NoThread(_) => {
            Unavailable::new(PORT, error.to_string()).into()
        }
        error => AdapterError::setting("path", error.to_string()),
    }
}
