use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use tokio::time::Instant;
use warifu_adapter_kit::SettingError;
use warifu_adapter_kit::template::Template;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OtpVerdict, OtpVerifier, Randomness, Unavailable};

use crate::client::{Asked, Server};
use crate::packet::{Answer, Request, TooLong};
use crate::settings::{RadiusSettings, user_name};

/// The section of the configuration that errors name.
const PORT: &str = "otp_verifier";

/// Asks RADIUS servers.
pub struct RadiusVerifier {
    settings: RadiusSettings,
    /// What the servers call a user.
    user: Template,
    servers: Vec<Server>,
    randomness: Arc<dyn Randomness>,
}

impl RadiusVerifier {
    /// Reads the settings; nothing is sent yet.
    pub fn new(
        settings: RadiusSettings,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, SettingError> {
        let (servers, user) = settings.check()?;
        let servers = servers.into_iter().map(Server::new).collect();
        Ok(Self {
            settings,
            user,
            servers,
            randomness,
        })
    }

    /// The servers, those that did not answer lately last.
    fn in_order(&self) -> Vec<&Server> {
        let mut servers: Vec<&Server> = self.servers.iter().collect();
        servers.sort_by_key(|server| server.is_avoided());
        servers
    }

    /// Identifier and authenticator, of which nobody can foretell the latter.
    fn fresh(&self) -> (u8, [u8; 16]) {
        let mut bytes = [0; 17];
        self.randomness.fill(&mut bytes);
        let [identifier, authenticator @ ..] = bytes;
        (identifier, authenticator)
    }

    fn access_request(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<Request, TooLong> {
        let (identifier, authenticator) = self.fresh();
        Request::access(
            identifier,
            authenticator,
            self.settings.secret.expose_secret(),
            &user_name(&self.user, subject),
            code.expose(),
            &self.settings.nas_identifier,
        )
    }

    async fn ask_status(&self, server: &Server, deadline: Instant) -> Result<(), String> {
        let (identifier, authenticator) = self.fresh();
        let secret = self.settings.secret.expose_secret();
        let name = &self.settings.nas_identifier;
        let request = Request::status(identifier, authenticator, secret, name)
            .map_err(|error| error.to_string())?;
        // Nothing hangs on this answer, and many servers send it without the proof.
        match server.ask(&request, secret, false, deadline).await {
            Asked::Answered(_) => Ok(()),
            Asked::Unheard(reason) | Asked::Silent(reason) => {
                let address = &server.address;
                tracing::warn!(server = %address, %reason, "a RADIUS server is not well");
                Err(format!("{address}: {reason}"))
            }
        }
    }
}

#[async_trait]
impl OtpVerifier for RadiusVerifier {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let secret = self.settings.secret.expose_secret();
        let demand_proof = !self.settings.allow_missing_message_authenticator;
        let deadline = Instant::now() + self.settings.timeout;
        let servers = self.in_order();
        let mut reasons = Vec::new();
        let mut heard_by: Option<&str> = None;
        for (number, server) in servers.iter().enumerate() {
            let remaining = deadline.saturating_duration_since(Instant::now());
            let share = remaining / u32::try_from(servers.len() - number).unwrap_or(u32::MAX);
            let request = self
                .access_request(subject, code)
                .map_err(|error| Unavailable::without_asking(PORT, format!("radius: {error}")))?;
            let asked = server
                .ask(&request, secret, demand_proof, Instant::now() + share)
                .await;
            let (reason, heard) = match (asked, heard_by) {
                (Asked::Answered(Answer::Accept), _) => return Ok(OtpVerdict::Accepted),
                (Asked::Answered(Answer::Challenge), _) => return Ok(OtpVerdict::Undecided),
                (Asked::Answered(Answer::Reject), None) => return Ok(OtpVerdict::Refused),
                (Asked::Answered(Answer::Reject), Some(other)) => {
                    // The other one may have used the code up: then it was right.
                    let reason = format!(
                        "radius: {other} did not answer and {} refuses the code, which the other \
                         may have used up",
                        server.address
                    );
                    return Err(Unavailable::new(PORT, reason));
                }
                (Asked::Unheard(reason), _) => (reason, false),
                (Asked::Silent(reason), _) => (reason, true),
            };
            tracing::warn!(server = %server.address, %reason, "a RADIUS server gave no answer");
            reasons.push(format!("{}: {reason}", server.address));
            if heard {
                heard_by = Some(&server.address);
            }
        }
        Err(Unavailable::new(
            PORT,
            format!("radius: {}", reasons.join("; ")),
        ))
    }

    /// RADIUS tells nothing of cards without a code.
    async fn enrolment(&self, _: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(Enrolment::Unknown)
    }

    fn code_lengths(&self) -> CodeLengths {
        self.settings.code_lengths.clone()
    }

    fn longest_check(&self) -> Duration {
        self.settings.timeout
    }

    /// One server that is well is enough.
    async fn check(&self) -> Result<(), Unavailable> {
        if !self.settings.status_server {
            return Ok(());
        }
        let deadline = Instant::now() + self.settings.timeout;
        let asked = self
            .servers
            .iter()
            .map(|server| self.ask_status(server, deadline));
        let found: Vec<Result<(), String>> = join_all(asked).await;
        if found.iter().any(Result::is_ok) {
            return Ok(());
        }
        let reasons: Vec<String> = found.into_iter().filter_map(Result::err).collect();
        Err(Unavailable::new(
            PORT,
            format!("radius: {}", reasons.join("; ")),
        ))
    }
}
