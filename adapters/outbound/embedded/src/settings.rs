use std::path::PathBuf;
use std::time::Duration;

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
