//! One-time passwords checked by RADIUS servers (RFC 2865), with PAP over UDP.
//!
//! RADIUS protects its packets with MD5 and a shared secret. Since CVE-2024-3596 ("Blast-RADIUS")
//! an answer can be forged by whoever stands between the two, unless it carries a
//! Message-Authenticator: so one is sent first in every request and demanded in every answer. What
//! does not prove that it comes from the server, and is the answer to this very request, is
//! ignored. Let the packets cross a protected network only: the user's name travels in the clear.

mod adapter;
mod client;
mod packet;
mod settings;
mod verifier;

pub use adapter::{RadiusOtp, RadiusOtpSettings};
pub use settings::RadiusSettings;
pub use verifier::RadiusVerifier;
