//! How a configuration sets an authority up.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, AuthorityContext, NoSettings, would_make};
use warifu_core::ports::CertificateAuthority;

use crate::certificate_authority::LocalCertificateAuthority;
use crate::error::LocalCaError;
use crate::settings::{LocalAuthoritySettings, LocalCaSettings};

/// An authority of one's own, in a directory.
pub struct LocalAuthority;

#[async_trait]
impl Adapter for LocalAuthority {
    type Port = Arc<dyn CertificateAuthority>;
    type Settings = LocalAuthoritySettings;

    async fn build(
        &self,
        settings: &LocalAuthoritySettings,
        context: &AuthorityContext,
    ) -> Result<Arc<dyn CertificateAuthority>, AdapterError> {
        let (directory, clock) = (&settings.directory, context.clock.clone());
        if context.look_only {
            let look = LocalCertificateAuthority::look(directory, clock, settings.read());
            let found =
                look.map_err(|error| AdapterError::setting("directory", in_full(&error)))?;
            let found = found.ok_or_else(|| would_make("directory", &directory.join("ca.pem")))?;
            return Ok(Arc::new(found));
        }
        let authority = LocalCertificateAuthority::open(directory, clock, settings.read());
        let refused = |error| AdapterError::setting("directory", in_full(&error));
        Ok(Arc::new(authority.map_err(refused)?))
    }
}

/// An authority that is gone when the program ends, for the demonstration.
pub struct EphemeralAuthority;

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
        let authority = LocalCertificateAuthority::ephemeral(context.clock.clone(), settings);
        let refused = |error| AdapterError::setting("", in_full(&error));
        Ok(Arc::new(authority.map_err(refused)?))
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
