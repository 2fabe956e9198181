use warifu_config::{Configuration, Layers, Registry};
use warifu_terminal::Failure;

use crate::bank::refused;

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
