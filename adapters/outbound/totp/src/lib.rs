//! Time-based one-time passwords of enrolled tokens (RFC 6238).

mod adapter;
mod verifier;

pub use adapter::TotpCards;
pub use verifier::TotpVerifier;
