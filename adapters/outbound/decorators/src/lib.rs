//! What every remote back end needs around it, once, so that no adapter does it again: a deadline,
//! a circuit breaker, a bound on concurrent calls, numbers for operators; and single use of a code.
//!
//! That an outage is no free guess is a rule about attempts and stands with them, in the use cases. It
//! relies on [`Unavailable::asked`](warifu_core::ports::Unavailable::asked): what is refused here
//! without a call says so.
//!
//! - [`Guard`] goes around any call: deadline, [`Breaker`], bound and [`Meters`].
//! - [`RemoteOtpVerifier`] makes any verifier of one-time passwords a safe one: it adds that a code
//!   is given to the back end once at most.
//! - [`LateAuditLog`] goes around every audit log: it remembers that a write failed, and what is to be
//!   written late.
//! - [`GuardedPasswordVerifier`] and [`GuardedUserDirectory`] put a guard around those ports.

mod breaker;
mod guard;
mod late_audit_log;
mod meters;
mod otp_verifier;
mod password_verifier;
mod user_directory;

pub use breaker::{Breaker, BreakerPolicy, CallEnd, Permit};
pub use guard::{Admission, Guard, GuardLimits};
pub use late_audit_log::LateAuditLog;
pub use meters::Meters;
pub use otp_verifier::RemoteOtpVerifier;
pub use password_verifier::GuardedPasswordVerifier;
pub use user_directory::GuardedUserDirectory;
