//! A certificate authority of its own, in a directory.
//!
//! For development, for demonstrations, and for banks without an authority for this purpose. The
//! directory holds `ca.key` (readable by its owner only), `ca.pem`, the list `revoked` and, made
//! from it, the revocation list `crl.pem`. Where it is empty a new authority is made; a bank may
//! as well put the key and the certificate of its own one there, followed by those above it.
//! Several servers and terminal programs may share a directory.

mod adapter;
mod authority;
mod certificate_authority;
mod directory;
mod error;
mod settings;
#[cfg(test)]
mod tests;

pub use adapter::{EphemeralAuthority, LocalAuthority};
pub use certificate_authority::LocalCertificateAuthority;
pub use error::LocalCaError;
pub use settings::{LocalAuthoritySettings, LocalCaSettings};
