use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_core::ports::CertificateAuthority;
use warifu_local_ca::{LocalCaError, LocalCaSettings, LocalCertificateAuthority};

use warifu_adapter_kit::values::{DurationWithin, Words};
use warifu_adapter_kit::{Adapter, AdapterError, AuthorityContext, NoSettings};

/// An authority of one's own, in a directory.
pub(crate) struct LocalAuthority;

/// Settings of [`LocalAuthority`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocalAuthoritySettings {
    /// Where its key and certificate are. Made where there is nothing; several servers may share
    /// it.
    directory: PathBuf,
    /// For how long clients' certificates are valid.
    #[serde(default)]
    validity: Option<DurationWithin<86_400, 315_360_000>>,
    /// `O=` of the authority's own certificate, when it makes one.
    #[serde(default)]
    organisation: Option<Words>,
    /// `CN=` of the authority's own certificate, when it makes one.
    #[serde(default)]
    common_name: Option<Words>,
}

#[async_trait]
impl Adapter for LocalAuthority {
    type Port = Arc<dyn CertificateAuthority>;
    type Settings = LocalAuthoritySettings;

    async fn build(
        &self,
        settings: &LocalAuthoritySettings,
        context: &AuthorityContext,
    ) -> Result<Arc<dyn CertificateAuthority>, AdapterError> {
        let mut authority = LocalCaSettings::default();
        if let Some(validity) = settings.validity {
            authority.validity = validity.get();
        }
        if let Some(Words(organisation)) = &settings.organisation {
            authority.organisation.clone_from(organisation);
        }
        if let Some(Words(common_name)) = &settings.common_name {
            authority.common_name.clone_from(common_name);
        }
        let clock = context.clock.clone();
        LocalCertificateAuthority::open(&settings.directory, clock, authority)
            .map(|authority| Arc::new(authority) as Arc<dyn CertificateAuthority>)
            .map_err(|error| AdapterError::setting("directory", in_full(&error)))
    }
}

/// An authority that is gone when the program ends, for the demonstration.
pub(crate) struct EphemeralAuthority;

#[async_trait]
impl Adapter for EphemeralAuthority {
    type Port = Arc<dyn CertificateAuthority>;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        context: &AuthorityContext,
    ) -> Result<Arc<dyn CertificateAuthority>, AdapterError> {
        let settings = LocalCaSettings {
            common_name: "Warifu Demonstration CA".to_owned(),
            ..LocalCaSettings::default()
        };
        LocalCertificateAuthority::ephemeral(context.clock.clone(), settings)
            .map(|authority| Arc::new(authority) as Arc<dyn CertificateAuthority>)
            .map_err(|error| AdapterError::setting("", in_full(&error)))
    }

    fn refused_in_production(&self) -> Option<&'static str> {
        Some("is for the demonstration only: its key is gone when the program ends")
    }
}

fn in_full(error: &LocalCaError) -> String {
    match error.source() {
        Some(source) if !error.to_string().contains(&source.to_string()) => {
            format!("{error}: {source}")
        }
        _ => error.to_string(),
    }
}
