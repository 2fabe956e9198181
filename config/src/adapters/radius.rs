use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use secrecy::SecretSlice;
use serde::Deserialize;
use warifu_core::domain::CodeLengths;
use warifu_core::ports::OtpVerifier;
use warifu_radius_otp::{RadiusSettings, RadiusVerifier, SingleUse};

use crate::registry::{Adapter, AdapterError, Context};
use crate::secret_file;
use crate::settings::Environment;
use crate::values::{DurationWithin, IntegerWithin};

/// A shared secret of fewer bytes is guessed from one packet that was overheard (RFC 2865 §3).
const SHORTEST_SECRET: usize = 16;

/// Codes checked by RADIUS servers.
pub(crate) struct RadiusOtp;

/// Settings of [`RadiusOtp`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RadiusOtpSettings {
    /// `host:port` each (UDP). All of them share the secret and the users; one is enough.
    servers: Vec<String>,
    /// A file with the secret that the servers share with this client.
    secret_file: PathBuf,
    /// What the servers call a user: a text with `{contract}` and `{user}`, which is
    /// `{contract}-{user}` unless it says so.
    user: Option<String>,
    /// What this client calls itself: `warifu` unless it says so.
    nas_identifier: Option<String>,
    /// For one check, all servers and repetitions included: `5s` unless it says so.
    timeout: Option<DurationWithin<1, 60>>,
    /// How many digits codes have: `[6]` unless it says so.
    code_lengths: Option<Vec<IntegerWithin<4, 16>>>,
    /// Accept answers without Message-Authenticator. Anybody between here and the server can then
    /// make a refusal into an acceptance (CVE-2024-3596).
    #[serde(default)]
    allow_missing_message_authenticator: bool,
    /// Whether the servers answer to Status-Server, which tells whether they are well: `true`
    /// unless it says so.
    status_server: Option<bool>,
}

impl RadiusOtpSettings {
    fn read(&self, environment: Environment) -> Result<RadiusSettings, AdapterError> {
        let path = &self.secret_file;
        let secret = secret_file::read("secret_file", path)?;
        let secret = secret.trim_ascii_end().to_vec();
        if environment == Environment::Production && secret.len() < SHORTEST_SECRET {
            let reason = format!("holds fewer than {SHORTEST_SECRET} bytes: agree on a longer one");
            return Err(AdapterError::path("secret_file", path, reason));
        }
        let mut settings = RadiusSettings::new(self.servers.clone(), SecretSlice::from(secret));
        if let Some(user) = &self.user {
            settings.user.clone_from(user);
        }
        if let Some(name) = &self.nas_identifier {
            settings.nas_identifier.clone_from(name);
        }
        if let Some(timeout) = self.timeout {
            settings.timeout = timeout.get();
        }
        if let Some(lengths) = &self.code_lengths {
            if lengths.is_empty() {
                return Err(AdapterError::setting("code_lengths", "must name a length"));
            }
            let lengths = lengths.iter().map(|length| length.get() as usize);
            settings.code_lengths = CodeLengths::new(lengths);
        }
        if let Some(status_server) = self.status_server {
            settings.status_server = status_server;
        }
        settings.allow_missing_message_authenticator = self.allow_missing_message_authenticator;
        Ok(settings)
    }
}

#[async_trait]
impl Adapter for RadiusOtp {
    type Port = Arc<dyn OtpVerifier>;
    type Settings = RadiusOtpSettings;

    async fn build(
        &self,
        settings: &RadiusOtpSettings,
        context: &Context,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let settings = settings.read(context.environment)?;
        if settings.allow_missing_message_authenticator {
            tracing::warn!(
                "otp_verifier.radius.allow_missing_message_authenticator: whoever stands between \
                 here and the server can forge its answers"
            );
        }
        let verifier = RadiusVerifier::new(settings, context.randomness.clone())
            .map_err(|error| AdapterError::setting(error.key, error.message))?;
        let once = context.stores()?.once.clone();
        Ok(Arc::new(SingleUse::new(verifier, once)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn refusal(secret: &str, environment: Environment) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let settings: RadiusOtpSettings = serde_json::from_value(serde_json::json!({
            "servers": ["127.0.0.1:1812"],
            "secret_file": path,
        }))
        .unwrap();
        let read = settings.read(environment);
        read.err().map(|error| error.to_string())
    }

    #[test]
    fn short_secrets_are_for_development_only() {
        let words = refusal("testing123\n", Environment::Production).unwrap();
        assert!(words.contains("16 bytes") && !words.contains("testing123"));
        assert_eq!(refusal("testing123\n", Environment::Development), None);
        let long = "0123456789abcdef";
        assert_eq!(refusal(long, Environment::Production), None);
    }
}
