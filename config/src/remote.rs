//! What every adapter puts around a back end that it asks over a network.

use std::sync::Arc;
use std::time::Duration;

use warifu_core::ports::OtpVerifier;
use warifu_decorators::{Guard, GuardLimits, Remote, RemoteOtpVerifier};

use crate::registry::{AdapterError, Context};

impl Context {
    /// Makes a verifier that asks a back end a safe one: a call takes no longer than `deadline`; a
    /// back end that keeps failing is left alone for a while; a code is sent once at most; an
    /// outage is no free guess. All of it holds over the servers that share the stores.
    ///
    /// `adapter` is the name that log and metrics show.
    pub fn remote_otp_verifier(
        &self,
        adapter: &str,
        deadline: Duration,
        verifier: Arc<dyn OtpVerifier>,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let guard = self.guard("otp_verifier", adapter, deadline);
        let once = self.stores()?.once.clone();
        Ok(Arc::new(RemoteOtpVerifier::new(verifier, guard, once)))
    }

    /// A guard for the back end of `adapter` in `section`, for calls of any kind.
    pub fn guard(&self, section: &'static str, adapter: &str, deadline: Duration) -> Guard {
        let limits = GuardLimits {
            deadline,
            ..GuardLimits::default()
        };
        Guard::new(section, adapter, limits, self.clock.clone(), &self.meters)
    }

    /// The same for calls that check a user's secret: outages are no free guesses.
    pub fn remote(
        &self,
        section: &'static str,
        adapter: &str,
        deadline: Duration,
    ) -> Result<Remote, AdapterError> {
        let once = self.stores()?.once.clone();
        Ok(Remote::new(self.guard(section, adapter, deadline), once))
    }
}
