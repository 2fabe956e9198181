use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use warifu_core::domain::{HolderMapping, SubjectAttribute};

use crate::values::{BindAddress, CertificateHeaderName, Origin};
use warifu_adapter_kit::values::{DurationWithin, IntegerWithin};

/// The server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    /// Where it listens.
    pub listeners: Vec<Listener>,
    /// The origin under which browsers reach the service. Needed behind a proxy.
    #[serde(default)]
    pub public_origin: Option<Origin>,
    /// The origins of surfaces that browsers reach under addresses of their own. Links from one surface
    /// to another go there.
    #[serde(default)]
    pub public_origins: PublicOrigins,
    /// Within this a request's headers must have arrived.
    pub header_timeout: DurationWithin<1, 600>,
    /// Within this a request's body must have arrived.
    pub body_timeout: DurationWithin<1, 600>,
    /// After this a connection without a request is closed.
    pub idle_timeout: DurationWithin<1, 3_600>,
    /// When the server is told to stop: so long it says at `/readyz` that it will, and goes on
    /// serving. Give it what the proxies in front need to notice.
    pub drain_delay: DurationWithin<0, 600>,
    /// When the server stops: within this what was accepted must be finished.
    pub shutdown_deadline: DurationWithin<1, 600>,
    /// Larger request bodies are refused.
    pub max_body_bytes: IntegerWithin<16_384, 16_777_216>,
    /// More connections displace idle ones of whoever has most. Listeners with `ops` have as many
    /// of their own.
    pub max_connections: IntegerWithin<1, 1_000_000>,
    /// More connections from one address displace idle ones of it. A network of 64 bits of IPv6
    /// counts as one address, one of 48 bits as four. Not for `policy.rate_limit.trusted_proxies`.
    pub max_connections_per_address: IntegerWithin<1, 1_000_000>,
    /// So many bytes request bodies take together. An address may take one part in 16 while half is
    /// free, then one in 64, at last one in 256; what does not fit is answered 503.
    pub max_memory_of_bodies: IntegerWithin<1_048_576, 4_294_967_295>,
    /// So many bytes answers take together until they are sent, shared likewise; each request
    /// counts as 8 KiB until it has an answer.
    pub max_memory_of_answers: IntegerWithin<1_048_576, 4_294_967_295>,
}

/// The origins of surfaces that have addresses of their own. A surface without one has
/// `http.public_origin`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PublicOrigins {
    /// Of the pages for customers without a certificate.
    #[serde(default)]
    pub self_service: Option<Origin>,
    /// Of the administrators' pages.
    #[serde(default)]
    pub admin: Option<Origin>,
    /// Of the back office.
    #[serde(default)]
    pub office: Option<Origin>,
}

impl PublicOrigins {
    /// Those that are set, by the names of their surfaces.
    fn named(&self) -> impl Iterator<Item = (&'static str, &Origin)> {
        [
            ServedSurface::SelfService,
            ServedSurface::Admin,
            ServedSurface::Office,
        ]
        .into_iter()
        .filter_map(|surface| Some((surface.name(), self.of(surface)?)))
    }

    const fn of(&self, surface: ServedSurface) -> Option<&Origin> {
        match surface {
            ServedSurface::SelfService => self.self_service.as_ref(),
            ServedSurface::Admin => self.admin.as_ref(),
            ServedSurface::Office => self.office.as_ref(),
            ServedSurface::Est | ServedSurface::Ops => None,
        }
    }
}

impl HttpSection {
    /// Under which origin browsers reach `surface`, where that is known.
    pub(crate) fn origin_of(&self, surface: ServedSurface) -> Option<&Origin> {
        let own = self.public_origins.of(surface);
        own.or(self.public_origin.as_ref())
    }

    /// Every origin that is set, by the path of its setting.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (String, &Origin)> {
        let common = self.public_origin.iter();
        let common = common.map(|origin| ("http.public_origin".to_owned(), origin));
        let own = self.public_origins.named();
        common
            .chain(own.map(|(surface, origin)| (format!("http.public_origins.{surface}"), origin)))
    }

    /// Whether what browsers ask of `surface` is encrypted as far as origins tell. Where nobody browses,
    /// any origin tells.
    pub(crate) fn is_encrypted(&self, surface: ServedSurface) -> bool {
        match surface {
            ServedSurface::Est | ServedSurface::Ops => {
                self.origins().any(|(_, origin)| origin.is_encrypted())
            }
            ServedSurface::SelfService | ServedSurface::Admin | ServedSurface::Office => {
                self.origin_of(surface).is_some_and(Origin::is_encrypted)
            }
        }
    }

    /// Under which origins browsers reach what `listener` serves, as far as they are known.
    pub(crate) fn origins_of(&self, listener: &Listener) -> impl Iterator<Item = &Origin> {
        let surfaces = listener.surfaces.iter();
        surfaces.filter_map(|surface| self.origin_of(*surface))
    }
}

/// One address to listen on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// The address and port to listen on.
    pub bind: BindAddress,
    /// What is offered there.
    pub surfaces: Vec<ServedSurface>,
    /// With which certificate. Without: plain HTTP.
    #[serde(default)]
    pub tls: Option<ListenerTls>,
    /// The header in which trusted proxies pass their clients' certificates on (RFC 9440), such as
    /// "Client-Cert". From anybody else it is refused.
    #[serde(default)]
    pub client_certificate_header: Option<CertificateHeaderName>,
    /// PEM: the authorities whose certificates count in that header. Without: those of the
    /// certificate authority.
    #[serde(default)]
    pub client_certificate_ca_file: Option<PathBuf>,
}

/// A part of the service that a listener can offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServedSurface {
    /// For customers without a certificate.
    SelfService,
    /// For customers' administrators.
    Admin,
    /// For the bank's back office.
    Office,
    /// Enrolment over secure transport. No routes yet.
    Est,
    /// Health, readiness and metrics.
    Ops,
}

impl ServedSurface {
    /// Every surface, in the order in which people are told of them.
    pub const ALL: [Self; 5] = [
        Self::SelfService,
        Self::Admin,
        Self::Office,
        Self::Est,
        Self::Ops,
    ];

    /// The name, as in configuration files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfService => "self-service",
            Self::Admin => "admin",
            Self::Office => "office",
            Self::Est => "est",
            Self::Ops => "ops",
        }
    }
}

/// The certificate of a listener.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerTls {
    /// PEM: the server's certificate, then its issuers.
    pub certificate_file: PathBuf,
    /// PEM: its private key, readable by nobody else.
    pub key_file: PathBuf,
    /// PEM: the authorities whose client certificates are asked for.
    #[serde(default)]
    pub client_ca_file: Option<PathBuf>,
}

/// The administrators' surface.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminSettings {
    /// Whether it is closed to who shows no client certificate.
    pub client_certificate: ClientCertificateRule,
    /// Which attributes of a client certificate's subject name its holder. A certificate in which
    /// one of them is missing, empty or repeated is nobody's.
    pub client_certificate_subject: CertificateSubjectSettings,
}

/// Which attributes of a client certificate's subject name its holder.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateSubjectSettings {
    /// Holds the contract number.
    pub contract: SubjectAttributeName,
    /// Holds the user ID.
    pub user: SubjectAttributeName,
}

impl CertificateSubjectSettings {
    /// As certificates are judged by it.
    pub fn to_mapping(self) -> HolderMapping {
        HolderMapping {
            contract: self.contract.to_attribute(),
            user: self.user.to_attribute(),
        }
    }
}

/// An attribute of a certificate's subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SubjectAttributeName {
    /// The common name.
    #[serde(rename = "CN")]
    CommonName,
    /// The organisation.
    #[serde(rename = "O")]
    Organization,
    /// The organisational unit.
    #[serde(rename = "OU")]
    OrganizationalUnit,
    /// The user ID of directories.
    #[serde(rename = "UID")]
    UserId,
    /// The serial number of a person or device, not of the certificate.
    #[serde(rename = "serialNumber")]
    SerialNumber,
}

impl SubjectAttributeName {
    const fn to_attribute(self) -> SubjectAttribute {
        match self {
            Self::CommonName => SubjectAttribute::CommonName,
            Self::Organization => SubjectAttribute::Organization,
            Self::OrganizationalUnit => SubjectAttribute::OrganizationalUnit,
            Self::UserId => SubjectAttribute::UserId,
            Self::SerialNumber => SubjectAttribute::SerialNumber,
        }
    }
}

/// Whether the administrators' surface is closed to who shows no client certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientCertificateRule {
    /// It is, on listeners that ask for one. In production, those that others reach must ask.
    WhereAsked,
    /// It is, and every listener with that surface must be able to ask for one.
    Required,
    /// It is not.
    NotRequired,
}

impl Listener {
    /// Whether only programs of this machine reach it.
    pub(crate) fn is_loopback(&self) -> bool {
        self.bind.0.ip().to_canonical().is_loopback()
    }

    /// Whether its clients can show a certificate, here or to a proxy in front.
    pub(crate) fn asks_for_certificates(&self) -> bool {
        let tls = self.tls.as_ref();
        self.client_certificate_header.is_some()
            || tls.is_some_and(|tls| tls.client_ca_file.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surface_is_read_by_the_name_it_is_shown_by() {
        for surface in ServedSurface::ALL {
            let read: ServedSurface = serde_json::from_value(surface.name().into()).unwrap();
            assert_eq!(read, surface);
        }
        assert!(serde_json::from_value::<ServedSurface>("administration".into()).is_err());
    }
}
