//! What every adapter puts around a back end that it asks over a network.

use std::sync::Arc;
use std::time::Duration;

use warifu_core::ports::{OtpVerifier, PasswordCheck, PasswordVerifier, UserDirectory};
use warifu_decorators::{
    BreakerPolicy, Guard, GuardLimits, GuardedPasswordVerifier, GuardedUserDirectory, Remote,
    RemoteOtpVerifier,
};

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

    /// Guards a verifier of login or transaction passwords, which `section` tells: a check takes no
    /// longer than `deadline`; a back end that keeps failing is left alone for a while. Outages are
    /// no free guesses: the attempts' counters see to that.
    pub fn remote_password_check(
        &self,
        section: &'static str,
        adapter: &str,
        deadline: Duration,
        verifier: Arc<dyn PasswordVerifier>,
    ) -> PasswordCheck {
        let guard = self.guard_that_waits(section, adapter, deadline);
        PasswordCheck::elsewhere(GuardedPasswordVerifier::new(verifier, guard))
    }

    /// Guards a user directory: a call takes no longer than `deadline`; a back end that keeps
    /// failing is left alone for a while.
    pub fn remote_user_directory(
        &self,
        adapter: &str,
        deadline: Duration,
        directory: Arc<dyn UserDirectory>,
    ) -> Arc<dyn UserDirectory> {
        let guard = self.guard_that_waits("user_directory", adapter, deadline);
        Arc::new(GuardedUserDirectory::new(directory, guard))
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
    /// A guard for back ends that everything hangs on: they are tried again sooner, and more calls
    /// may be under way, for adapters let them wait for a connection.
    fn guard_that_waits(&self, section: &'static str, adapter: &str, deadline: Duration) -> Guard {
        let usual = GuardLimits::default();
        let limits = GuardLimits {
            deadline,
            concurrent: 1_024,
            breaker: BreakerPolicy {
                open_for: Duration::from_secs(3),
                ..usual.breaker
            },
        };
        Guard::new(section, adapter, limits, self.clock.clone(), &self.meters)
    }
}
