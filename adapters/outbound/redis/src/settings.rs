//! What the store is told.

use std::time::Duration;

use secrecy::SecretSlice;
use warifu_core::domain::retrieval_record::KEEP_FOR;
use warifu_redis_link::{LinkSettings, RedisServers};

use crate::error::OpenError;

/// Everything the store is told.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// The way to the servers.
    pub link: LinkSettings,
    /// What all keys begin with.
    pub key_prefix: String,
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
}

impl RedisSettings {
    /// The defaults, for `servers`.
    pub fn new(servers: RedisServers) -> Self {
        Self {
            link: LinkSettings::new(servers),
            key_prefix: "warifu".to_owned(),
            index_key: None,
            allow_volatile: false,
            must_exist: false,
            production: true,
            keep_for: KEEP_FOR,
        }
    }

    /// Refuses what could not be told apart in the name of a key.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':');
        let prefix = &self.key_prefix;
        if prefix.is_empty() || prefix.len() > 64 || !prefix.bytes().all(fits) {
            let message = "must be 1 to 64 letters, digits, '-', '_' or ':'";
            return Err(OpenError::setting("key_prefix", message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        let mut settings = RedisSettings::new(RedisServers::Standalone("localhost".to_owned()));
        settings.index_key = Some(SecretSlice::from(b"hunter2".to_vec()));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
