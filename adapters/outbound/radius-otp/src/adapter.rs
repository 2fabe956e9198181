//! How a configuration sets the verifier up.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretSlice};
use serde::Deserialize;
use warifu_adapter_kit::values::{DurationWithin, IntegerWithin};
use warifu_adapter_kit::{Adapter, AdapterError, Environment, OtpVerifierContext, secret_file};
use warifu_core::domain::CodeLengths;
use warifu_core::ports::OtpVerifier;

use crate::settings::RadiusSettings;
use crate::verifier::RadiusVerifier;

/// A shared secret of fewer bytes is guessed from one packet that was overheard (RFC 2865 §3).
const SHORTEST_SECRET: usize = 16;

/// The verifier keeps its own time, and then tells which servers were silent; only what takes even
/// longer is cut off from outside.
const SPARE: Duration = Duration::from_secs(1);

/// Codes checked by RADIUS servers.
pub struct RadiusOtp;

/// Settings of [`RadiusOtp`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RadiusOtpSettings {
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
    fn read(&self) -> Result<RadiusSettings, AdapterError> {
        let path = &self.secret_file;
        let secret = secret_file::read("secret_file", path)?;
        // Without the line's end that editors add.
        let line = secret.strip_suffix(b"\n").unwrap_or(&secret);
        let secret = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
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
        context: &OtpVerifierContext,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let settings = settings.read()?;
        let length = settings.secret.expose_secret().len();
        if context.environment == Environment::Production && length < SHORTEST_SECRET {
            tracing::warn!(
                "otp_verifier.radius.secret_file holds {length} bytes: agree on at least \
                 {SHORTEST_SECRET}, for less can be guessed from one packet"
            );
        }
        if settings.allow_missing_message_authenticator {
            tracing::warn!(
                "otp_verifier.radius.allow_missing_message_authenticator: whoever stands between \
                 here and the server can forge its answers"
            );
        }
        let deadline = settings.timeout + SPARE;
        let verifier = RadiusVerifier::new(settings, context.randomness.clone())?;
        Ok(context.guarded("radius", deadline, Arc::new(verifier)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn read(secret: &str, more: &serde_json::Value) -> Result<RadiusSettings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut settings = serde_json::json!({
            "servers": ["127.0.0.1:1812"],
            "secret_file": path,
        });
        for (key, value) in more.as_object().unwrap() {
            settings[key] = value.clone();
        }
        let settings: RadiusOtpSettings = serde_json::from_value(settings).unwrap();
        settings.read().map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_is_its_file_without_the_lines_end() {
        let read = read("  testing123 \r\n", &serde_json::json!({})).unwrap();
        assert_eq!(read.secret.expose_secret(), b"  testing123 ");
        assert!(!read.allow_missing_message_authenticator && read.status_server);
    }

    #[test]
    fn lengths_of_codes_are_named_or_left_out() {
        let none = read("testing123", &serde_json::json!({"code_lengths": []}));
        assert!(none.unwrap_err().contains("code_lengths"));
        let two = read("testing123", &serde_json::json!({"code_lengths": [6, 8]})).unwrap();
        assert_eq!(two.code_lengths, CodeLengths::new([6, 8]));
    }
}
