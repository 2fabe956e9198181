//! TLS of a listener: its certificate, its client authorities, and how both are read again.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::TlsAcceptor;
use warifu_core::domain::{HolderMapping, Timestamp};

use super::start_error::StartError;
use crate::client_authorities::{ClientAuthorities, certificates};
use crate::client_certificate::ClientCertificate;
use crate::settings::TlsSettings;

/// The TLS of one listener.
pub(super) struct Tls {
    settings: TlsSettings,
    holders: HolderMapping,
    current: ArcSwap<Loaded>,
}

struct Loaded {
    config: Arc<ServerConfig>,
    clients: Option<ClientAuthorities>,
}

/// What a new connection is accepted with.
pub(super) struct Accepting(Arc<Loaded>);

impl Tls {
    /// Reads the files. The certificates of clients name their holders as `holders` says.
    pub(super) fn load(settings: TlsSettings, holders: HolderMapping) -> Result<Self, StartError> {
        let loaded = load(&settings, holders)?;
        Ok(Self {
            settings,
            holders,
            current: ArcSwap::from_pointee(loaded),
        })
    }

    /// Reads the files again. On failure everything stays as it was.
    pub(super) fn reload(&self) -> Result<(), StartError> {
        self.current
            .store(Arc::new(load(&self.settings, self.holders)?));
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
        self.0.clients.as_ref()?.verified(own, issuers, now)
    }
}

fn load(settings: &TlsSettings, holders: HolderMapping) -> Result<Loaded, StartError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(&settings.certificate_file)?;
    let key = PrivateKeyDer::from_pem_file(&settings.key_file)
        .map_err(|error| StartError::file(&settings.key_file, &error))?;
    let clients = match &settings.client_ca_file {
        Some(file) => Some(ClientAuthorities::read(file, holders)?),
        None => None,
    };
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| StartError::file(&settings.certificate_file, &error))?;
    let builder = match &clients {
        Some(clients) => {
            let judged_later = JudgedLater(Arc::clone(clients.verifier()));
            builder.with_client_cert_verifier(Arc::new(judged_later))
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
