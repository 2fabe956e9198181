//! What a configuration says of the users file.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Settings of `MemoryUsers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryUsersSettings {
    /// The users file.
    pub(crate) users_file: PathBuf,
}

/// Settings of `MemoryStaffMembers`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryStaffSettings {
    /// The users file with the staff, where it is another than the one of the user directory.
    #[serde(default)]
    pub(crate) users_file: Option<PathBuf>,
}
