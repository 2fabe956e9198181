use std::net::SocketAddr;

use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OtpVerdict, OtpVerifier, Unavailable};
use zeroize::Zeroizing;

/// No answer is longer.
const LONGEST_ANSWER: u64 = 16;

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
