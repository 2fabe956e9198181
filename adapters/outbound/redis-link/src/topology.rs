//! Reads how the servers are arranged and where to begin looking for them.

use crate::address::Address;
use crate::error::SettingError;
use crate::settings::{LinkSettings, RedisServers};

/// The port of a Redis server whose address names none.
const SERVER_PORT: u16 = 6379;

/// The port of a Sentinel whose address names none.
const SENTINEL_PORT: u16 = 26379;

/// Where to begin looking for the servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Standalone(Address),
    Sentinel {
        sentinels: Vec<Address>,
        master_name: String,
    },
    Cluster(Vec<Address>),
}

/// What the addresses of a configuration say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Topology {
    pub(crate) entry: Entry,
    pub(crate) encrypted: bool,
    pub(crate) database: i64,
}

impl Topology {
    pub(crate) fn of(settings: &LinkSettings) -> Result<Self, SettingError> {
        let encrypted_by_default = settings.ca.is_some();
        match &settings.servers {
            RedisServers::Standalone(text) => {
                let url = Url::read("url", text, SERVER_PORT)?;
                Ok(Self {
                    entry: Entry::Standalone(url.address),
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
                    return Err(SettingError::new("master_name", message));
                }
                let (addresses, encrypted) = list("sentinels", sentinels, SENTINEL_PORT)?;
                Ok(Self {
                    entry: Entry::Sentinel {
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
                    entry: Entry::Cluster(addresses),
                    encrypted: encrypted.unwrap_or(encrypted_by_default),
                    database: 0,
                })
            }
        }
        .and_then(|topology: Self| topology.check(settings))
    }

    fn check(self, settings: &LinkSettings) -> Result<Self, SettingError> {
        if !self.encrypted && settings.ca.is_some() {
            let message = "is given, but the servers are addressed without TLS; write rediss://";
            return Err(SettingError::new("ca_file", message));
        }
        let (key, addresses) = match &self.entry {
            Entry::Standalone(address) => ("url", std::slice::from_ref(address)),
            Entry::Sentinel { sentinels, .. } => ("sentinels", sentinels.as_slice()),
            Entry::Cluster(nodes) => ("cluster", nodes.as_slice()),
        };
        if let Some(address) = addresses.iter().find(|address| !self.may_speak_to(address)) {
            return Err(SettingError::new(key, plaintext(address)));
        }
        Ok(self)
    }

    /// What is kept there does not cross a network in the clear.
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
) -> Result<(Vec<Address>, Option<bool>), SettingError> {
    if texts.is_empty() {
        return Err(SettingError::new(key, "must name at least one server"));
    }
    let mut addresses = Vec::new();
    let mut encrypted = None;
    for text in texts {
        let url = Url::read(key, text, default_port)?;
        if url.database != 0 {
            return Err(SettingError::new(
                key,
                "has only database 0: remove it from the address",
            ));
        }
        if !addresses.is_empty() && encrypted != url.encrypted {
            let message = "mixes addresses with and without TLS: write all of them the same way";
            return Err(SettingError::new(key, message));
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
    fn read(key: &'static str, text: &str, default_port: u16) -> Result<Self, SettingError> {
        let refuse = |message: &str| Err(SettingError::new(key, message));
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

    fn topology(url: &str) -> Result<Topology, String> {
        let settings = LinkSettings::new(RedisServers::Standalone(url.to_owned()));
        Topology::of(&settings).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_are_read() {
        let standalone = |host: &str, port| Entry::Standalone(Address::new(host, port));
        let found = topology("redis://127.0.0.1:7000/3").unwrap();
        assert_eq!(found.entry, standalone("127.0.0.1", 7000));
        assert_eq!((found.database, found.encrypted), (3, false));
        let found = topology("rediss://store.bank.example").unwrap();
        assert_eq!(found.entry, standalone("store.bank.example", 6379));
        assert!(found.encrypted);
        let found = topology("redis://[::1]:7000").unwrap();
        assert_eq!(found.entry, standalone("::1", 7000));
        let found = topology("localhost").unwrap();
        assert_eq!(found.entry, standalone("localhost", 6379));
    }

    #[test]
    fn plaintext_over_a_network_is_refused() {
        for url in [
            "redis://10.0.0.7:6379",
            "redis://store.bank.example",
            "10.0.0.7",
        ] {
            assert!(topology(url).unwrap_err().contains("rediss://"), "{url}");
        }
    }

    #[test]
    fn secrets_in_an_address_are_refused_and_not_repeated() {
        let words = topology("redis://:hunter2@127.0.0.1").unwrap_err();
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
            assert!(topology(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_addresses_of_a_list_agree() {
        let cluster = |nodes: &[&str]| {
            let nodes = nodes.iter().map(|&node| node.to_owned()).collect();
            Topology::of(&LinkSettings::new(RedisServers::Cluster(nodes)))
        };
        assert!(cluster(&["127.0.0.1:1", "127.0.0.1:2"]).is_ok());
        assert!(cluster(&["redis://127.0.0.1:1", "rediss://127.0.0.1:2"]).is_err());
        assert!(cluster(&["redis://127.0.0.1:1/2"]).is_err());
        assert!(cluster(&[]).is_err());
    }
}
