//! Where the store is and how long it remembers.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use warifu_adapter_kit::values::DurationWithin;
use warifu_core::domain::StoreEpoch;
use warifu_core::domain::retrieval_record::KEEP_FOR;

/// Where the store is and how long it remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// The file. It is made, with its folder, when it is not there.
    pub path: PathBuf,
    /// How long after its end a retrieval password's record is kept: in lists, and its hash.
    pub keep_for: Duration,
    /// How long a caller waits at most. The default lets people be told to try again within two
    /// seconds.
    pub answer_within: Duration,
    /// An operator accepts the loss of these stores: the file is to be taken as it is, under a new
    /// name, as their successor.
    pub adopt: Option<Vec<StoreEpoch>>,
}

impl EmbeddedSettings {
    /// The file `path`, remembering for 90 days.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            keep_for: KEEP_FOR,
            answer_within: Duration::from_millis(1700),
            adopt: None,
        }
    }
}

/// Settings of `EmbeddedStores`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedStoresSettings {
    /// The file, on a local disk. Made where there is none; several programs of one machine may
    /// share it.
    path: PathBuf,
    /// How long a retrieval password is kept in lists after its end.
    #[serde(default)]
    keep_for: Option<DurationWithin<86_400, 315_360_000>>,
}

impl EmbeddedStoresSettings {
    /// For a store that is as it was left, or that succeeds those of `adopt`.
    pub(crate) fn read(&self, adopt: Option<&Vec<StoreEpoch>>) -> EmbeddedSettings {
        let mut settings = EmbeddedSettings::new(&self.path);
        if let Some(keep_for) = self.keep_for {
            settings.keep_for = keep_for.get();
        }
        settings.adopt = adopt.cloned();
        settings
    }
}
