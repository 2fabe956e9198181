//! The API of a server, over HTTP/1.1: plain on this machine, TLS everywhere else.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use warifu_terminal::{Failure, Terminal, exit, visible};
use warifu_wire::ProblemDocument;
use zeroize::Zeroizing;

use crate::service::Fault;

/// A server that has not answered by then will not.
const PATIENCE: Duration = Duration::from_secs(30);
/// No answer is longer.
const LONGEST_ANSWER: usize = 256 * 1024;
/// Room for a question with a secret, so that it does not move while it is written.
const ROOM: usize = 32 * 1024;

/// A server and how it is reached.
pub(crate) struct Client {
    host: String,
    port: u16,
    authority: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    terminal: Terminal,
}

/// What is said to a server.
pub(crate) struct Question<'a, B> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
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
            Some("http") if is_this_machine(bare) => false,
            Some("http") => {
                let url = visible(url);
                let text = terminal.text("client-not-encrypted", &[("url", &url)]);
                return Err(Failure::usage(text));
            }
            _ => return Err(malformed()),
        };
        let tls = if encrypted {
            let name = ServerName::try_from(bare.to_owned()).map_err(|_| malformed())?;
            Some((connector(ca_file, terminal)?, name))
        } else {
            None
        };
        Ok(Self {
            host: bare.to_owned(),
            port: uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
            authority: authority.to_owned(),
            tls,
            terminal: terminal.clone(),
        })
    }

    /// Asks, and reads the answer. A refusal is told in the server's words.
    pub(crate) async fn ask<B: Serialize>(
        &self,
        question: Question<'_, B>,
    ) -> Result<Answer, Fault> {
        let request = self.request(question).map_err(Fault::before)?;
        let connected = timeout(
            PATIENCE,
            TcpStream::connect((self.host.as_str(), self.port)),
        );
        let stream = match connected.await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Fault::before(self.unreachable(&error.to_string()))),
            Err(_) => return Err(Fault::before(self.unreachable(&self.silent()))),
        };
        // Small questions and answers: none waits for another.
        let _ = stream.set_nodelay(true);
        let Some((connector, name)) = &self.tls else {
            return self.exchange(stream, request).await;
        };
        match timeout(PATIENCE, connector.connect(name.clone(), stream)).await {
            Ok(Ok(stream)) => self.exchange(stream, request).await,
            Ok(Err(error)) => Err(Fault::before(self.not_trusted(&error))),
            Err(_) => Err(Fault::before(self.unreachable(&self.silent()))),
        }
    }

    fn request<B: Serialize>(
        &self,
        question: Question<'_, B>,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let broken = |error: &dyn std::fmt::Display| {
            Failure::unexpected(format!("the question cannot be asked: {error}"))
        };
        let mut request = Request::builder()
            .method(question.method)
            .uri(question.path)
            .header(HOST, &self.authority)
            .header(ACCEPT_LANGUAGE, self.terminal.locale().tag());
        if let Some(token) = question.token {
            let bearer = Zeroizing::new(format!("Bearer {token}"));
            let mut bearer = HeaderValue::from_str(&bearer).map_err(|error| broken(&error))?;
            bearer.set_sensitive(true);
            request = request.header(AUTHORIZATION, bearer);
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

    async fn exchange<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Result<Answer, Fault>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let broken = |reason: &str| Fault {
            failure: self.unreachable(reason),
            may_be_done: true,
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Fault::before(self.unreachable(&error.to_string())))?;
        let connection = tokio::spawn(connection);
        let answered = timeout(PATIENCE, async {
            let response = sender
                .send_request(request)
                .await
                .map_err(|error| broken(&error.to_string()))?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), LONGEST_ANSWER)
                .collect()
                .await
                .map_err(|error| broken(&error.to_string()))?;
            Ok((status, Zeroizing::new(body.to_bytes().to_vec())))
        })
        .await;
        connection.abort();
        let (status, body) = answered.unwrap_or_else(|_| Err(broken(&self.silent())))?;
        if (200..300).contains(&status) {
            return Ok(Answer(body));
        }
        Err(Fault {
            failure: self.refused(status, &body),
            may_be_done: status >= 500,
        })
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
                let (server, status) = (visible(&self.authority), status.to_string());
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
        let (server, reason) = (visible(&self.authority), visible(reason));
        Failure::new(
            exit::UNAVAILABLE,
            self.terminal.text(
                "client-unreachable",
                &[("server", &server), ("reason", &reason)],
            ),
        )
    }

    fn not_trusted(&self, error: &io::Error) -> Failure {
        let server = visible(&self.authority);
        let text = match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(rustls::Error::InvalidCertificate(fault)) => {
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

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn connector(ca_file: Option<&Path>, terminal: &Terminal) -> Result<TlsConnector, Failure> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca_file {
        let file = path.display().to_string();
        let unusable = |reason: String| {
            Failure::usage(terminal.text("client-ca-file", &[("file", &file), ("reason", &reason)]))
        };
        let certificates =
            CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| unusable(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(unusable(terminal.text("client-no-certificate", &[])));
        }
    } else {
        // The system's list may hold what cannot be used; the rest is good.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(Failure::usage(terminal.text("client-no-authorities", &[])));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::unexpected(format!("TLS cannot be used: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use warifu_terminal::TerminalOptions;

    use super::*;

    #[test]
    fn what_is_not_encrypted_stays_on_this_machine() {
        let terminal = Terminal::new(&TerminalOptions::default(), |_| None);
        let made = |url| Client::new(url, None, &terminal).map(|client| (client.host, client.port));
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
