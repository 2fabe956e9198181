//! What stands around every back end that is asked over a network. The program puts it there, for
//! its own adapters and for a bank's alike; an adapter only hands its verifier or directory over.

use std::sync::Arc;
use std::time::Duration;

use warifu_core::ports::{OtpVerifier, PasswordVerifier, UserDirectory};

/// Puts a deadline, a circuit breaker, a bound on concurrent calls and metrics around a back end.
/// Adapters call `guarded` of their context.
pub trait Guards: Send + Sync {
    /// Around a verifier of one-time passwords; a code is given to it once at most.
    fn otp_verifier(
        &self,
        section: &'static str,
        adapter: &str,
        deadline: Duration,
        verifier: Arc<dyn OtpVerifier>,
    ) -> Arc<dyn OtpVerifier>;

    /// Around a verifier of login or transaction passwords.
    fn password_verifier(
        &self,
        section: &'static str,
        adapter: &str,
        deadline: Duration,
        verifier: Arc<dyn PasswordVerifier>,
    ) -> Arc<dyn PasswordVerifier>;

    /// Around a user directory.
    fn user_directory(
        &self,
        adapter: &str,
        deadline: Duration,
        directory: Arc<dyn UserDirectory>,
    ) -> Arc<dyn UserDirectory>;
}
