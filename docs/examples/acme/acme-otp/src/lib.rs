//! Acme Bank's one-time passwords, as an adapter for Warifu.
//!
//! The bank's back end takes one line on a TCP port of this machine, behind which a tunnel carries
//! it on: `VERIFY 1234567890 user01 123456`. It answers `YES` or `NO`.

mod adapter;
mod settings;
mod verifier;

pub use adapter::AcmeOtp;
pub use settings::AcmeSettings;
pub use verifier::AcmeVerifier;
