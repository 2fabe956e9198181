//! The settings that do not belong to an adapter: typed, strict, without defaults of their own.
//! What nobody sets comes from `default.toml`, so that there is one place to look.

mod http;
mod policy;
mod risks;
mod site;

use schemars::JsonSchema;
use serde::Deserialize;
use warifu_adapter_kit::Environment;
use warifu_core::domain::Policy;

pub use http::{
    AdminSettings, CertificateSubjectSettings, ClientCertificateRule, HttpSection, Listener,
    ListenerTls, PublicOrigins, ServedSurface, SubjectAttributeName,
};
pub use policy::{HashingSettings, PolicySettings, RateLimitSettings};
pub use risks::Risk;
pub use site::{EditionSettings, HelpDesk, SiteSettings, TwoLanguages};

/// All settings but those of the adapters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether this is for real.
    pub environment: Environment,
    /// What is unwise in production and meant all the same.
    pub accept_risks: Vec<Risk>,
    /// The server.
    pub http: HttpSection,
    /// The administrators' surface.
    pub admin: AdminSettings,
    /// The bank's rules.
    pub policy: PolicySettings,
    /// The bank's names and addresses, as pages show them.
    pub site: SiteSettings,
    /// The program's own log (not the audit log).
    pub logging: LoggingSettings,
}

/// The program's own log.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoggingSettings {
    /// How it is written.
    pub format: LogFormat,
    /// From which severity on.
    pub level: LogLevel,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// JSON in production, text in development.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// From which severity on something is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what looks wrong.
    Warn,
    /// And what happened.
    Info,
    /// And how.
    Debug,
    /// And everything.
    Trace,
}

impl Settings {
    /// The bank's rules, as the rules take them.
    pub fn to_policy(&self) -> Policy {
        self.policy.to_policy(self.site.utc_offset)
    }

    /// Where customers reach the pages of `surface`, as far as it is known.
    pub fn public_address(&self, surface: ServedSurface) -> Option<String> {
        let path = match surface {
            ServedSurface::SelfService => "/cert",
            ServedSurface::Admin => "/admin",
            ServedSurface::Office => "/office",
            ServedSurface::Est | ServedSurface::Ops => return None,
        };
        let origin = self.http.origin_of(surface)?;
        Some(format!("{}{path}", origin.as_str()))
    }

    /// Whether the log is written as JSON.
    pub fn logs_json(&self) -> bool {
        match self.logging.format {
            LogFormat::Auto => self.environment == Environment::Production,
            LogFormat::Json => true,
            LogFormat::Text => false,
        }
    }
}
