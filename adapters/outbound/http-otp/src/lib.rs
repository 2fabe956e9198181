//! One-time passwords, and login or transaction passwords, checked by any provider that speaks
//! HTTP: one POST, one JSON answer.
//!
//! What is asked and which answer means what is an [`Exchange`], spelled out or a preset. The
//! adapter believes nothing that is not exactly as described: another status than 200, another
//! type, a missing member, a member twice, too much of anything is no verdict but
//! [`Unavailable`](warifu_core::ports::Unavailable). Redirects are not followed, nothing is asked twice, and neither a secret
//! nor what the provider wrote appears in an error.
//!
//! Deadline, circuit breaker and single use of a code come from around it: see the decorators.

mod adapter;
mod answer;
mod body;
mod exchange;
mod json;
mod passwords;
mod provider;
mod settings;
mod values;
mod verifier;

pub use adapter::{HttpOtp, HttpOtpAdapterSettings, HttpPasswords, HttpPasswordsSettings};
pub use answer::{Demand, Expected};
pub use exchange::{Encoding, Exchange};
pub use passwords::{HttpPasswordSettings, HttpPasswordVerifier};
pub use provider::ProviderSettings;
pub use values::RequestError;
pub use verifier::{HttpOtpSettings, HttpOtpVerifier};
