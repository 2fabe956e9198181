//! The way in for customers.

use crate::context::RequestContext;
use crate::wiring::Wiring;

/// What customers' surfaces may do before anybody is known: let users log in, and find out who
/// holds a session. Everything else is done by the [`UserSession`](super::UserSession) that comes
/// of it. Cheap to clone.
#[derive(Clone)]
pub struct Customers {
    pub(super) wiring: Wiring,
}

impl Customers {
    pub(crate) fn new(wiring: Wiring) -> Self {
        Self { wiring }
    }

    /// Writes down that a request of nobody known was refused before it reached a use case. A log
    /// that cannot be written does not change the refusal.
    pub async fn note_denied(&self, context: RequestContext, reason: &'static str) {
        self.wiring.note_denied(context, None, reason).await;
    }
}
