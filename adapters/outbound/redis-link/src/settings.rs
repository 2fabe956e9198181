//! Where the servers are and how to speak to them.

use std::time::Duration;

use secrecy::{SecretSlice, SecretString};

/// How long a call takes at most, so that a store that is down is told within two seconds.
const DEADLINE: Duration = Duration::from_millis(1500);

/// How the servers are arranged, and where to begin looking for them.
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

impl RedisServers {
    /// Whether what is kept is spread over several primaries.
    pub fn is_cluster(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }
}

/// Who connects, as an access control list of Redis knows them.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The user; without one, the servers' default user.
    pub username: Option<String>,
    /// The password of that user.
    pub password: Option<SecretString>,
}

/// Everything that the way to the servers depends on.
#[derive(Clone, Debug)]
pub struct LinkSettings {
    /// The servers that hold the data, or Sentinels that know them.
    pub servers: RedisServers,
    /// For the servers that hold the data.
    pub credentials: Credentials,
    /// For the Sentinels.
    pub sentinel_credentials: Credentials,
    /// The authorities that the servers' certificates chain up to, in PEM; without them, those of
    /// the operating system.
    pub ca: Option<Vec<u8>>,
    /// Certificate and key to show to the servers, in PEM.
    pub client_certificate: Option<(Vec<u8>, SecretSlice<u8>)>,
    /// How many replicas must acknowledge what may not be lost.
    pub replicas_required: u32,
    /// How long a call may take in all, waiting for replicas included.
    pub deadline: Duration,
}

impl LinkSettings {
    /// For `servers` that ask for no password and whose replicas are not waited for.
    pub fn new(servers: RedisServers) -> Self {
        Self {
            servers,
            credentials: Credentials::default(),
            sentinel_credentials: Credentials::default(),
            ca: None,
            client_certificate: None,
            replicas_required: 0,
            deadline: DEADLINE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        let mut settings = LinkSettings::new(RedisServers::Standalone("localhost".to_owned()));
        settings.credentials.password = Some(SecretString::from("hunter2"));
        settings.sentinel_credentials.password = Some(SecretString::from("hunter2"));
        let key = SecretSlice::from(b"hunter2".to_vec());
        settings.client_certificate = Some((Vec::new(), key));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
