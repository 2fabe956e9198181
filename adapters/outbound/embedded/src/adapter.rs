//! How a configuration sets the store up.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, Stores, StoresContext, would_make};
use warifu_core::ports::Unavailable;

use crate::connection::version_of;
use crate::failure::{OpenError, PORT};
use crate::schema::current;
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
        if context.look_only {
            look(&settings.path)?;
        }
        let (clock, randomness) = (context.clock.clone(), context.randomness.as_ref());
        let store = EmbeddedStore::open(&settings, clock, randomness).map_err(refusal)?;
        let identity = store.identity().clone();
        Ok(Stores::in_one(Arc::new(store), Some(identity)))
    }
}

/// Whether there is a store that would be used as it is.
fn look(path: &Path) -> Result<(), AdapterError> {
    match version_of(path).map_err(refusal)? {
        None => Err(would_make("path", path)),
        Some(version) if version < current() => {
            let (path, current) = (path.display(), current());
            Err(AdapterError::NotYet(format!(
                "would bring {path} from version {version} to {current}"
            )))
        }
        Some(_) => Ok(()),
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
