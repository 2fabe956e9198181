//! Conformance suites: one a port, run on every adapter.
//!
//! A suite is one call that takes a way to make a fresh adapter and tries every promise that the
//! port's documentation makes. A bank that writes its own adapter depends on this crate and calls
//! the same suites.

pub mod attempt_store;
pub mod audit_log;
pub mod broken;
pub mod certificate_authority;
pub mod certificate_register;
pub mod client_keys;
pub mod once_store;
pub mod otp_verifier;
pub mod password_hasher;
pub mod quota_store;
pub mod retrieval_password_store;
pub mod samples;
pub mod session_store;
pub mod user_directory;
