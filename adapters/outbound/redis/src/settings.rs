//! What the store is told.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use secrecy::SecretSlice;
use serde::Deserialize;
use warifu_adapter_kit::values::DurationWithin;
use warifu_adapter_kit::{AdapterError, Environment, secret_file};
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

/// Settings of `RedisStores`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RedisStoresSettings {
    /// One server: `redis://host:port` on this machine, `rediss://host:port` elsewhere.
    url: Option<String>,
    /// Sentinels, `host:port` each, that know the primary by `master_name`.
    sentinels: Option<Vec<String>>,
    /// What the Sentinels call the primary.
    master_name: Option<String>,
    /// Some nodes of a Cluster, `host:port` each.
    cluster: Option<Vec<String>>,
    /// The user of the servers' access control list.
    username: Option<String>,
    /// A file with that user's password.
    password_file: Option<PathBuf>,
    /// The user of the Sentinels' access control list.
    sentinel_username: Option<String>,
    /// A file with that user's password.
    sentinel_password_file: Option<PathBuf>,
    /// The authorities of the servers' certificates, in PEM; else those of the operating system.
    ca_file: Option<PathBuf>,
    /// A certificate to show to the servers, in PEM.
    client_certificate_file: Option<PathBuf>,
    /// Its key, in PEM.
    client_key_file: Option<PathBuf>,
    /// What all keys begin with.
    key_prefix: Option<String>,
    /// How many replicas must acknowledge before a password is shown or a certificate issued: all
    /// that may take over.
    replicas_required: Option<u32>,
    /// A file with the secret that the names of keys are derived with; else one is made and kept
    /// in the store.
    index_key_file: Option<PathBuf>,
    /// Accept servers that forget when they restart.
    allow_volatile: bool,
    /// Refuse servers that hold nothing at all. Set it after the first start, so that servers that
    /// have lost everything do not pass for new ones.
    must_exist: bool,
    /// How long after its end a reissue is still listed and its record kept. Of the password store
    /// only.
    keep_for: Option<DurationWithin<3_600, 315_360_000>>,
}

impl RedisStoresSettings {
    fn servers(&self) -> Result<RedisServers, AdapterError> {
        if self.master_name.is_some() && self.sentinels.is_none() {
            let message = "is for sentinels, and none are given: set sentinels or remove it";
            return Err(AdapterError::setting("master_name", message));
        }
        match (&self.url, &self.sentinels, &self.cluster) {
            (Some(url), None, None) => Ok(RedisServers::Standalone(url.clone())),
            (None, Some(sentinels), None) => Ok(RedisServers::Sentinel {
                sentinels: sentinels.clone(),
                master_name: self.master_name.clone().unwrap_or_default(),
            }),
            (None, None, Some(nodes)) => Ok(RedisServers::Cluster(nodes.clone())),
            (None, None, None) => Err(AdapterError::setting(
                "",
                "needs url, sentinels with master_name, or cluster",
            )),
            _ => Err(AdapterError::setting(
                "",
                "has several of url, sentinels and cluster: keep the one that fits the servers",
            )),
        }
    }

    /// As an audit log takes them, which keeps everything for ever.
    pub(crate) fn read_for_log(
        &self,
        environment: Environment,
    ) -> Result<RedisSettings, AdapterError> {
        if self.keep_for.is_some() {
            let message = "is for the password store; an audit log keeps every record: remove it";
            return Err(AdapterError::setting("keep_for", message));
        }
        self.read(environment)
    }

    pub(crate) fn read(&self, environment: Environment) -> Result<RedisSettings, AdapterError> {
        let mut settings = RedisSettings::new(self.servers()?);
        let link = &mut settings.link;
        link.credentials.username.clone_from(&self.username);
        link.credentials.password =
            secret_file::read_text("password_file", self.password_file.as_deref())?;
        link.sentinel_credentials
            .username
            .clone_from(&self.sentinel_username);
        link.sentinel_credentials.password = secret_file::read_text(
            "sentinel_password_file",
            self.sentinel_password_file.as_deref(),
        )?;
        link.ca = match &self.ca_file {
            Some(path) => Some(
                std::fs::read(path).map_err(|error| AdapterError::path("ca_file", path, error))?,
            ),
            None => None,
        };
        link.client_certificate = match (&self.client_certificate_file, &self.client_key_file) {
            (Some(certificate), Some(key)) => {
                let pem = std::fs::read(certificate).map_err(|error| {
                    AdapterError::path("client_certificate_file", certificate, error)
                })?;
                Some((
                    pem,
                    SecretSlice::from(secret_file::read("client_key_file", key)?.to_vec()),
                ))
            }
            (None, None) => None,
            (Some(_), None) => {
                let message = "is missing beside client_certificate_file";
                return Err(AdapterError::setting("client_key_file", message));
            }
            (None, Some(_)) => {
                let message = "is missing beside client_key_file";
                return Err(AdapterError::setting("client_certificate_file", message));
            }
        };
        if let Some(path) = &self.index_key_file {
            let key = secret_file::read("index_key_file", path)?;
            settings.index_key = Some(SecretSlice::from(key.trim_ascii().to_vec()));
        }
        if let Some(prefix) = &self.key_prefix {
            settings.key_prefix.clone_from(prefix);
        }
        if let Some(replicas) = self.replicas_required {
            settings.link.replicas_required = replicas;
        }
        if let Some(keep_for) = self.keep_for {
            settings.keep_for = keep_for.get();
        }
        settings.allow_volatile = self.allow_volatile;
        settings.must_exist = self.must_exist;
        settings.production = environment == Environment::Production;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(settings: &RedisStoresSettings) -> String {
        let error = settings.read(Environment::Production).map(|_| ());
        error.expect_err("the settings are refused").to_string()
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn written(folder: &tempfile::TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&path, permissions).expect("permissions");
        path
    }

    #[test]
    fn exactly_one_way_to_the_servers_is_asked_for() {
        let mut settings = RedisStoresSettings::default();
        assert!(refusal(&settings).contains("needs url"));
        settings.url = Some("redis://127.0.0.1".to_owned());
        settings.cluster = Some(vec!["127.0.0.1:7000".to_owned()]);
        assert!(refusal(&settings).contains("several"));
        settings.cluster = None;
        settings.master_name = Some("primary".to_owned());
        assert!(refusal(&settings).contains("sentinels"));
        settings.master_name = None;
        assert!(settings.read(Environment::Production).is_ok());
    }

    #[test]
    fn secrets_come_from_files_that_nobody_else_reads() {
        let folder = folder();
        let mut settings = RedisStoresSettings {
            url: Some("redis://127.0.0.1".to_owned()),
            password_file: Some(written(&folder, "open", "hunter2\n", 0o644)),
            ..RedisStoresSettings::default()
        };
        let words = refusal(&settings);
        assert!(
            words.contains("chmod 600") && !words.contains("hunter2"),
            "{words}"
        );
        settings.password_file = Some(written(&folder, "empty", "\n", 0o600));
        assert!(refusal(&settings).contains("is empty"));
        settings.password_file = Some(folder.path().join("missing"));
        assert!(refusal(&settings).contains("missing"));
        settings.password_file = Some(written(&folder, "good", "hunter2\n", 0o600));
        let read = settings
            .read(Environment::Production)
            .expect("good settings");
        let password = read.link.credentials.password.expect("a password");
        assert_eq!(secrecy::ExposeSecret::expose_secret(&password), "hunter2");
    }

    #[test]
    fn an_audit_log_forgets_nothing() {
        let mut settings: RedisStoresSettings = serde_json::from_value(serde_json::json!({
            "url": "redis://127.0.0.1",
            "must_exist": true,
            "keep_for": "90d",
        }))
        .expect("settings");
        let refused = settings.read_for_log(Environment::Production).map(|_| ());
        let refused = refused.expect_err("the settings are refused").to_string();
        assert!(refused.contains("keep_for"), "{refused}");
        settings.keep_for = None;
        let read = settings.read_for_log(Environment::Production);
        assert!(read.expect("good settings").must_exist);
    }

    #[test]
    fn certificate_and_key_come_together() {
        let settings = RedisStoresSettings {
            url: Some("redis://127.0.0.1".to_owned()),
            client_certificate_file: Some(PathBuf::from("client.pem")),
            ..RedisStoresSettings::default()
        };
        assert!(refusal(&settings).contains("client_key_file"));
    }

    #[test]
    fn nothing_secret_is_printed() {
        let mut settings = RedisSettings::new(RedisServers::Standalone("localhost".to_owned()));
        settings.index_key = Some(SecretSlice::from(b"hunter2".to_vec()));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
