use async_trait::async_trait;
use http::StatusCode;
use thiserror::Error;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OtpVerdict, OtpVerifier, Unavailable};

use crate::body::BodyTemplate;
use crate::client::{Answer, ClientIdentity, ClientSettings, ProviderClient, Token};
use crate::exchange::{Encoding, Exchange};

/// What a provider needs to be asked.
pub struct HttpOtpSettings {
    /// Where codes are sent: `https://…`, or `http://…` on this machine.
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
    /// How many digits codes can have.
    pub code_lengths: CodeLengths,
}

/// A setting that is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{key}: {message}")]
pub struct SettingError {
    /// Which.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl SettingError {
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
        }
    }
}

/// Asks a provider over HTTP. It keeps no deadline and remembers no code: that comes from around
/// it.
pub struct HttpOtpVerifier {
    client: ProviderClient,
    body: BodyTemplate,
    exchange: Exchange,
    code_lengths: CodeLengths,
}

impl HttpOtpVerifier {
    /// A verifier that was asked nothing yet: the provider may come up later.
    pub fn new(settings: HttpOtpSettings) -> Result<Self, SettingError> {
        let exchange = settings.exchange;
        let body = match exchange.encoding {
            Encoding::Form => BodyTemplate::form(&exchange.fields),
            Encoding::Json => BodyTemplate::json(&exchange.fields),
        };
        let body = body.map_err(|error| SettingError::new("request.fields", error.to_string()))?;
        let demands = [("accepted", Some(&exchange.accepted))]
            .into_iter()
            .chain([("refused", exchange.refused.as_ref())])
            .chain(exchange.required.iter().map(|one| ("required", Some(one))))
            .chain(
                exchange
                    .undecided
                    .iter()
                    .map(|one| ("undecided", Some(one))),
            );
        for (key, demand) in demands {
            if let Some(demand) = demand
                && !demand.is_well_formed()
            {
                let message = format!(
                    "{:?} is not a JSON pointer; write it as /result/value",
                    demand.pointer
                );
                return Err(SettingError::new(format!("{key}.pointer"), message));
            }
        }
        let client = ProviderClient::new(&ClientSettings {
            url: &settings.url,
            headers: &settings.headers,
            token: settings.token.as_ref(),
            ca: settings.ca.as_deref(),
            identity: settings.identity.as_ref(),
            idle_connections: settings.idle_connections,
            content_type: body.content_type(),
        })?;
        Ok(Self {
            client,
            body,
            exchange,
            code_lengths: settings.code_lengths,
        })
    }
}

impl HttpOtpVerifier {
    fn judge(&self, answer: &Answer) -> Result<OtpVerdict, String> {
        if answer.status == StatusCode::OK {
            self.exchange.judge(&answer.body)
        } else if self.exchange.excuses(&answer.body) {
            Ok(OtpVerdict::Undecided)
        } else {
            Err(format!("answered with status {}", answer.status.as_u16()))
        }
    }
}

fn unavailable(cause: &str) -> Unavailable {
    Unavailable::new("otp_verifier", format!("http: {cause}"))
}

#[async_trait]
impl OtpVerifier for HttpOtpVerifier {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let body = self.body.render(subject, code);
        let answer = self.client.post(body).await;
        answer
            .and_then(|answer| self.judge(&answer))
            .map_err(|cause| unavailable(&cause))
    }

    /// Providers tell only together with a code.
    async fn enrolment(&self, _: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(Enrolment::Unknown)
    }

    fn code_lengths(&self) -> CodeLengths {
        self.code_lengths.clone()
    }

    async fn check(&self) -> Result<(), Unavailable> {
        let connected = self.client.connect().await;
        connected.map_err(|cause| unavailable(&cause))
    }
}
