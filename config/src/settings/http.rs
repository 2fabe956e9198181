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
    /// More connections wait to be accepted.
    pub max_connections: IntegerWithin<1, 1_000_000>,
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
