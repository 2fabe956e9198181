use schemars::JsonSchema;
use serde::Deserialize;

/// A risk that a bank may take knowingly. What each is, what is done about it and why stands in one
/// table, `risks.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// The back office on a listener that others reach without TLS.
    OfficeOnPlainListener,
    /// Metrics and readiness on a listener that others reach without TLS.
    OpsOnPlainListener,
    /// Metrics and readiness where customers come, without TLS.
    OpsBesideCustomers,
    /// Anybody is believed on where a request comes from.
    EveryProxyTrusted,
    /// A proxy in front is not believed on where a request comes from.
    ProxyWithoutTrust,
    /// So many wrong entries that guessing is worth it.
    ManyFailures,
    /// One address may ask as often as it likes.
    RateLimitOff,
    /// Others than the service may read hashes and cards.
    UsersFileReadable,
    /// The demonstration, whose passwords everybody knows, off this machine.
    DemoOffLoopback,
    /// Browsers say themselves under which name they reach the service.
    NoPublicOrigin,
    /// Administrators come through a proxy that shows no client certificate.
    AdminWithoutCertificate,
}

impl Risk {
    /// The name, as in configuration files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OfficeOnPlainListener => "office-on-plain-listener",
            Self::OpsOnPlainListener => "ops-on-plain-listener",
            Self::OpsBesideCustomers => "ops-beside-customers",
            Self::EveryProxyTrusted => "every-proxy-trusted",
            Self::ProxyWithoutTrust => "proxy-without-trust",
            Self::ManyFailures => "many-failures",
            Self::RateLimitOff => "rate-limit-off",
            Self::UsersFileReadable => "users-file-readable",
            Self::DemoOffLoopback => "demo-off-loopback",
            Self::NoPublicOrigin => "no-public-origin",
            Self::AdminWithoutCertificate => "admin-without-certificate",
        }
    }
}
