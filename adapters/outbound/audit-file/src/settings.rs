//! What a configuration says of the file.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Settings of `AuditFile`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditFileSettings {
    /// The file. Several programs may write to it.
    pub(crate) path: PathBuf,
}
