use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use secrecy::SecretSlice;
use serde::Deserialize;
use serde_json::{Map, Value};
use warifu_core::domain::CodeLengths;
use warifu_core::ports::OtpVerifier;
use warifu_http_otp::{
    ClientIdentity, Demand, Encoding, Exchange, Expected, HttpOtpSettings, HttpOtpVerifier, Token,
};

use crate::registry::{Adapter, AdapterError, Context};
use crate::secret_file;
use crate::values::{DurationWithin, IntegerWithin};

/// The total deadline of a check, where none is set.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Less than this is no time to answer in.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(100);
/// Connections kept open while nobody needs them, where no number is set.
const IDLE_CONNECTIONS: u32 = 8;

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
    timeout: Option<DurationWithin<0, 60>>,
    /// How many connections are kept open while nobody needs them; 8 where it is not set.
    idle_connections: Option<IntegerWithin<0, 1_000>>,
    /// How many digits codes can have; 6 where it is not set.
    code_lengths: Option<Vec<IntegerWithin<4, 12>>>,
}

/// Exchanges known by name.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Preset {
    /// `POST /validate/check`.
    PrivacyIdea,
}

/// What is sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RequestSettings {
    /// How it is written.
    encoding: EncodingName,
    /// Its fields. Texts have the places `{contract}`, `{user}` and `{otp}`.
    fields: BTreeMap<String, Value>,
}

/// How a request is written.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum EncodingName {
    Form,
    Json,
}

/// What must stand somewhere in an answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DemandSettings {
    /// Where, as a JSON pointer, such as `/result/value`.
    pointer: String,
    /// `true`, `false`, an integer or a text; the type counts.
    equals: Value,
}

impl DemandSettings {
    fn read(&self, key: &str) -> Result<Demand, AdapterError> {
        let expected = match &self.equals {
            Value::Bool(flag) => Expected::Flag(*flag),
            Value::String(text) => Expected::Text(text.clone()),
            Value::Number(number) if number.is_i64() => {
                Expected::Integer(number.as_i64().unwrap_or_default())
            }
            _ => {
                return Err(AdapterError::setting(
                    format!("{key}.equals"),
                    "must be true, false, an integer or a text",
                ));
            }
        };
        Ok(Demand::new(&self.pointer, expected))
    }
}

fn demands(key: &str, demands: &[DemandSettings]) -> Result<Vec<Demand>, AdapterError> {
    demands.iter().map(|demand| demand.read(key)).collect()
}

impl HttpOtpAdapterSettings {
    fn exchange(&self) -> Result<Exchange, AdapterError> {
        let missing = |key: &str| {
            let message = "is missing; set preset, or request and accepted";
            AdapterError::setting(key, message)
        };
        let mut exchange = match (&self.preset, &self.accepted) {
            (Some(Preset::PrivacyIdea), _) => Exchange::privacyidea(),
            (None, Some(accepted)) => Exchange {
                encoding: Encoding::Form,
                fields: Map::new(),
                required: Vec::new(),
                accepted: accepted.read("accepted")?,
                refused: None,
                undecided: Vec::new(),
            },
            (None, None) => return Err(missing("accepted")),
        };
        match &self.request {
            Some(request) => {
                exchange.encoding = match request.encoding {
                    EncodingName::Form => Encoding::Form,
                    EncodingName::Json => Encoding::Json,
                };
                exchange.fields = request.fields.clone().into_iter().collect();
            }
            None if self.preset.is_none() => return Err(missing("request")),
            None => {}
        }
        if let Some(required) = &self.required {
            exchange.required = demands("required", required)?;
        }
        if let Some(accepted) = &self.accepted {
            exchange.accepted = accepted.read("accepted")?;
        }
        if let Some(refused) = &self.refused {
            exchange.refused = Some(refused.read("refused")?);
        }
        if let Some(undecided) = &self.undecided {
            exchange.undecided = demands("undecided", undecided)?;
        }
        Ok(exchange)
    }

    fn token(&self) -> Result<Option<Token>, AdapterError> {
        let secret = secret_file::read_text("token_file", self.token_file.as_deref())?;
        let (header, scheme) = match (&self.token_header, self.preset) {
            (Some(header), _) => (header.as_str(), ""),
            (None, Some(Preset::PrivacyIdea)) => ("Authorization", ""),
            (None, None) => ("Authorization", "Bearer"),
        };
        if secret.is_none() && self.token_header.is_some() {
            let message = "is for a token, and there is none: set token_file or remove it";
            return Err(AdapterError::setting("token_header", message));
        }
        Ok(secret.map(|secret| Token {
            header: header.to_owned(),
            scheme,
            secret,
        }))
    }

    fn identity(&self) -> Result<Option<ClientIdentity>, AdapterError> {
        let (certificate, key) = match (&self.client_certificate_file, &self.client_key_file) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return Ok(None),
            (Some(_), None) => {
                let message = "is missing beside client_certificate_file";
                return Err(AdapterError::setting("client_key_file", message));
            }
            (None, Some(_)) => {
                let message = "is missing beside client_key_file";
                return Err(AdapterError::setting("client_certificate_file", message));
            }
        };
        let pem = std::fs::read(certificate)
            .map_err(|error| AdapterError::path("client_certificate_file", certificate, error))?;
        Ok(Some(ClientIdentity {
            certificate: pem,
            key: SecretSlice::from(secret_file::read("client_key_file", key)?.to_vec()),
        }))
    }

    fn timeout(&self) -> Result<Duration, AdapterError> {
        let timeout = self.timeout.map_or(TIMEOUT, DurationWithin::get);
        if timeout < SHORTEST_TIMEOUT {
            return Err(AdapterError::setting("timeout", "must be at least 100ms"));
        }
        Ok(timeout)
    }

    fn read(&self) -> Result<HttpOtpSettings, AdapterError> {
        let Some(url) = self.url.clone() else {
            let message = "is missing: where are codes sent?";
            return Err(AdapterError::setting("url", message));
        };
        let ca = match &self.ca_file {
            Some(path) => Some(
                std::fs::read(path).map_err(|error| AdapterError::path("ca_file", path, error))?,
            ),
            None => None,
        };
        let lengths = self.code_lengths.iter().flatten();
        Ok(HttpOtpSettings {
            url,
            exchange: self.exchange()?,
            headers: self.headers.clone().into_iter().collect(),
            token: self.token()?,
            ca,
            identity: self.identity()?,
            idle_connections: self
                .idle_connections
                .map_or(IDLE_CONNECTIONS, IntegerWithin::get)
                as usize,
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
        context: &Context,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let timeout = settings.timeout()?;
        let verifier = HttpOtpVerifier::new(settings.read()?)
            .map_err(|error| AdapterError::setting(error.key, error.message))?;
        context.remote_otp_verifier("http", timeout, Arc::new(verifier))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;

    fn settings(value: Value) -> HttpOtpAdapterSettings {
        serde_json::from_value(value).expect("settings of the right shape")
    }

    /// What the start says of settings that are refused.
    fn refusal(value: Value) -> String {
        let settings = settings(value);
        let built = settings.timeout().and_then(|_| {
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
                "url: codes would travel",
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
        let exchange = settings(json!({
            "preset": "privacyidea",
            "request": { "encoding": "json", "fields": fields },
        }))
        .exchange()
        .expect("a good exchange");
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
