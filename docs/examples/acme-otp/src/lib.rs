//! Acme Bank's one-time passwords: the adapter, its settings, and the registry that has it.
//!
//! The bank's back end takes one line on a TCP port of this machine, behind which a tunnel carries
//! it on: `VERIFY 1234567890 user01 123456`. It answers `YES` or `NO`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use warifu_config::Registry;
use warifu_adapter_kit::{Adapter, AdapterError, OtpVerifierContext};
use warifu_adapter_kit::values::DurationWithin;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OtpVerdict, OtpVerifier, Unavailable};
use zeroize::Zeroizing;

/// No answer is longer.
const LONGEST_ANSWER: u64 = 16;

/// Every adapter that comes with Warifu, and ours.
pub fn registry() -> Registry {
    Registry::standard().otp_verifier("acme", AcmeOtp)
}

/// What a configuration selects with `otp_verifier.adapter = "acme"`.
pub struct AcmeOtp;

/// The table `[otp_verifier.acme]`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcmeSettings {
    /// Where the tunnel listens, on this machine.
    address: SocketAddr,
    /// The whole exchange takes no longer; `2s` where it is not set.
    #[serde(default)]
    timeout: Option<DurationWithin<1, 30>>,
}

#[async_trait]
impl Adapter for AcmeOtp {
    type Port = Arc<dyn OtpVerifier>;
    type Settings = AcmeSettings;

    async fn build(
        &self,
        settings: &AcmeSettings,
        context: &OtpVerifierContext,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        if !settings.address.ip().is_loopback() {
            let message = "must be on this machine, such as 127.0.0.1:7001: the line is not \
                           encrypted";
            return Err(AdapterError::setting("address", message));
        }
        let timeout = settings
            .timeout
            .map_or(Duration::from_secs(2), DurationWithin::get);
        let verifier = AcmeVerifier::new(settings.address);
        // Deadline, circuit breaker, single use of a code: the same for every remote back end.
        Ok(context.guarded("acme", timeout, Arc::new(verifier)))
    }
}

/// Asks the back end. Nothing but the exchange is here.
pub struct AcmeVerifier {
    address: SocketAddr,
}

impl AcmeVerifier {
    /// Asks at `address`.
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    async fn ask(&self, question: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(question).await?;
        let mut answer = Vec::new();
        let mut limited = BufReader::new(stream.take(LONGEST_ANSWER));
        limited.read_until(b'\n', &mut answer).await?;
        Ok(answer)
    }
}

fn unavailable(cause: impl std::fmt::Display) -> Unavailable {
    Unavailable::new("otp_verifier", format!("acme: {cause}"))
}

#[async_trait]
impl OtpVerifier for AcmeVerifier {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let (contract, user) = (&subject.contract, &subject.user);
        let code = code.expose();
        let question = Zeroizing::new(format!("VERIFY {contract} {user} {code}\n"));
        let answer = self.ask(question.as_bytes()).await.map_err(unavailable)?;
        // Two lines mean something. Everything else is no verdict.
        match answer.as_slice() {
            b"YES\n" => Ok(OtpVerdict::Accepted),
            b"NO\n" => Ok(OtpVerdict::Refused),
            _ => Err(unavailable("the answer is neither YES nor NO")),
        }
    }

    /// The back end tells only together with a code.
    async fn enrolment(&self, _: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(Enrolment::Unknown)
    }

    fn code_lengths(&self) -> CodeLengths {
        CodeLengths::new([6])
    }

    async fn check(&self) -> Result<(), Unavailable> {
        let connected = TcpStream::connect(self.address).await;
        connected.map(drop).map_err(unavailable)
    }
}
