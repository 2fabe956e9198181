//! TLS of a listener: its certificate, its client authorities, and how both are read again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::TlsAcceptor;
use warifu_core::domain::Timestamp;

use super::start_error::StartError;
use crate::client_certificate::ClientCertificate;
use crate::settings::TlsSettings;

/// The TLS of one listener.
pub(super) struct Tls {
    settings: TlsSettings,
    current: ArcSwap<Loaded>,
}

struct Loaded {
    config: Arc<ServerConfig>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
}

/// What a new connection is accepted with.
pub(super) struct Accepting(Arc<Loaded>);

impl Tls {
    pub(super) fn load(settings: TlsSettings) -> Result<Self, StartError> {
        let loaded = load(&settings)?;
        Ok(Self {
            settings,
            current: ArcSwap::from_pointee(loaded),
        })
    }

    /// Reads the files again. On failure everything stays as it was.
    pub(super) fn reload(&self) -> Result<(), StartError> {
        self.current.store(Arc::new(load(&self.settings)?));
        Ok(())
    }

    pub(super) fn asks_for_certificates(&self) -> bool {
        self.settings.client_ca_file.is_some()
    }

    pub(super) fn accepting(&self) -> Accepting {
        Accepting(self.current.load_full())
    }
}

impl Accepting {
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.config))
    }

    /// The client's certificate, if its chain ends at one of our authorities and is good at
    /// `now`; nothing where none was shown, or one that does not count.
    ///
    /// The handshake itself lets every certificate pass whose key the client holds: somebody
    /// whose certificate has run out comes to fetch a new one, and a browser may offer the old
    /// one unasked.
    pub(super) fn verified(
        &self,
        shown: Option<&[CertificateDer<'static>]>,
        now: Timestamp,
    ) -> Option<ClientCertificate> {
        let (own, issuers) = shown?.split_first()?;
        let since_epoch = u64::try_from(now.as_unix_seconds()).ok()?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(since_epoch));
        self.0
            .clients
            .as_ref()?
            .verify_client_cert(own, issuers, now)
            .ok()?;
        Some(ClientCertificate::read(own))
    }
}

fn load(settings: &TlsSettings) -> Result<Loaded, StartError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(&settings.certificate_file)?;
    let key = PrivateKeyDer::from_pem_file(&settings.key_file)
        .map_err(|error| StartError::file(&settings.key_file, &error))?;
    let clients = match &settings.client_ca_file {
        Some(file) => Some(client_verifier(file, Arc::clone(&provider))?),
        None => None,
    };
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| StartError::file(&settings.certificate_file, &error))?;
    let builder = match &clients {
        Some(clients) => {
            builder.with_client_cert_verifier(Arc::new(JudgedLater(Arc::clone(clients))))
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| StartError::file(&settings.certificate_file, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Loaded {
        config: Arc::new(config),
        clients,
    })
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let read = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| StartError::file(file, &error))?;
    if read.is_empty() {
        return Err(StartError::file(file, &"there is no certificate in it"));
    }
    Ok(read)
}

fn client_verifier(
    file: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, StartError> {
    let mut authorities = RootCertStore::empty();
    for authority in certificates(file)? {
        authorities
            .add(authority)
            .map_err(|error| StartError::file(file, &error))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|error| StartError::file(file, &error))
}

/// Asks for a certificate, checks that the client holds its key, and leaves the rest to
/// [`Accepting::verified`], which every connection goes through.
#[derive(Debug)]
struct JudgedLater(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for JudgedLater {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
