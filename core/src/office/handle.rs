//! The way in for the bank's back office.

use crate::wiring::Wiring;

/// What the back office's surface may do before anybody is known: let staff log in, and find out who
/// holds a session. Everything else is done by the [`StaffSession`](super::StaffSession) that comes
/// of it. Cheap to clone.
#[derive(Clone)]
pub struct Office {
    pub(super) wiring: Wiring,
}

impl Office {
    pub(crate) fn new(wiring: Wiring) -> Self {
        Self { wiring }
    }
}
