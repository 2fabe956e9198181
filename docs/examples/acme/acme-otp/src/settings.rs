use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use warifu_adapter_kit::SettingError;
use warifu_adapter_kit::values::DurationWithin;

/// The whole exchange takes no longer, where nothing is set.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The table `[otp_verifier.acme]`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcmeSettings {
    /// Where the tunnel listens, on this machine.
    address: SocketAddr,
    /// The whole exchange takes no longer; `2s` where it is not set.
    #[serde(default)]
    timeout: Option<DurationWithin<1, 30>>,
}

impl AcmeSettings {
    /// Where the tunnel listens. An address of another machine is refused: the line to it would not
    /// be encrypted.
    pub(crate) fn address(&self) -> Result<SocketAddr, SettingError> {
        if self.address.ip().is_loopback() {
            return Ok(self.address);
        }
        let message = "must be on this machine, such as 127.0.0.1:7001: the line is not encrypted";
        Err(SettingError::new("address", message))
    }

    /// How long the whole exchange may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout.map_or(TIMEOUT, DurationWithin::get)
    }
}
