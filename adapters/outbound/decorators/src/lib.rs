//! What every remote back end needs around it, once, so that no adapter does it again: a deadline,
//! a circuit breaker, a bound on concurrent calls, numbers for operators; and what an outage must
//! not become, a free guess.
//!
//! - [`Guard`] goes around any call: deadline, [`Breaker`], bound and [`Meters`].
//! - [`Remote`] is a guard for calls that concern a user: it also stops asking for a user for whom
//!   it was asked in vain too often, over all servers.
//! - [`RemoteOtpVerifier`] makes any verifier of one-time passwords a safe one: it adds that a code
//!   is given to the back end once at most.
//! - [`GuardedPasswordVerifier`] and [`GuardedUserDirectory`] put a guard around those ports.

mod breaker;
mod guard;
mod meters;
mod otp_verifier;
mod password_verifier;
mod remote;
mod user_directory;

pub use breaker::{Breaker, BreakerPolicy, CallEnd, Permit};
pub use guard::{Admission, Guard, GuardLimits};
pub use meters::Meters;
pub use otp_verifier::RemoteOtpVerifier;
pub use password_verifier::GuardedPasswordVerifier;
pub use remote::{Remote, VAIN_CALL_WINDOW, VAIN_CALLS};
pub use user_directory::GuardedUserDirectory;
