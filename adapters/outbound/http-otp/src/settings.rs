//! The settings of a provider, as far as all verifiers have them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use warifu_adapter_kit::http_client::Token;
use warifu_adapter_kit::tls::{ClientIdentity, read_ca};
use warifu_adapter_kit::values::{DurationWithin, IntegerWithin};
use warifu_adapter_kit::{AdapterError, secret_file};

use crate::answer::{Demand, Expected};
use crate::exchange::{Encoding, Exchange};
use crate::provider::ProviderSettings;

/// The total deadline of a check, where none is set.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Less than this is no time to answer in.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(100);
/// Connections kept open while nobody needs them, where no number is set.
const IDLE_CONNECTIONS: u32 = 8;

/// For one exchange.
pub(crate) type Timeout = DurationWithin<0, 60>;
/// Connections that nobody needs.
pub(crate) type IdleConnections = IntegerWithin<0, 1_000>;
/// A status with which a request is refused.
pub(crate) type RefusedStatus = IntegerWithin<400, 499>;

/// Exchanges known by name.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Preset {
    /// `POST /validate/check`.
    PrivacyIdea,
}

/// What is sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestSettings {
    /// How it is written.
    encoding: EncodingName,
    /// Its fields. Texts have the places `{contract}`, `{user}` and that of the secret: `{otp}`, or
    /// `{password}` where passwords are checked.
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
pub(crate) struct DemandSettings {
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

/// The settings of an adapter, as far as they say who is asked and how.
pub(crate) struct Reach<'a> {
    pub(crate) url: &'a Option<String>,
    pub(crate) preset: Option<Preset>,
    pub(crate) request: &'a Option<RequestSettings>,
    pub(crate) required: &'a Option<Vec<DemandSettings>>,
    pub(crate) accepted: &'a Option<DemandSettings>,
    pub(crate) refused: &'a Option<DemandSettings>,
    pub(crate) refused_statuses: &'a [RefusedStatus],
    pub(crate) undecided: &'a Option<Vec<DemandSettings>>,
    pub(crate) headers: &'a BTreeMap<String, String>,
    pub(crate) token_file: &'a Option<PathBuf>,
    pub(crate) token_header: &'a Option<String>,
    pub(crate) ca_file: &'a Option<PathBuf>,
    pub(crate) client_certificate_file: &'a Option<PathBuf>,
    pub(crate) client_key_file: &'a Option<PathBuf>,
    pub(crate) timeout: Option<Timeout>,
    pub(crate) idle_connections: Option<IdleConnections>,
}

impl Reach<'_> {
    /// What is sent, and what an answer means.
    pub(crate) fn exchange(&self) -> Result<Exchange, AdapterError> {
        let missing = |key: &str| {
            let message = "is missing; set preset, or request and accepted";
            AdapterError::setting(key, message)
        };
        let mut exchange = match (self.preset, self.accepted) {
            (Some(Preset::PrivacyIdea), _) => Exchange::privacyidea(),
            (None, Some(accepted)) => Exchange {
                encoding: Encoding::Form,
                fields: Map::new(),
                required: Vec::new(),
                accepted: accepted.read("accepted")?,
                refused: None,
                refused_statuses: Vec::new(),
                undecided: Vec::new(),
            },
            (None, None) => return Err(missing("accepted")),
        };
        match self.request {
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
        if let Some(required) = self.required {
            exchange.required = demands("required", required)?;
        }
        if let Some(accepted) = self.accepted {
            exchange.accepted = accepted.read("accepted")?;
        }
        if let Some(refused) = self.refused {
            exchange.refused = Some(refused.read("refused")?);
        }
        let statuses = self.refused_statuses.iter();
        exchange.refused_statuses = statuses
            .filter_map(|status| u16::try_from(status.get()).ok())
            .collect();
        if let Some(undecided) = self.undecided {
            exchange.undecided = demands("undecided", undecided)?;
        }
        Ok(exchange)
    }

    fn token(&self) -> Result<Option<Token>, AdapterError> {
        let secret = secret_file::read_text("token_file", self.token_file.as_deref())?;
        let (header, scheme) = match (self.token_header, self.preset) {
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

    /// The deadline of an exchange.
    pub(crate) fn timeout(&self) -> Result<Duration, AdapterError> {
        let timeout = self.timeout.map_or(TIMEOUT, DurationWithin::get);
        if timeout < SHORTEST_TIMEOUT {
            return Err(AdapterError::setting("timeout", "must be at least 100ms"));
        }
        Ok(timeout)
    }

    /// The provider, with its files read.
    pub(crate) fn provider(&self) -> Result<ProviderSettings, AdapterError> {
        let Some(url) = self.url.clone() else {
            let message = "is missing: where does the request go?";
            return Err(AdapterError::setting("url", message));
        };
        Ok(ProviderSettings {
            url,
            exchange: self.exchange()?,
            headers: self.headers.clone().into_iter().collect(),
            token: self.token()?,
            ca: read_ca(self.ca_file.as_ref())?,
            identity: ClientIdentity::read(
                self.client_certificate_file.as_deref(),
                self.client_key_file.as_deref(),
            )?,
            idle_connections: self
                .idle_connections
                .map_or(IDLE_CONNECTIONS, IntegerWithin::get)
                as usize,
        })
    }
}
