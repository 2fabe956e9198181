//! The client certificate that a proxy in front saw, passed on in a header (RFC 9440).
//!
//! The proxy has seen that its client holds the key; all else is judged here, as where a client
//! connects by itself. Anybody else who sends the header is refused: a certificate is no secret.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use rustls_pki_types::CertificateDer;
use sfv::{BareItem, Item, List, ListEntry, Parser};
use warifu_core::UseCases;
use warifu_core::domain::{HolderMapping, Timestamp};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::client_authorities::ClientAuthorities;
use crate::client_certificate::ClientCertificate;
use crate::peer::{Peer, is_among};
use crate::server::StartError;
use crate::settings::CertificateHeaderSettings;

/// The header of a listener, and whose certificates count in it.
pub(crate) struct CertificateHeader {
    certificate: HeaderName,
    chain: HeaderName,
    authorities_file: Option<PathBuf>,
    authorities: ArcSwap<ClientAuthorities>,
    holders: HolderMapping,
    trusted_proxies: Vec<IpNet>,
}

impl CertificateHeader {
    /// Reads the authorities: those of the file that is named, or else the service's own.
    pub(crate) async fn load(
        settings: &CertificateHeaderSettings,
        holders: HolderMapping,
        trusted_proxies: &[IpNet],
        use_cases: &UseCases,
    ) -> Result<Self, StartError> {
        let authorities = if let Some(file) = &settings.authorities_file {
            ClientAuthorities::read(file, holders)?
        } else {
            let anchors = use_cases.service.trust_anchors().await;
            let anchors = anchors.map_err(|unavailable| StartError::Authorities {
                reason: unavailable.to_string(),
            })?;
            ClientAuthorities::parse(&anchors, holders)?
        };
        let (certificate, chain) = settings.names()?;
        Ok(Self {
            certificate,
            chain,
            authorities_file: settings.authorities_file.clone(),
            authorities: ArcSwap::from_pointee(authorities),
            holders,
            trusted_proxies: trusted_proxies.to_vec(),
        })
    }

    /// Whether the settings can be used, as far as files tell.
    pub(crate) fn check(
        settings: &CertificateHeaderSettings,
        holders: HolderMapping,
    ) -> Result<(), StartError> {
        settings.names()?;
        match &settings.authorities_file {
            Some(file) => ClientAuthorities::read(file, holders).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Reads the file of authorities again. On failure everything stays as it was.
    pub(crate) fn reload(&self) -> Result<(), StartError> {
        if let Some(file) = &self.authorities_file {
            let read = ClientAuthorities::read(file, self.holders)?;
            self.authorities.store(Arc::new(read));
        }
        Ok(())
    }

    /// The certificate that a request of `peer` shows in the header, if its chain is good at `now`;
    /// `over_tls`: its connection showed another one.
    pub(crate) fn judge(
        &self,
        headers: &HeaderMap,
        peer: Option<Peer>,
        over_tls: bool,
        now: Timestamp,
    ) -> Result<Option<ClientCertificate>, Malformed> {
        let Some(shown) = self.shown(headers)? else {
            return Ok(None);
        };
        let is_trusted = peer.is_some_and(|peer| is_among(peer.0, &self.trusted_proxies));
        if !is_trusted || over_tls {
            return Err(Malformed);
        }
        let authorities = self.authorities.load();
        Ok(authorities.verified(&shown.own, &shown.issuers, now))
    }

    /// The certificate and its issuers as they are shown; nothing where none is.
    fn shown(&self, headers: &HeaderMap) -> Result<Option<Shown>, Malformed> {
        let mut lines = headers.get_all(&self.certificate).iter();
        let Some(line) = lines.next() else {
            return if headers.contains_key(&self.chain) {
                Err(Malformed)
            } else {
                Ok(None)
            };
        };
        if lines.next().is_some() {
            return Err(Malformed);
        }
        let item: Item = Parser::new(line.as_bytes())
            .parse()
            .map_err(|_| Malformed)?;
        let own = certificate(item)?;
        let chain: Vec<&[u8]> = headers
            .get_all(&self.chain)
            .iter()
            .map(http::HeaderValue::as_bytes)
            .collect();
        let chain: List = Parser::new(&chain.join(&b", "[..]))
            .parse()
            .map_err(|_| Malformed)?;
        let issuers = chain
            .into_iter()
            .map(|entry| match entry {
                ListEntry::Item(item) => certificate(item),
                ListEntry::InnerList(_) => Err(Malformed),
            })
            .collect::<Result<_, _>>()?;
        Ok(Some(Shown { own, issuers }))
    }
}

/// The header is not what RFC 9440 describes, or of somebody who may not send it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

struct Shown {
    own: CertificateDer<'static>,
    issuers: Vec<CertificateDer<'static>>,
}

/// The certificate of a byte sequence without parameters.
fn certificate(item: Item) -> Result<CertificateDer<'static>, Malformed> {
    let BareItem::ByteSequence(der) = item.bare_item else {
        return Err(Malformed);
    };
    let is_one = matches!(X509Certificate::from_der(&der), Ok(([], _)));
    (is_one && item.params.is_empty())
        .then(|| CertificateDer::from(der))
        .ok_or(Malformed)
}
