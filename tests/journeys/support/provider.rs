//! A provider of one-time passwords that answers whatever it is told to.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};
use warifu_contracts::back_end::http_request_length;

/// What is written as an answer: pieces, with a pause before each.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) pieces: Vec<Vec<u8>>,
    pub(crate) pause: Duration,
    /// Whether the connection stays open afterwards, saying nothing.
    pub(crate) lingers: bool,
}

impl Script {
    /// These bytes, then the end.
    pub(crate) fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            pieces: vec![bytes.into()],
            pause: Duration::ZERO,
            lingers: false,
        }
    }

    /// Status and headers as given, with the body and its length.
    pub(crate) fn http(status: &str, headers: &str, body: &str) -> Self {
        Self::bytes(format!(
            "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// As a provider that accepts.
    pub(crate) fn accepting() -> Self {
        let body = r#"{"result": {"status": true, "value": true}}"#;
        Self::http("200 OK", "Content-Type: application/json\r\n", body)
    }
}

/// A running provider. Ends when dropped.
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    script: Arc<Mutex<Script>>,
    arrived: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Provider {
    /// One that accepts every code.
    pub(crate) async fn start() -> Self {
        Self::start_with(None).await
    }

    /// The same over TLS.
    pub(crate) async fn start_tls(tls: ServerConfig) -> Self {
        Self::start_with(Some(TlsAcceptor::from(Arc::new(tls)))).await
    }

    async fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script::accepting()));
        let arrived = Arc::new(AtomicUsize::new(0));
        let (scripts, counter) = (script.clone(), arrived.clone());
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, scripts, counter) = (tls.clone(), scripts.clone(), counter.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &scripts, &counter).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &scripts, &counter).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            address,
            script,
            arrived,
            serving,
        }
    }

    /// Answers like this from now on.
    pub(crate) fn answer(&self, script: Script) {
        *self.script.lock() = script;
    }

    /// How many whole requests have arrived.
    pub(crate) fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &Mutex<Script>,
    arrived: &AtomicUsize,
) {
    let mut received = Vec::new();
    while http_request_length(&received).is_none() {
        if !matches!(stream.read_buf(&mut received).await, Ok(1..)) {
            return;
        }
    }
    arrived.fetch_add(1, Ordering::SeqCst);
    let script = script.lock().clone();
    for piece in script.pieces {
        tokio::time::sleep(script.pause).await;
        if stream.write_all(&piece).await.is_err() {
            return;
        }
    }
    if script.lingers {
        let _ = stream.read_to_end(&mut received).await;
    }
    let _ = stream.shutdown().await;
}

/// An authority, and what it issued.
pub(crate) struct TlsFiles {
    folder: TempDir,
    authority: Issuer<'static, KeyPair>,
    authority_pem: String,
}

impl TlsFiles {
    pub(crate) fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // A name of its own: a certificate with its issuer's name passes for self-signed.
        let name = &mut parameters.distinguished_name;
        name.push(rcgen::DnType::CommonName, "authority");
        let key = KeyPair::generate().unwrap();
        let authority_pem = parameters.self_signed(&key).unwrap().pem();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), &authority_pem).unwrap();
        Self {
            folder,
            authority: Issuer::new(parameters, key),
            authority_pem,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> (String, KeyPair) {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        change(&mut parameters);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.authority).unwrap();
        (certificate.pem(), key)
    }

    /// Writes `client.pem` and `client.key`.
    pub(crate) fn write_client(&self) {
        use std::os::unix::fs::PermissionsExt;
        let (certificate, key) = self.issue("warifu.bank.example", |_| {});
        std::fs::write(self.path("client.pem"), certificate).unwrap();
        std::fs::write(self.path("client.key"), key.serialize_pem()).unwrap();
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.path("client.key"), private).unwrap();
    }

    /// A server that calls itself `name`, and demands a certificate of this authority where
    /// `demanding`.
    pub(crate) fn server(&self, name: &str, demanding: bool, expired: bool) -> ServerConfig {
        let (certificate, key) = self.issue(name, |parameters| {
            if expired {
                parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
                parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
            }
        });
        let builder =
            ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap();
        let builder = if demanding {
            let mut roots = RootCertStore::empty();
            let authority = CertificateDer::from_pem_slice(self.authority_pem.as_bytes()).unwrap();
            roots.add(authority).unwrap();
            let provider = Arc::new(crypto::ring::default_provider());
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        builder.with_single_cert(vec![certificate], key).unwrap()
    }
}
