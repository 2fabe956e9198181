//! Everything the server is told, typed. Where the values come from is for the caller.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use ipnet::IpNet;
use warifu_core::domain::HolderMapping;
use warifu_messages::Locale;

use crate::server::StartError;

/// A part of the service that a listener can offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Every surface, in the order of the start line.
    pub const ALL: [Self; 5] = [
        Self::SelfService,
        Self::Admin,
        Self::Office,
        Self::Est,
        Self::Ops,
    ];

    /// The stable name, as in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfService => "self-service",
            Self::Admin => "admin",
            Self::Office => "office",
            Self::Est => "est",
            Self::Ops => "ops",
        }
    }

    /// Whether there is anything to serve.
    pub const fn has_routes(self) -> bool {
        !matches!(self, Self::Est)
    }
}

impl fmt::Display for ServedSurface {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One address to listen on.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// Where. Port 0 takes a free one.
    pub bind: SocketAddr,
    /// What is offered there.
    pub surfaces: Vec<ServedSurface>,
    /// With which certificate; plain TCP without.
    pub tls: Option<TlsSettings>,
    /// How a proxy in front passes its clients' certificates on; nothing where none does.
    pub client_certificate_header: Option<CertificateHeaderSettings>,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            surfaces: ServedSurface::ALL.to_vec(),
            tls: None,
            client_certificate_header: None,
        }
    }
}

/// The certificate of a listener.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// PEM: the server's certificate, then its issuers.
    pub certificate_file: PathBuf,
    /// PEM: its private key.
    pub key_file: PathBuf,
    /// PEM: authorities whose client certificates are asked for.
    pub client_ca_file: Option<PathBuf>,
}

/// The header of RFC 9440 with the certificate of a trusted proxy's client.
#[derive(Clone, Debug)]
pub struct CertificateHeaderSettings {
    /// Its name. The issuers' certificates come in another, whose name ends with `-Chain`.
    pub name: String,
    /// PEM: the authorities whose certificates count. The service's own where none is named.
    pub authorities_file: Option<PathBuf>,
}

impl CertificateHeaderSettings {
    /// The names of both headers.
    pub(crate) fn names(&self) -> Result<(HeaderName, HeaderName), StartError> {
        let read = |name: String| name.parse().map_err(|_| StartError::Header { name });
        Ok((
            read(self.name.clone())?,
            read(format!("{}-Chain", self.name))?,
        ))
    }
}

/// How often one address may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// So many requests, all at once or spread out,
    pub burst: NonZeroU32,
    /// in so long.
    pub per: Duration,
}

/// Whether the administrators' surface is closed to who shows no client certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificateRule {
    /// It is, on listeners that ask for one.
    #[default]
    Required,
    /// It is not.
    NotRequired,
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalText {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl LocalText {
    /// Both at once.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// The text of a language.
    pub fn of(&self, locale: Locale) -> &str {
        match locale {
            Locale::Ja => &self.ja,
            Locale::En => &self.en,
        }
    }
}

/// What a bank calls itself and where it is reached.
#[derive(Clone, Debug)]
pub struct Site {
    /// The name of the service.
    pub service_name: LocalText,
    /// The name of the bank.
    pub bank_name: LocalText,
    /// The help desk's number.
    pub help_desk_phone: String,
    /// When it answers.
    pub help_desk_hours: LocalText,
    /// Times on pages are shown this many minutes east of UTC.
    pub utc_offset_minutes: i32,
    /// The product editions.
    pub editions: Vec<EditionSite>,
}

/// What differs between the editions of a bank's product.
#[derive(Clone, Debug)]
pub struct EditionSite {
    /// As in the directory and in URLs.
    pub key: String,
    /// The edition's name.
    pub name: LocalText,
    /// Where paper forms are posted to.
    pub postal_address: LocalText,
    /// How long the paper procedure takes.
    pub processing_time: LocalText,
    /// What a paper form needs.
    pub needed_items: Vec<LocalText>,
}

/// What the demonstration shows its visitors. Only ever set for the demonstration.
pub trait DemoGuide: Send + Sync {
    /// The accounts to try.
    fn accounts(&self) -> Vec<DemoAccount>;

    /// What the card of account `index` shows now, and for how many more seconds.
    fn current_code(&self, index: usize) -> Option<(String, u64)>;

    /// The members of the bank's staff to try the back office with.
    fn staff(&self) -> Vec<DemoStaff>;

    /// What the card of member `index` of the staff shows now, and for how many more seconds.
    fn current_staff_code(&self, index: usize) -> Option<(String, u64)>;
}

/// A member of the bank's staff in the demonstration, with their secrets. Everybody has a card.
#[derive(Clone)]
pub struct DemoStaff {
    /// What the account is for.
    pub role: LocalText,
    /// 職員ID.
    pub staff_id: String,
    /// ログインパスワード.
    pub login_password: String,
}

/// An account of the demonstration, with its secrets.
#[derive(Clone)]
pub struct DemoAccount {
    /// What the account is for.
    pub role: LocalText,
    /// ご契約者番号.
    pub contract_number: String,
    /// 利用者ID.
    pub user_id: String,
    /// ログインパスワード.
    pub login_password: String,
    /// 取引実行パスワード.
    pub transaction_password: Option<String>,
    /// Whether there is a one-time-password card.
    pub has_card: bool,
}

/// The origins of surfaces that browsers reach under addresses of their own. Without one, a surface has
/// the origin of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicOrigins {
    /// Of the pages for customers without a certificate.
    pub self_service: Option<String>,
    /// Of the administrators' pages.
    pub admin: Option<String>,
    /// Of the back office.
    pub office: Option<String>,
}

/// Everything the server is told.
#[derive(Clone)]
pub struct HttpSettings {
    /// Where it listens.
    pub listeners: Vec<ListenerSettings>,
    /// The origin under which browsers reach the service, such as `https://cert.bank.example`.
    /// Without it, what the browser asks for as `Host` is taken.
    pub public_origin: Option<String>,
    /// The origins of surfaces that have addresses of their own.
    pub public_origins: PublicOrigins,
    /// A request's headers (and a TLS handshake) must arrive within this.
    pub header_timeout: Duration,
    /// A request's body must arrive within this.
    pub body_timeout: Duration,
    /// A connection without a request is closed after this; a response must be taken within it.
    pub idle_timeout: Duration,
    /// After a call to stop, so long it is not ready any more and serves all the same.
    pub drain_delay: Duration,
    /// After that, what was accepted must be finished within this.
    pub shutdown_deadline: Duration,
    /// Larger request bodies are refused.
    pub max_body_bytes: usize,
    /// More connections, on all listeners without operations endpoints, displace idle ones.
    /// Listeners with operations endpoints have as many again.
    pub max_connections: usize,
    /// More connections from one address displace idle ones of it. A network of 64 bits of IPv6
    /// counts as an address, and one of 48 bits as four. Trusted proxies have no such bound.
    pub max_connections_per_address: usize,
    /// So many bytes request bodies take together; what does not fit is answered 503. An address
    /// may take one part in 16 while half is free, then one in 64, at last one in 256. At least
    /// three bodies of the largest size make a sixteenth.
    pub max_memory_of_bodies: usize,
    /// So many bytes answers take together until they are sent; a request whose answer may not fit
    /// is answered 503 at once. Shares are as those of bodies; a sixteenth is at least 256 KiB.
    pub max_memory_of_answers: usize,
    /// How often one address may call; unlimited without.
    pub rate_limit: Option<RateLimit>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// A proxy in front that is not among them is told of in the log, once a listener.
    pub looks_for_proxies: bool,
    /// Has effect on listeners with a `client_ca_file` or a `client_certificate_header`.
    pub admin_client_certificate: ClientCertificateRule,
    /// Which parts of a client certificate's subject name its holder.
    pub admin_certificate_subject: HolderMapping,
    /// What pages say of the bank.
    pub site: Site,
    /// The page `/demo`, if set.
    pub demo: Option<Arc<dyn DemoGuide>>,
    /// Adds what else `/metrics` shows.
    pub more_metrics: Vec<RegisterMetrics>,
}

/// Adds metrics to the server's own.
pub type RegisterMetrics = Arc<dyn Fn(&mut prometheus_client::registry::Registry) + Send + Sync>;

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listeners: vec![ListenerSettings::default()],
            public_origin: None,
            public_origins: PublicOrigins::default(),
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(60),
            drain_delay: Duration::ZERO,
            shutdown_deadline: Duration::from_secs(10),
            max_body_bytes: 64 * 1024,
            max_connections: 10_000,
            max_connections_per_address: 512,
            max_memory_of_bodies: 32 * 1024 * 1024,
            max_memory_of_answers: 32 * 1024 * 1024,
            rate_limit: NonZeroU32::new(600).map(|burst| RateLimit {
                burst,
                per: Duration::from_secs(60),
            }),
            trusted_proxies: Vec::new(),
            looks_for_proxies: false,
            admin_client_certificate: ClientCertificateRule::Required,
            admin_certificate_subject: HolderMapping::default(),
            site: Site::default(),
            demo: None,
            more_metrics: Vec::new(),
        }
    }
}

impl Default for Site {
    fn default() -> Self {
        let edition = |key: &str, ja: &str, en: &str| EditionSite {
            key: key.to_owned(),
            name: LocalText::new(ja, en),
            postal_address: LocalText::new(
                "〒100-8799 銀行 書面受付センター(設定で変更してください)",
                "Bank paper forms centre, Tokyo 100-8799 (change it in the configuration)",
            ),
            processing_time: LocalText::new("到着後 7〜10 日", "7 to 10 days after arrival"),
            needed_items: vec![
                LocalText::new("お届け印", "Registered seal"),
                LocalText::new(
                    "ご契約者番号がわかるもの",
                    "A document with the contract number",
                ),
            ],
        };
        Self {
            service_name: LocalText::new("電子証明書再発行サービス", "Certificate reissue service"),
            bank_name: LocalText::new("銀行", "The bank"),
            help_desk_phone: "0120-000-000".to_owned(),
            help_desk_hours: LocalText::new("平日 9:00〜17:00", "Weekdays 9:00 to 17:00"),
            utc_offset_minutes: 540,
            editions: vec![
                edition("standard", "スタンダード版", "Standard"),
                edition("light", "ライト版", "Light"),
            ],
        }
    }
}
