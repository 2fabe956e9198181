use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_core::domain::CodeLengths;
use warifu_core::ports::OtpVerifier;
use warifu_http_otp::{HttpOtpSettings, HttpOtpVerifier};

use super::http_provider::{
    DemandSettings, IdleConnections, Preset, Reach, RefusedStatus, RequestSettings, Timeout,
};
use warifu_adapter_kit::values::IntegerWithin;
use warifu_adapter_kit::{Adapter, AdapterError, OtpVerifierContext};

/// Codes checked by a provider that speaks HTTP.
pub(crate) struct HttpOtp;

/// Settings of [`HttpOtp`].
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HttpOtpAdapterSettings {
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
        let verifier = HttpOtpVerifier::new(settings.read()?)
            .map_err(|error| AdapterError::setting(error.key, error.message))?;
        Ok(context.guarded("http", timeout, Arc::new(verifier)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::{Value, json};
    use warifu_http_otp::{Encoding, Exchange};

    use super::*;

    fn settings(value: Value) -> HttpOtpAdapterSettings {
        serde_json::from_value(value).expect("settings of the right shape")
    }

    /// What the start says of settings that are refused.
    fn refusal(value: Value) -> String {
        let settings = settings(value);
        let built = settings.reach().timeout().and_then(|_| {
            HttpOtpVerifier::new(settings.read()?)
                .map(|_| ())
                .map_err(|error| AdapterError::setting(error.key, error.message))
        });
        built.expect_err("the settings are refused").to_string()
    }

    #[test]
    fn each_refusal_names_the_setting_and_what_to_do() {
        let with = |more: Value| {
            let mut settings = json!({
                "url": "https://otp.bank.example/validate/check", "preset": "privacyidea",
            });
            for (key, value) in more.as_object().expect("an object") {
                settings[key] = value.clone();
            }
            settings
        };
        let form =
            |user: &str| json!({ "encoding": "form", "fields": { "user": user, "pass": "{otp}" } });
        for (given, words) in [
            (json!({ "preset": "privacyidea" }), "url: is missing"),
            (
                json!({ "url": "https://x.example/" }),
                "accepted: is missing; set preset",
            ),
            (
                json!({
                    "url": "https://x.example/",
                    "accepted": { "pointer": "/ok", "equals": true },
                }),
                "request: is missing; set preset",
            ),
            (
                with(json!({ "url": "http://otp.bank.example/" })),
                "url: secrets would travel",
            ),
            (
                with(json!({ "timeout": "50ms" })),
                "timeout: must be at least 100ms",
            ),
            (
                with(json!({ "request": form("{user}") })),
                "{contract} stands nowhere",
            ),
            (
                with(json!({ "request": form("{contract}{user}") })),
                "no two users look the same",
            ),
            (
                with(json!({ "accepted": { "pointer": "result", "equals": true } })),
                "accepted.pointer: \"result\" is not a JSON pointer",
            ),
            (
                with(json!({ "required": [{ "pointer": "/a", "equals": 1.5 }] })),
                "required.equals: must be true, false, an integer or a text",
            ),
            (
                with(json!({ "refused_statuses": [401] })),
                "refused_statuses: needs refused",
            ),
            (
                with(json!({ "headers": { "Authorization": "Bearer hunter2" } })),
                "headers.Authorization: would stand here for all to read; use token_file",
            ),
            (
                with(json!({ "token_header": "X-Api-Key" })),
                "token_header: is for a token",
            ),
            (
                with(json!({ "client_key_file": "client.key" })),
                "client_certificate_file",
            ),
            (
                with(json!({ "ca_file": "missing.pem" })),
                "ca_file: missing.pem",
            ),
        ] {
            let refused = refusal(given);
            assert!(refused.contains(words), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn a_preset_gives_way_to_what_is_set_beside_it() {
        let fields = json!({ "user": "{contract}-{user}", "realm": "bank", "pass": "{otp}" });
        let settings = settings(json!({
            "preset": "privacyidea",
            "request": { "encoding": "json", "fields": fields },
        }));
        let exchange = settings.reach().exchange().expect("a good exchange");
        assert_eq!(exchange.encoding, Encoding::Json);
        assert_eq!(exchange.fields["realm"], "bank");
        assert_eq!(exchange.accepted, Exchange::privacyidea().accepted);
        assert_eq!(exchange.required, Exchange::privacyidea().required);
    }

    #[test]
    fn the_token_comes_from_a_file_that_nobody_else_reads() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("token");
        std::fs::write(&file, "hunter2\n").expect("a file");
        let given = settings(json!({
            "url": "https://otp.bank.example/", "preset": "privacyidea", "token_file": file,
        }));
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&file, open).expect("permissions");
        let refused = given.read().map(|_| ()).expect_err("others may read it");
        let refused = refused.to_string();
        assert!(
            refused.contains("chmod 600") && !refused.contains("hunter2"),
            "{refused}"
        );
        let closed = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, closed).expect("permissions");
        assert!(given.read().is_ok());
    }
}
