//! Web pages and JSON API over HTTP.

mod access_log;
mod answer;
mod api;
mod body;
mod client_certificate;
mod cookies;
mod cross_origin;
mod documents;
mod errors;
mod form_files;
mod host;
mod metrics;
mod openapi;
mod ops;
mod pages;
mod problem;
mod rate_limit;
mod refusal;
mod request_context;
mod router;
mod security_headers;
mod server;
mod settings;
mod state;

pub use documents::{Explanation, UsersDocument, audit_document, explain, user_document};
pub use server::{Server, StartError};
pub use settings::{
    ClientCertificateRule, DemoAccount, DemoGuide, DemoStaff, EditionSite, HttpSettings,
    ListenerSettings, LocalText, RateLimit, RegisterMetrics, ServedSurface, Site, TlsSettings,
};
