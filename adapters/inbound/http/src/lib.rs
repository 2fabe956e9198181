//! Web pages and JSON API over HTTP.

mod access_log;
mod answer;
mod api;
mod body;
mod budget;
mod certificate_door;
mod client_authorities;
mod client_certificate;
mod client_certificate_header;
mod cookies;
mod cross_origin;
mod demo_certificate;
mod device;
mod errors;
mod form_files;
mod host;
mod metrics;
mod networks;
mod openapi;
mod ops;
mod pages;
mod paths;
mod peer;
mod problem;
mod proxy_watch;
mod public_addresses;
mod rate_limit;
mod request_context;
mod router;
mod security_headers;
mod server;
mod settings;
mod state;
mod unsent;

pub use server::{Server, StartError};
pub use settings::{
    CertificateHeaderSettings, ClientCertificateRule, DemoAccount, DemoGuide, DemoStaff,
    EditionSite, HttpSettings, ListenerSettings, LocalText, PublicOrigins, RateLimit,
    RegisterMetrics, ServedSurface, Site, TlsSettings,
};
