use secrecy::SecretString;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::domain::{IssuedCertificate, KeyFingerprint};

/// A public key that a certificate may be issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// DER of the `SubjectPublicKeyInfo`.
    pub spki_der: Vec<u8>,
}

impl PublicKey {
    /// Its fingerprint.
    pub fn fingerprint(&self) -> KeyFingerprint {
        KeyFingerprint::of_public_key(&self.spki_der)
    }
}

/// A private key, as PKCS#8 DER. Cannot be printed; erased when dropped.
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// From PKCS#8 DER.
    pub fn from_pkcs8(der: Zeroizing<Vec<u8>>) -> Self {
        Self(der)
    }

    /// PKCS#8 DER.
    pub fn expose_pkcs8(&self) -> &[u8] {
        &self.0
    }
}

/// A key pair made here.
pub struct GeneratedKey {
    /// To be certified.
    pub public: PublicKey,
    /// For the PKCS#12 file, and nowhere else.
    pub private: PrivateKey,
}

/// Why a certificate signing request is refused. Said to its sender.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadCsr {
    /// Not one PEM block `CERTIFICATE REQUEST` with a PKCS#10 request, or over 16 KiB.
    #[error("the request is not a PEM-encoded PKCS#10 certificate request")]
    Malformed,
    /// The self-signature does not verify.
    #[error("the request's signature does not verify")]
    Signature,
    /// The key is of a kind or size that is not accepted.
    #[error("the key must be EC P-256 or P-384, RSA of 2048 to 4096 bits, or Ed25519")]
    Key,
    /// The private key can be worked out from the public one, or is not needed to sign.
    #[error(
        "the key proves nothing: others can work it out; make a new one with a current program"
    )]
    Weak,
    /// The signature algorithm is too weak.
    #[error("the request must be signed with SHA-256 or better")]
    Algorithm,
}

/// Keys of clients: requests, key pairs, PKCS#12 files.
///
/// # Promises
/// - Of a request only the key is used, never a name or an extension.
/// - A request is accepted only if its signature verifies and its key is EC P-256 or P-384, RSA of
///   2048 to 4096 bits, or Ed25519.
/// - A key that proves nothing is refused: an RSA modulus that is a prime, a power, or has factors that
///   are small or next to each other, or comes from a generator that is known to be weak; a point of
///   small order, or outside the curve's group.
/// - Judging a request takes a bounded time, whatever is in it.
/// - A PKCS#12 file opens with OpenSSL 3's defaults, with a passphrase of any script (that is, of
///   characters of the basic multilingual plane).
pub trait ClientKeys: Send + Sync {
    /// Reads a request in PEM.
    fn read_request(&self, pem: &str) -> Result<PublicKey, BadCsr>;

    /// Makes an EC P-256 key pair.
    fn generate(&self) -> Result<GeneratedKey, super::Unavailable>;

    /// Packs key, certificate and chain. `friendly_name` is what a certificate store shows.
    fn pkcs12(
        &self,
        key: &PrivateKey,
        certificate: &IssuedCertificate,
        friendly_name: &str,
        passphrase: &SecretString,
    ) -> Result<Vec<u8>, super::Unavailable>;
}
