//! What is put around every back end that is asked over a network: the decorators, with the limits
//! that each kind of back end has.

use std::sync::Arc;
use std::time::Duration;

use warifu_adapter_kit::Guards;
use warifu_core::ports::{Clock, OnceStore, OtpVerifier, PasswordVerifier, UserDirectory};
use warifu_decorators::{
    BreakerPolicy, Guard, GuardLimits, GuardedPasswordVerifier, GuardedUserDirectory, Meters,
    RemoteOtpVerifier,
};

/// Guards whose breakers go by `clock`, whose codes are remembered by `once`, and which `meters`
/// measure.
pub(crate) struct Decorators {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) once: Arc<dyn OnceStore>,
    pub(crate) meters: Meters,
}

impl Decorators {
    fn guard(&self, section: &'static str, adapter: &str, limits: GuardLimits) -> Guard {
        Guard::new(section, adapter, limits, self.clock.clone(), &self.meters)
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
        self.guard(section, adapter, limits)
    }
}

impl Guards for Decorators {
    fn otp_verifier(
        &self,
        section: &'static str,
        adapter: &str,
        deadline: Duration,
        verifier: Arc<dyn OtpVerifier>,
    ) -> Arc<dyn OtpVerifier> {
        let limits = GuardLimits {
            deadline,
            ..GuardLimits::default()
        };
        let guard = self.guard(section, adapter, limits);
        Arc::new(RemoteOtpVerifier::new(verifier, guard, self.once.clone()))
    }

    fn password_verifier(
        &self,
        section: &'static str,
        adapter: &str,
        deadline: Duration,
        verifier: Arc<dyn PasswordVerifier>,
    ) -> Arc<dyn PasswordVerifier> {
        let guard = self.guard_that_waits(section, adapter, deadline);
        Arc::new(GuardedPasswordVerifier::new(verifier, guard))
    }

    fn user_directory(
        &self,
        adapter: &str,
        deadline: Duration,
        directory: Arc<dyn UserDirectory>,
    ) -> Arc<dyn UserDirectory> {
        let guard = self.guard_that_waits("user_directory", adapter, deadline);
        Arc::new(GuardedUserDirectory::new(directory, guard))
    }
}
