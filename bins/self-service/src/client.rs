//! The API of a server, over HTTP/1.1: plain on this machine, TLS everywhere else.

use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::Full;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use warifu_adapter_kit::address::is_loopback;
use warifu_adapter_kit::http_transport::{ExchangeError, HttpTransport};
use warifu_adapter_kit::tls::{self, AuthoritiesError};
use warifu_terminal::{Failure, Terminal, exit, visible};
use warifu_wire::ProblemDocument;
use zeroize::Zeroizing;

use crate::service::Fault;

/// A server to which no connection was made by then will not have one.
const CONNECT_WITHIN: Duration = Duration::from_secs(30);
/// A server that has not answered by then, the connection included, will not.
const PATIENCE: Duration = Duration::from_secs(60);
/// No answer is longer.
const LONGEST_ANSWER: usize = 256 * 1024;
/// Room for a question with a secret, so that it does not move while it is written.
const ROOM: usize = 32 * 1024;

/// A server and how it is reached.
pub(crate) struct Client {
    server: Uri,
    transport: HttpTransport,
    terminal: Terminal,
}

/// What is said to a server.
pub(crate) struct Question<'a, B> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
    /// By what the server knows this machine.
    pub(crate) device: Option<&'a SecretString>,
    pub(crate) body: Option<&'a B>,
}

/// An answer with a success. Holds secrets.
pub(crate) struct Answer(Zeroizing<Vec<u8>>);

impl Answer {
    /// What the answer says. A server of another version says something else.
    pub(crate) fn read<'a, T: Deserialize<'a>>(
        &'a self,
        terminal: &Terminal,
    ) -> Result<T, Failure> {
        serde_json::from_slice(&self.0)
            .map_err(|_| Failure::unexpected(terminal.text("client-other-version", &[])))
    }
}

impl Client {
    /// The server at `url`. Trusts the authorities in `ca_file`, or else the system's.
    pub(crate) fn new(
        url: &str,
        ca_file: Option<&Path>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let malformed = || {
            let url = visible(url);
            Failure::usage(terminal.text("client-bad-url", &[("url", &url)]))
        };
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(malformed)?;
        let has_more = uri.query().is_some() || !matches!(uri.path(), "" | "/");
        let authority = uri.authority().ok_or_else(malformed)?.as_str();
        if has_more || authority.contains('@') {
            return Err(malformed());
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_loopback(bare) => false,
            Some("http") => {
                let url = visible(url);
                let text = terminal.text("client-not-encrypted", &[("url", &url)]);
                return Err(Failure::usage(text));
            }
            _ => return Err(malformed()),
        };
        let roots = if encrypted {
            ServerName::try_from(bare).map_err(|_| malformed())?;
            authorities(ca_file, terminal)?
        } else {
            RootCertStore::empty()
        };
        let config = tls::config_trusting(roots)
            .map_err(|error| Failure::unexpected(format!("TLS cannot be used: {error}")))?;
        Ok(Self {
            // Each question has a connection of its own: one that is closed just when it is used
            // again would leave open whether the server got it.
            transport: HttpTransport::new(config, CONNECT_WITHIN, 0),
            server: uri,
            terminal: terminal.clone(),
        })
    }

    /// The server, as it was named.
    pub(crate) fn server(&self) -> String {
        self.server.to_string()
    }

    /// Asks, and reads the answer. A refusal is told in the server's words.
    pub(crate) async fn ask<B: Serialize>(
        &self,
        question: Question<'_, B>,
    ) -> Result<Answer, Fault> {
        let request = self.request(question).map_err(Fault::before)?;
        let exchange = async {
            let answer = self.transport.send(request).await?;
            let status = answer.head.status.as_u16();
            Ok((status, answer.read(LONGEST_ANSWER).await?))
        };
        let (status, body) = match timeout(PATIENCE, exchange).await {
            Ok(answered) => answered.map_err(|error| self.not_answered(&error))?,
            Err(_) => return Err(Fault::after(self.unreachable(&self.silent()))),
        };
        if (200..300).contains(&status) {
            return Ok(Answer(body));
        }
        Err(Fault {
            failure: self.refused(status, &body),
            may_be_done: status >= 500,
        })
    }

    fn request<B: Serialize>(
        &self,
        question: Question<'_, B>,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let broken = |error: &dyn Display| {
            Failure::unexpected(format!("the question cannot be asked: {error}"))
        };
        let mut uri = self.server.clone().into_parts();
        uri.path_and_query = Some(question.path.parse().map_err(|error| broken(&error))?);
        let uri = Uri::from_parts(uri);
        let mut request = Request::builder()
            .method(question.method)
            .uri(uri.map_err(|error| broken(&error))?)
            .header(ACCEPT_LANGUAGE, self.terminal.locale().tag());
        if let Some(token) = question.token {
            let bearer = Zeroizing::new(format!("Bearer {token}"));
            let mut bearer = HeaderValue::from_str(&bearer).map_err(|error| broken(&error))?;
            bearer.set_sensitive(true);
            request = request.header(AUTHORIZATION, bearer);
        }
        let device = question.device.map(|token| token.expose_secret().parse());
        // A file that somebody changed is as good as none.
        if let Some(Ok(device)) = device {
            let mut device: HeaderValue = device;
            device.set_sensitive(true);
            request = request.header("warifu-device", device);
        }
        let mut body = Zeroizing::new(Vec::new());
        if let Some(content) = question.body {
            body.reserve(ROOM);
            serde_json::to_writer(&mut *body, content).map_err(|error| broken(&error))?;
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request
            .body(Full::new(Bytes::from_owner(body)))
            .map_err(|error| broken(&error))
    }

    fn refused(&self, status: u16, body: &[u8]) -> Failure {
        let problem: Option<ProblemDocument> = serde_json::from_slice(body).ok();
        match problem {
            Some(problem) if problem.is_ours() => {
                let said = |text: String| visible(&text).into_owned();
                let entries = problem.errors.into_iter().map(|entry| said(entry.detail));
                Failure::answered(status, said(problem.detail), entries.collect())
            }
            _ => {
                let (server, status) = (visible(self.authority()), status.to_string());
                Failure::unexpected(self.terminal.text(
                    "client-not-ours",
                    &[("server", &server), ("status", &status)],
                ))
            }
        }
    }

    /// The reason of a server that does not answer in time.
    fn silent(&self) -> String {
        self.terminal.text("client-silent", &[])
    }

    fn unreachable(&self, reason: &str) -> Failure {
        let (server, reason) = (visible(self.authority()), visible(reason));
        Failure::new(
            exit::UNAVAILABLE,
            self.terminal.text(
                "client-unreachable",
                &[("server", &server), ("reason", &reason)],
            ),
        )
    }

    fn not_answered(&self, error: &ExchangeError) -> Fault {
        let failure = match error.tls() {
            Some(fault) => self.not_trusted(fault),
            None if error.is_late() => self.unreachable(&self.silent()),
            None => self.unreachable(&error.root_cause()),
        };
        Fault {
            failure,
            may_be_done: error.may_have_been_sent(),
        }
    }

    fn not_trusted(&self, error: &rustls::Error) -> Failure {
        let server = visible(self.authority());
        let text = match error {
            rustls::Error::InvalidCertificate(fault) => {
                let known = known_fault(fault);
                known.map(|text| self.terminal.text(text, &[("server", &server)]))
            }
            _ => None,
        };
        let text = text.unwrap_or_else(|| {
            let reason = error.to_string();
            let args = [("server", &*server), ("reason", &visible(&reason))];
            self.terminal.text("client-not-trusted", &args)
        });
        Failure::new(exit::UNAVAILABLE, text)
    }

    /// As people know the server.
    fn authority(&self) -> &str {
        let authority = self.server.authority();
        authority.map_or("", |authority| authority.as_str())
    }
}

/// The text for a fault that people can do something about.
fn known_fault(fault: &CertificateError) -> Option<&'static str> {
    match fault {
        // Another authority may bear the name of one that is trusted.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            Some("client-unknown-authority")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Some("client-expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some("client-not-valid-yet")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some("client-other-name")
        }
        CertificateError::Revoked => Some("client-revoked"),
        _ => None,
    }
}

/// Those in `ca_file`, or else the system's.
fn authorities(ca_file: Option<&Path>, terminal: &Terminal) -> Result<RootCertStore, Failure> {
    let Some(path) = ca_file else {
        let roots = tls::authorities_of_the_system();
        if roots.is_empty() {
            return Err(Failure::usage(terminal.text("client-no-authorities", &[])));
        }
        return Ok(roots);
    };
    let unusable = |reason: String| {
        let file = path.display().to_string();
        Failure::usage(terminal.text("client-ca-file", &[("file", &file), ("reason", &reason)]))
    };
    let pem = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    tls::authorities(&pem).map_err(|error| match error {
        AuthoritiesError::NoCertificate(reason) => unusable(reason),
        AuthoritiesError::Empty => unusable(terminal.text("client-no-certificate", &[])),
    })
}

#[cfg(test)]
mod tests {
    use warifu_terminal::TerminalOptions;

    use super::*;

    #[test]
    fn what_is_not_encrypted_stays_on_this_machine() {
        let terminal = Terminal::new(&TerminalOptions::default(), |_| None);
        let made = |url| {
            Client::new(url, None, &terminal).map(|client| {
                let host = client.server.host().unwrap_or_default();
                let bare = host.trim_start_matches('[').trim_end_matches(']');
                (bare.to_owned(), client.server.port_u16().unwrap_or(80))
            })
        };
        for (url, host, port) in [
            ("http://127.0.0.1:8080", "127.0.0.1", 8080),
            ("http://localhost/", "localhost", 80),
            ("http://[::1]:9", "::1", 9),
        ] {
            assert_eq!(made(url).ok(), Some((host.to_owned(), port)), "{url}");
        }
        for url in [
            "http://bank.example",
            "http://127.0.0.1.bank.example",
            "ftp://localhost",
            "localhost:8080",
            "http://user@localhost",
            "http://localhost/path",
            "http://localhost/?query",
            "not a url",
            "",
        ] {
            assert_eq!(made(url).map_err(|failure| failure.code()), Err(2), "{url}");
        }
    }
}
