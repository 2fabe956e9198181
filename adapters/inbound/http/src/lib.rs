//! Web pages and JSON API over HTTP.

mod answer;
mod client_certificate;
mod cookies;
mod cross_origin;
mod refusal;
mod request_context;
mod settings;
mod state;

pub use settings::{
    ClientCertificateRule, DemoAccount, DemoGuide, EditionSite, HttpSettings, ListenerSettings,
    LocalText, RateLimit, ServedSurface, Site, TlsSettings, UnknownSurface,
};
