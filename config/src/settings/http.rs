use std::num::NonZeroU32;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use warifu_inbound_http as inbound;

use super::{PolicySettings, SiteSettings};
use crate::values::{BindAddress, DurationWithin, IntegerWithin, Origin, PerAddress};

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
    /// Where.
    pub bind: BindAddress,
    /// What is offered there.
    #[schemars(with = "Vec<SurfaceName>")]
    pub surfaces: Vec<inbound::ServedSurface>,
    /// With which certificate. Without: plain HTTP.
    #[serde(default)]
    pub tls: Option<ListenerTls>,
}

/// The names of [`inbound::ServedSurface`], for the schema.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum SurfaceName {
    SelfService,
    Admin,
    Office,
    Est,
    Ops,
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
    /// Whether it is closed to who shows no client certificate, on listeners that ask for one.
    #[schemars(with = "RuleName")]
    pub client_certificate: inbound::ClientCertificateRule,
}

/// The names of [`inbound::ClientCertificateRule`], for the schema.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum RuleName {
    Required,
    NotRequired,
}

impl HttpSection {
    /// As the server takes it.
    pub(crate) fn to_inbound(
        &self,
        admin: AdminSettings,
        policy: &PolicySettings,
        site: &SiteSettings,
    ) -> inbound::HttpSettings {
        let limit = |requests: NonZeroU32, per| inbound::RateLimit {
            burst: requests,
            per,
        };
        inbound::HttpSettings {
            listeners: self.listeners.iter().map(Listener::to_inbound).collect(),
            public_origin: self
                .public_origin
                .as_ref()
                .map(|origin| origin.as_str().to_owned()),
            header_timeout: self.header_timeout.get(),
            body_timeout: self.body_timeout.get(),
            idle_timeout: self.idle_timeout.get(),
            shutdown_deadline: self.shutdown_deadline.get(),
            max_body_bytes: self.max_body_bytes.get() as usize,
            max_connections: self.max_connections.get() as usize,
            rate_limit: match policy.rate_limit.per_address {
                PerAddress::Off => None,
                PerAddress::Limit { requests, per } => Some(limit(requests, per)),
            },
            trusted_proxies: policy
                .rate_limit
                .trusted_proxies
                .iter()
                .map(|net| net.0)
                .collect(),
            admin_client_certificate: admin.client_certificate,
            site: site.to_inbound(),
            demo: None,
            more_metrics: Vec::new(),
        }
    }
}

impl Listener {
    fn to_inbound(&self) -> inbound::ListenerSettings {
        inbound::ListenerSettings {
            bind: self.bind.0,
            surfaces: self.surfaces.clone(),
            tls: self.tls.as_ref().map(|tls| inbound::TlsSettings {
                certificate_file: tls.certificate_file.clone(),
                key_file: tls.key_file.clone(),
                client_ca_file: tls.client_ca_file.clone(),
            }),
        }
    }

    /// Whether only programs of this machine reach it.
    pub(crate) fn is_loopback(&self) -> bool {
        self.bind.0.ip().to_canonical().is_loopback()
    }
}
