//! Where settings come from, and what is said of wrong ones.

use warifu_config::{ConfigError, Configuration, Layers, Registry};
use warifu_terminal::Failure;

/// Where the settings come from, and which adapters they can choose.
pub(crate) struct Setup {
    pub(crate) layers: Layers,
    pub(crate) registry: Registry,
}

impl Setup {
    /// Reads and checks the settings.
    pub(crate) fn load(&self) -> Result<Configuration, Failure> {
        Configuration::load(&self.layers, &self.registry).map_err(refused)
    }
}

/// What is wrong with a configuration.
#[expect(
    clippy::needless_pass_by_value,
    reason = "called as the argument of map_err"
)]
pub(crate) fn refused(error: ConfigError) -> Failure {
    Failure::new(error.exit_code(), error.to_string())
}
