//! A provider that is asked about secrets of users, of whichever kind.

use http::StatusCode;
use warifu_adapter_kit::SettingError;
use warifu_adapter_kit::http_client::{Answer, ClientSettings, HttpClient, Token};
use warifu_adapter_kit::tls::ClientIdentity;
use warifu_core::ports::{OtpVerdict, Unavailable};

use crate::body::BodyTemplate;
use crate::exchange::{Encoding, Exchange};
use crate::values::{SecretName, Values};

/// What a provider needs to be asked.
pub struct ProviderSettings {
    /// Where secrets are sent: `https://…`, or `http://…` on this machine.
    pub url: String,
    /// What is sent and what comes back.
    pub exchange: Exchange,
    /// Headers besides the usual ones.
    pub headers: Vec<(String, String)>,
    /// A secret that says who asks.
    pub token: Option<Token>,
    /// Authorities of the provider's certificate, in PEM; else those of the operating system.
    pub ca: Option<Vec<u8>>,
    /// A certificate to show.
    pub identity: Option<ClientIdentity>,
    /// How many connections are kept open while nobody needs them.
    pub idle_connections: usize,
}

/// Asks; keeps no deadline and remembers nothing.
pub(crate) struct Provider {
    port: &'static str,
    client: HttpClient,
    body: BodyTemplate,
    exchange: Exchange,
}

impl Provider {
    /// One that was asked nothing yet: it may come up later. `port` is the section of the
    /// configuration that errors name.
    pub(crate) fn new(
        settings: ProviderSettings,
        secret: SecretName,
        port: &'static str,
    ) -> Result<Self, SettingError> {
        let exchange = settings.exchange;
        let body = match exchange.encoding {
            Encoding::Form => BodyTemplate::form(&exchange.fields, secret),
            Encoding::Json => BodyTemplate::json(&exchange.fields, secret),
        };
        let body = body.map_err(|error| SettingError::new("request.fields", error.to_string()))?;
        check(&exchange)?;
        let client = HttpClient::new(&ClientSettings {
            url: &settings.url,
            headers: &settings.headers,
            token: settings.token.as_ref(),
            ca: settings.ca.as_deref(),
            identity: settings.identity.as_ref(),
            idle_connections: settings.idle_connections,
            content_type: body.content_type(),
        })?;
        Ok(Self {
            port,
            client,
            body,
            exchange,
        })
    }

    /// What the provider says of the secret in `values`.
    pub(crate) async fn ask(&self, values: &Values<'_>) -> Result<OtpVerdict, Unavailable> {
        let answer = self.client.post(self.body.render(values)).await;
        answer
            .and_then(|answer| self.judge(&answer))
            .map_err(|cause| self.unavailable(&cause))
    }

    /// Whether it can be connected to.
    pub(crate) async fn connect(&self) -> Result<(), Unavailable> {
        let connected = self.client.connect().await;
        connected.map_err(|cause| self.unavailable(&cause))
    }

    fn judge(&self, answer: &Answer) -> Result<OtpVerdict, String> {
        if answer.status == StatusCode::OK {
            return self.exchange.judge(&answer.body);
        }
        let status = answer.status.as_u16();
        self.exchange
            .judge_refused(status, &answer.body)
            .ok_or_else(|| format!("answered with status {status}"))
    }

    fn unavailable(&self, cause: &str) -> Unavailable {
        Unavailable::new(self.port, format!("http: {cause}"))
    }
}

/// Refuses what could never be an answer.
fn check(exchange: &Exchange) -> Result<(), SettingError> {
    let one = |key, demand| std::iter::once((key, demand));
    let demands = one("accepted", &exchange.accepted)
        .chain(exchange.refused.iter().map(|demand| ("refused", demand)))
        .chain(exchange.required.iter().map(|demand| ("required", demand)))
        .chain(
            exchange
                .undecided
                .iter()
                .map(|demand| ("undecided", demand)),
        );
    for (key, demand) in demands {
        if !demand.is_well_formed() {
            let message = format!(
                "{:?} is not a JSON pointer; write it as /result/value",
                demand.pointer
            );
            return Err(SettingError::new(format!("{key}.pointer"), message));
        }
    }
    let statuses = &exchange.refused_statuses;
    if !statuses.iter().all(|status| (400..500).contains(status)) {
        let message = "must be between 400 and 499: with 200 a refusal may come anyway";
        return Err(SettingError::new("refused_statuses", message));
    }
    if !statuses.is_empty() && exchange.refused.is_none() {
        let message = "needs refused: a status alone may also come from something on the way";
        return Err(SettingError::new("refused_statuses", message));
    }
    Ok(())
}
