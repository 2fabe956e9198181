//! The bank's terminal.

use crate::domain::Policy;
use crate::health::Health;
use crate::service::Service;
use crate::wiring::{Ports, Wiring};

/// The handle of a program at a terminal of the bank. Cheap to clone.
#[derive(Clone)]
pub struct Terminal {
    /// The service itself.
    pub service: Service,
    /// What `--check` asks.
    pub health: Health,
    pub(super) wiring: Wiring,
}

impl Terminal {
    /// Wires the handle to `ports`, under `policy`.
    pub fn new(ports: Ports, policy: Policy) -> Self {
        let wiring = Wiring::new(ports, policy);
        Self {
            service: Service::new(wiring.clone()),
            health: Health::new(wiring.clone()),
            wiring,
        }
    }
}
