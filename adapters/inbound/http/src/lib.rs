//! Web pages and JSON API over HTTP.

mod access_log;
mod answer;
mod api;
mod body;
mod client_certificate;
mod cookies;
mod cross_origin;
mod device;
mod errors;
mod form_files;
mod host;
mod metrics;
mod openapi;
mod ops;
mod pages;
mod paths;
mod problem;
mod rate_limit;
mod request_context;
mod router;
mod security_headers;
mod server;
mod settings;
mod state;

pub use server::{Server, StartError};
pub use settings::{
    ClientCertificateRule, DemoAccount, DemoGuide, DemoStaff, EditionSite, HttpSettings,
    ListenerSettings, LocalText, RateLimit, RegisterMetrics, ServedSurface, Site, TlsSettings,
};
