//! What the program is run for.

use schemars::JsonSchema;
use serde::Deserialize;

/// Whether this is for real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// It is: what would be unsafe is refused.
    Production,
    /// It is not.
    Development,
}
