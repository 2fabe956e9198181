//! How a configuration sets the verifiers up: one of one-time passwords, one of login or transaction
//! passwords, both by the same provider settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_adapter_kit::values::IntegerWithin;
use warifu_adapter_kit::{Adapter, AdapterError, OtpVerifierContext, PasswordCheckContext};
use warifu_core::domain::{CodeLengths, UserId};
use warifu_core::ports::{OtpVerifier, PasswordCheck};

use crate::passwords::{HttpPasswordSettings, HttpPasswordVerifier};
use crate::settings::{
    DemandSettings, IdleConnections, Preset, Reach, RefusedStatus, RequestSettings, Timeout,
};
use crate::verifier::{HttpOtpSettings, HttpOtpVerifier};

/// Codes checked by a provider that speaks HTTP.
pub struct HttpOtp;

/// Settings of [`HttpOtp`].
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpOtpAdapterSettings {
    /// Where codes are sent by POST: `https://…`, or `http://…` on this machine.
    url: Option<String>,
    /// An exchange that is known by name. What is set beside it replaces that part of it.
    preset: Option<Preset>,
    /// What is sent.
    request: Option<RequestSettings>,
    /// What an answer must have to be believed at all.
    required: Option<Vec<DemandSettings>>,
    /// What makes an answer an acceptance.
    accepted: Option<DemandSettings>,
    /// What makes it a refusal. Where it is not set: another value of the same type where the
    /// acceptance would stand. Everything else is no verdict.
    refused: Option<DemandSettings>,
    /// Where it is no acceptance: what makes it neither that nor a refusal, such as a challenge.
    undecided: Option<Vec<DemandSettings>>,
    /// Statuses besides 200 with which `refused` may come, such as `[401]`.
    refused_statuses: Vec<RefusedStatus>,
    /// Headers besides the usual ones. No secrets here: others see this file.
    headers: BTreeMap<String, String>,
    /// A file with a token that is sent in the header `Authorization`, after `Bearer` (with the
    /// preset `privacyidea` alone, as it wants it).
    token_file: Option<PathBuf>,
    /// Another header for the token, such as `X-Api-Key`. It stands there alone.
    token_header: Option<String>,
    /// The authorities of the provider's certificate, in PEM; else those of the operating system.
    ca_file: Option<PathBuf>,
    /// A certificate to show to the provider, in PEM.
    client_certificate_file: Option<PathBuf>,
    /// Its key, in PEM.
    client_key_file: Option<PathBuf>,
    /// The whole exchange takes no longer: from `100ms` to `60s`; `3s` where it is not set.
    timeout: Option<Timeout>,
    /// How many connections are kept open while nobody needs them; 8 where it is not set.
    idle_connections: Option<IdleConnections>,
    /// How many digits codes can have; 6 where it is not set.
    code_lengths: Option<Vec<IntegerWithin<4, 12>>>,
}

impl HttpOtpAdapterSettings {
    fn reach(&self) -> Reach<'_> {
        Reach {
            url: &self.url,
            preset: self.preset,
            request: &self.request,
            required: &self.required,
            accepted: &self.accepted,
            refused: &self.refused,
            refused_statuses: &self.refused_statuses,
            undecided: &self.undecided,
            headers: &self.headers,
            token_file: &self.token_file,
            token_header: &self.token_header,
            ca_file: &self.ca_file,
            client_certificate_file: &self.client_certificate_file,
            client_key_file: &self.client_key_file,
            timeout: self.timeout,
            idle_connections: self.idle_connections,
        }
    }

    fn read(&self) -> Result<HttpOtpSettings, AdapterError> {
        let lengths = self.code_lengths.iter().flatten();
        Ok(HttpOtpSettings {
            provider: self.reach().provider()?,
            code_lengths: CodeLengths::new(lengths.map(|length| length.get() as usize)),
        })
    }
}

#[async_trait]
impl Adapter for HttpOtp {
    type Port = Arc<dyn OtpVerifier>;
    type Settings = HttpOtpAdapterSettings;

    async fn build(
        &self,
        settings: &HttpOtpAdapterSettings,
        context: &OtpVerifierContext,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let timeout = settings.reach().timeout()?;
        let verifier = HttpOtpVerifier::new(settings.read()?)?;
        Ok(context.guarded("http", timeout, Arc::new(verifier)))
    }
}

/// Who is asked about where there is no user, unless somebody else is set.
const DECOY_USER: &str = "warifu-decoy";

/// Login or transaction passwords checked by a provider that speaks HTTP.
pub struct HttpPasswords;

/// Settings of [`HttpPasswords`].
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpPasswordsSettings {
    /// Where passwords are sent by POST: `https://…`, or `http://…` on this machine.
    url: Option<String>,
    /// What is sent, with the place `{password}`.
    request: Option<RequestSettings>,
    /// What an answer must have to be believed at all.
    required: Option<Vec<DemandSettings>>,
    /// What says that the password is right.
    accepted: Option<DemandSettings>,
    /// What says that it is wrong, or that there is no such user. Where it is not set: another
    /// value of the same type where the acceptance would stand. Everything else is no verdict.
    refused: Option<DemandSettings>,
    /// Statuses besides 200 with which `refused` may come, such as `[401]`.
    refused_statuses: Vec<RefusedStatus>,
    /// Where it is no acceptance: what makes it neither that nor a refusal. Nothing is counted
    /// then, and the user is asked to try again later.
    undecided: Option<Vec<DemandSettings>>,
    /// Headers besides the usual ones. No secrets here: others see this file.
    headers: BTreeMap<String, String>,
    /// A file with a token that is sent in the header `Authorization`, after `Bearer`.
    token_file: Option<PathBuf>,
    /// Another header for the token, such as `X-Api-Key`. It stands there alone.
    token_header: Option<String>,
    /// The authorities of the provider's certificate, in PEM; else those of the operating system.
    ca_file: Option<PathBuf>,
    /// A certificate to show to the provider, in PEM.
    client_certificate_file: Option<PathBuf>,
    /// Its key, in PEM.
    client_key_file: Option<PathBuf>,
    /// The whole exchange takes no longer: from `100ms` to `60s`; `3s` where it is not set.
    timeout: Option<Timeout>,
    /// How many connections are kept open while nobody needs them; 8 where it is not set.
    idle_connections: Option<IdleConnections>,
    /// A user ID that no user has, `warifu-decoy` where it is not set: the provider is asked about
    /// it where there is no user, so that refusing takes as long. Best an account with a password
    /// that nobody knows.
    decoy_user: Option<String>,
}

impl HttpPasswordsSettings {
    fn reach(&self) -> Reach<'_> {
        Reach {
            url: &self.url,
            preset: None,
            request: &self.request,
            required: &self.required,
            accepted: &self.accepted,
            refused: &self.refused,
            refused_statuses: &self.refused_statuses,
            undecided: &self.undecided,
            headers: &self.headers,
            token_file: &self.token_file,
            token_header: &self.token_header,
            ca_file: &self.ca_file,
            client_certificate_file: &self.client_certificate_file,
            client_key_file: &self.client_key_file,
            timeout: self.timeout,
            idle_connections: self.idle_connections,
        }
    }

    fn read(&self) -> Result<HttpPasswordSettings, AdapterError> {
        let decoy = self.decoy_user.as_deref().unwrap_or(DECOY_USER);
        let decoy_user: UserId = decoy
            .parse()
            .map_err(|_| AdapterError::setting("decoy_user", "must be what a user ID can be"))?;
        Ok(HttpPasswordSettings {
            provider: self.reach().provider()?,
            decoy_user,
        })
    }
}

#[async_trait]
impl Adapter for HttpPasswords {
    type Port = PasswordCheck;
    type Settings = HttpPasswordsSettings;

    async fn build(
        &self,
        settings: &HttpPasswordsSettings,
        context: &PasswordCheckContext,
    ) -> Result<PasswordCheck, AdapterError> {
        let timeout = settings.reach().timeout()?;
        let verifier = HttpPasswordVerifier::new(settings.read()?, context.section)?;
        Ok(context.guarded("http", timeout, Arc::new(verifier)))
    }
}

#[cfg(test)]
mod tests;
