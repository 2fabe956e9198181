//! Where the servers are and how to speak to them.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use secrecy::{SecretSlice, SecretString};

use crate::error::OpenError;

/// The port of a Redis server whose address names none.
const SERVER_PORT: u16 = 6379;

/// The port of a Sentinel whose address names none.
const SENTINEL_PORT: u16 = 26379;

/// How long after its end a reissue is still listed and its record still kept, unless configured.
pub const KEEP_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long a step takes at most, so that a store that is down is told within two seconds.
const DEADLINE: Duration = Duration::from_millis(1500);

/// Which servers make up the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisServers {
    /// One server: `redis://host:port` or `rediss://host:port`, with `/number` for a database.
    Standalone(String),
    /// A primary that Sentinels watch over.
    Sentinel {
        /// The Sentinels: `host:port`, or with `redis://` or `rediss://` before it.
        sentinels: Vec<String>,
        /// What they call the primary.
        master_name: String,
    },
    /// Some nodes of a Cluster, written as Sentinels are; the others are found through them.
    Cluster(Vec<String>),
}

/// Everything the store is told.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// Which servers.
    pub servers: RedisServers,
    /// The user of the servers' access control list.
    pub username: Option<String>,
    /// The password of that user.
    pub password: Option<SecretString>,
    /// The user of the Sentinels' own access control list.
    pub sentinel_username: Option<String>,
    /// The password of that user.
    pub sentinel_password: Option<SecretString>,
    /// The authorities that the servers' certificates chain up to, in PEM; without them, those of
    /// the operating system.
    pub ca: Option<Vec<u8>>,
    /// Certificate and key to show to the servers, in PEM.
    pub client_certificate: Option<(Vec<u8>, SecretSlice<u8>)>,
    /// What all keys begin with.
    pub key_prefix: String,
    /// How many replicas must acknowledge what may not be lost.
    pub replicas_required: u32,
    /// The secret that keys are derived with; without it, one is made and kept in the store.
    pub index_key: Option<SecretSlice<u8>>,
    /// Accept a store that forgets when it restarts.
    pub allow_volatile: bool,
    /// Refuse servers that hold nothing at all, as those do that have lost everything.
    pub must_exist: bool,
    /// Whether this is for real.
    pub production: bool,
    /// How long after its end a reissue is still listed and its record still kept.
    pub keep_for: Duration,
    /// How long a step may take in all, waiting for replicas included.
    pub deadline: Duration,
}

impl RedisSettings {
    /// The defaults, for `servers`.
    pub fn new(servers: RedisServers) -> Self {
        Self {
            servers,
            username: None,
            password: None,
            sentinel_username: None,
            sentinel_password: None,
            ca: None,
            client_certificate: None,
            key_prefix: "warifu".to_owned(),
            replicas_required: 0,
            index_key: None,
            allow_volatile: false,
            must_exist: false,
            production: true,
            keep_for: KEEP_FOR,
            deadline: DEADLINE,
        }
    }
}

/// Host and port of a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    pub(crate) fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }

    /// Reads `host:port`, also with an IPv6 address, bracketed or as Redis prints it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok().filter(|port| *port != 0)?;
        (!host.is_empty()).then(|| Self::new(host, port))
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self
                .host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

/// Where to begin looking for the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Servers {
    Standalone(Address),
    Sentinel {
        sentinels: Vec<Address>,
        master_name: String,
    },
    Cluster(Vec<Address>),
}

/// What the addresses of a configuration say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) servers: Servers,
    pub(crate) encrypted: bool,
    pub(crate) database: i64,
}

impl Place {
    pub(crate) fn of(settings: &RedisSettings) -> Result<Self, OpenError> {
        let encrypted_by_default = settings.ca.is_some();
        match &settings.servers {
            RedisServers::Standalone(text) => {
                let url = Url::read("url", text, SERVER_PORT)?;
                Ok(Self {
                    servers: Servers::Standalone(url.address),
                    encrypted: url.encrypted.unwrap_or(encrypted_by_default),
                    database: url.database,
                })
            }
            RedisServers::Sentinel {
                sentinels,
                master_name,
            } => {
                if master_name.is_empty() {
                    let message = "must name the primary as the Sentinels know it";
                    return Err(OpenError::setting("master_name", message));
                }
                let (addresses, encrypted) = list("sentinels", sentinels, SENTINEL_PORT)?;
                Ok(Self {
                    servers: Servers::Sentinel {
                        sentinels: addresses,
                        master_name: master_name.clone(),
                    },
                    encrypted: encrypted.unwrap_or(encrypted_by_default),
                    database: 0,
                })
            }
            RedisServers::Cluster(nodes) => {
                let (addresses, encrypted) = list("cluster", nodes, SERVER_PORT)?;
                Ok(Self {
                    servers: Servers::Cluster(addresses),
                    encrypted: encrypted.unwrap_or(encrypted_by_default),
                    database: 0,
                })
            }
        }
        .and_then(|place: Self| place.check(settings))
    }

    fn check(self, settings: &RedisSettings) -> Result<Self, OpenError> {
        if !self.encrypted && settings.ca.is_some() {
            let message = "is given, but the servers are addressed without TLS; write rediss://";
            return Err(OpenError::setting("ca_file", message));
        }
        let (key, addresses) = match &self.servers {
            Servers::Standalone(address) => ("url", std::slice::from_ref(address)),
            Servers::Sentinel { sentinels, .. } => ("sentinels", sentinels.as_slice()),
            Servers::Cluster(nodes) => ("cluster", nodes.as_slice()),
        };
        if let Some(address) = addresses.iter().find(|address| !self.may_speak_to(address)) {
            return Err(OpenError::setting(key, plaintext(address)));
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':');
        let prefix = &settings.key_prefix;
        if prefix.is_empty() || prefix.len() > 64 || !prefix.bytes().all(fits) {
            let message = "must be 1 to 64 letters, digits, '-', '_' or ':'";
            return Err(OpenError::setting("key_prefix", message));
        }
        Ok(self)
    }

    /// Passwords' hashes and locks do not cross a network in the clear.
    pub(crate) fn may_speak_to(&self, address: &Address) -> bool {
        self.encrypted || address.is_loopback()
    }
}

/// Why a server is not spoken to without TLS.
pub(crate) fn plaintext(address: &Address) -> String {
    format!("{address} is not on this machine, so it must be reached with TLS: write rediss://")
}

fn list(
    key: &'static str,
    texts: &[String],
    default_port: u16,
) -> Result<(Vec<Address>, Option<bool>), OpenError> {
    if texts.is_empty() {
        return Err(OpenError::setting(key, "must name at least one server"));
    }
    let mut addresses = Vec::new();
    let mut encrypted = None;
    for text in texts {
        let url = Url::read(key, text, default_port)?;
        if url.database != 0 {
            return Err(OpenError::setting(
                key,
                "has only database 0: remove it from the address",
            ));
        }
        if !addresses.is_empty() && encrypted != url.encrypted {
            let message = "mixes addresses with and without TLS: write all of them the same way";
            return Err(OpenError::setting(key, message));
        }
        encrypted = url.encrypted;
        addresses.push(url.address);
    }
    Ok((addresses, encrypted))
}

struct Url {
    address: Address,
    encrypted: Option<bool>,
    database: i64,
}

impl Url {
    fn read(key: &'static str, text: &str, default_port: u16) -> Result<Self, OpenError> {
        let refuse = |message: &str| Err(OpenError::setting(key, message));
        let (encrypted, rest) = match text.split_once("://") {
            Some(("redis", rest)) => (Some(false), rest),
            Some(("rediss", rest)) => (Some(true), rest),
            Some(_) => return refuse("must begin with redis:// or rediss://"),
            None => (None, text),
        };
        if rest.contains('@') {
            // The text itself is not repeated: it holds a password.
            return refuse(
                "holds a user or password: use username and password_file, so that no secret \
                 stands in an address",
            );
        }
        let (host, database) = match rest.split_once('/') {
            None | Some((_, "")) => (rest.trim_end_matches('/'), 0),
            Some((host, database)) => match database.parse() {
                Ok(number) if (0..=1_000_000).contains(&number) => (host, number),
                _ => return refuse("has something else than a database number after the host"),
            },
        };
        let has_port = host.rsplit_once(':').is_some_and(|(before, _)| {
            !before.contains(':') || (before.starts_with('[') && before.ends_with(']'))
        });
        let address = if has_port {
            Address::parse(host)
        } else {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            (!bare.is_empty()).then(|| Address::new(bare, default_port))
        };
        match address {
            Some(address) => Ok(Self {
                address,
                encrypted,
                database,
            }),
            None => refuse("must be an address such as redis://127.0.0.1:6379"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> Result<Place, String> {
        let settings = RedisSettings::new(RedisServers::Standalone(url.to_owned()));
        Place::of(&settings).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_are_read() {
        let standalone = |host: &str, port| Servers::Standalone(Address::new(host, port));
        let found = place("redis://127.0.0.1:7000/3").unwrap();
        assert_eq!(found.servers, standalone("127.0.0.1", 7000));
        assert_eq!((found.database, found.encrypted), (3, false));
        let found = place("rediss://store.bank.example").unwrap();
        assert_eq!(found.servers, standalone("store.bank.example", 6379));
        assert!(found.encrypted);
        let found = place("redis://[::1]:7000").unwrap();
        assert_eq!(found.servers, standalone("::1", 7000));
        let found = place("localhost").unwrap();
        assert_eq!(found.servers, standalone("localhost", 6379));
    }

    #[test]
    fn plaintext_over_a_network_is_refused() {
        for url in [
            "redis://10.0.0.7:6379",
            "redis://store.bank.example",
            "10.0.0.7",
        ] {
            assert!(place(url).unwrap_err().contains("rediss://"), "{url}");
        }
    }

    #[test]
    fn secrets_in_an_address_are_refused_and_not_repeated() {
        let words = place("redis://:hunter2@127.0.0.1").unwrap_err();
        assert!(words.contains("password_file"));
        assert!(!words.contains("hunter2"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in [
            "http://127.0.0.1",
            "redis://",
            "redis://127.0.0.1:0",
            "redis://127.0.0.1/x",
        ] {
            assert!(place(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_addresses_of_a_list_agree() {
        let cluster = |nodes: &[&str]| {
            let nodes = nodes.iter().map(|&node| node.to_owned()).collect();
            Place::of(&RedisSettings::new(RedisServers::Cluster(nodes)))
        };
        assert!(cluster(&["127.0.0.1:1", "127.0.0.1:2"]).is_ok());
        assert!(cluster(&["redis://127.0.0.1:1", "rediss://127.0.0.1:2"]).is_err());
        assert!(cluster(&["redis://127.0.0.1:1/2"]).is_err());
        assert!(cluster(&[]).is_err());
    }

    #[test]
    fn nothing_secret_is_printed() {
        let mut settings = RedisSettings::new(RedisServers::Standalone("localhost".to_owned()));
        settings.password = Some(SecretString::from("hunter2"));
        settings.index_key = Some(SecretSlice::from(b"hunter2".to_vec()));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
