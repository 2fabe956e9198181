//! What every face may know of the service itself.

use crate::domain::paper_request::Matter;
use crate::domain::{CodeLengths, Policy, RequestId, Timestamp};
use crate::ports::Unavailable;
use crate::wiring::{SprayCounts, Wiring};

/// The rules in force, the time, and fresh references: nothing of anybody. Cheap to clone.
#[derive(Clone)]
pub struct Service(Wiring);

impl Service {
    pub(crate) fn new(wiring: Wiring) -> Self {
        Self(wiring)
    }

    /// The rules in force.
    pub fn policy(&self) -> &Policy {
        self.0.policy()
    }

    /// Now, by the store's clock as this server knows it.
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// Writes what is still to be written to the audit log, before the program ends; nothing is done
    /// afterwards. Tells how many records could not be written and are lost with the program.
    pub async fn close(&self) -> usize {
        self.0.close().await
    }

    /// How often this server recognised that strangers try many names, since it started.
    pub fn spray_counts(&self) -> SprayCounts {
        self.0.spray_counts()
    }

    /// A fresh reference for a request.
    pub fn new_request_id(&self) -> RequestId {
        RequestId::generate(self.0.randomness())
    }

    /// The certificates that the client certificates issued here chain up to, in PEM.
    pub async fn trust_anchors(&self) -> Result<String, Unavailable> {
        self.0.ports().certificate_authority.trust_anchors().await
    }

    /// How many digits one-time passwords have.
    pub fn otp_code_lengths(&self) -> CodeLengths {
        self.0.ports().otp_verifier.code_lengths()
    }

    /// How many digits the one-time passwords of the bank's staff have.
    pub fn staff_code_lengths(&self) -> CodeLengths {
        self.0.ports().staff_otp_verifier.code_lengths()
    }

    /// Whether this service can do what form 3 asks for by `matter`; else it is refused when the
    /// form is registered, so that nobody approves what cannot be done.
    pub fn can_carry_out(&self, matter: Matter) -> bool {
        self.0.can_carry_out(matter)
    }
}
