//! What the authority is told.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use warifu_adapter_kit::values::{DurationWithin, Words};

const DAY: Duration = Duration::from_secs(86_400);

/// What the authority writes into certificates besides their holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCaSettings {
    /// `O=` of the authority's own certificate, when it makes one.
    pub organisation: String,
    /// `CN=` of the authority's own certificate, when it makes one.
    pub common_name: String,
    /// For how long the authority's own certificate is valid, when it makes one.
    pub own_validity: Duration,
    /// For how long clients' certificates are valid.
    pub validity: Duration,
    /// By how much the beginning of validity lies in the past, for clients whose clock is slow.
    pub backdate: Duration,
}

impl Default for LocalCaSettings {
    fn default() -> Self {
        Self {
            organisation: "Warifu".to_owned(),
            common_name: "Warifu Client CA".to_owned(),
            own_validity: 20 * 365 * DAY,
            validity: 365 * DAY,
            backdate: Duration::from_secs(300),
        }
    }
}

/// Settings of `LocalAuthority`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalAuthoritySettings {
    /// Where its key and certificate are. Made where there is nothing; several servers may share
    /// it.
    pub(crate) directory: PathBuf,
    /// For how long clients' certificates are valid.
    #[serde(default)]
    validity: Option<DurationWithin<86_400, 315_360_000>>,
    /// `O=` of the authority's own certificate, when it makes one.
    #[serde(default)]
    organisation: Option<Words>,
    /// `CN=` of the authority's own certificate, when it makes one.
    #[serde(default)]
    common_name: Option<Words>,
}

impl LocalAuthoritySettings {
    pub(crate) fn read(&self) -> LocalCaSettings {
        let mut settings = LocalCaSettings::default();
        if let Some(validity) = self.validity {
            settings.validity = validity.get();
        }
        if let Some(Words(organisation)) = &self.organisation {
            settings.organisation.clone_from(organisation);
        }
        if let Some(Words(common_name)) = &self.common_name {
            settings.common_name.clone_from(common_name);
        }
        settings
    }
}
