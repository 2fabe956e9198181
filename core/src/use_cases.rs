//! What a server's listeners may do: everything but what only the bank's terminal may.

use crate::customers::Customers;
use crate::domain::Policy;
use crate::health::Health;
use crate::office::Office;
use crate::service::Service;
use crate::wiring::{Ports, SessionNotices, Wiring};

/// The handles of a server, by audience. None of them acts before it is proved who does. Cheap to
/// clone.
#[derive(Clone)]
pub struct UseCases {
    /// The service itself.
    pub service: Service,
    /// The customers' surfaces.
    pub customers: Customers,
    /// The bank's back office.
    pub office: Office,
    /// What was done in a session, told on the next page.
    pub notices: SessionNotices,
    /// The operations endpoints.
    pub health: Health,
}

impl UseCases {
    /// Wires the handles to `ports`, under `policy`.
    pub fn new(ports: Ports, policy: Policy) -> Self {
        let wiring = Wiring::new(ports, policy);
        Self {
            service: Service::new(wiring.clone()),
            customers: Customers::new(wiring.clone()),
            office: Office::new(wiring.clone()),
            notices: SessionNotices::new(wiring.clone()),
            health: Health::new(wiring),
        }
    }
}
