use async_trait::async_trait;

use super::{PublicKey, Unavailable};
use crate::domain::{CertificateSubject, IssuedCertificate, SerialNumber};

/// What to certify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The holder, from the directory.
    pub subject: CertificateSubject,
    /// The holder's key.
    pub public_key: PublicKey,
    /// The serial number to use.
    pub serial: SerialNumber,
}

/// Issues client certificates.
///
/// # Promises
/// - The certificate has exactly the given subject, key and serial; extended key usage
///   clientAuth, CA:FALSE; the chain verifies with `openssl verify -purpose sslclient`.
/// - Asked again with the same request, it may issue again: the caller delivers only the one it
///   stored.
/// - A failure is [`Unavailable`]; nothing counts as issued until the caller has stored it.
#[async_trait]
pub trait CertificateAuthority: Send + Sync {
    /// Issues a certificate.
    async fn issue(&self, request: &CertificateRequest) -> Result<IssuedCertificate, Unavailable>;

    /// Makes a certificate void, issued or not yet. Repeating it is fine.
    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable>;

    /// The certificates that clients' certificates chain up to, in PEM.
    async fn trust_anchors(&self) -> Result<String, Unavailable>;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
