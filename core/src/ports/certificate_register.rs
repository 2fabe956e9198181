use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{
    ContractNumber, IssuedCertificate, KnownCertificate, SerialNumber, Subject, UserId,
};

/// Which certificates were issued to whom.
///
/// # Promises
/// - What was recorded is found by `newest` and `is_revoked` on every server that shares the
///   register; recording the same serial again changes nothing.
/// - `newest` answers with the certificate of the latest end that is not revoked, else a revoked
///   one, else nothing.
/// - A serial revoked before it was recorded is revoked once it is.
#[async_trait]
pub trait CertificateRegister: Send + Sync {
    /// Records an issued certificate.
    async fn record(
        &self,
        subject: &Subject,
        certificate: &IssuedCertificate,
    ) -> Result<(), Unavailable>;

    /// Marks a serial as revoked.
    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable>;

    /// Whether a serial was revoked.
    async fn is_revoked(&self, serial: SerialNumber) -> Result<bool, Unavailable>;

    /// The newest certificate of each of `users`, in order.
    async fn newest(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
    ) -> Result<Vec<Option<KnownCertificate>>, Unavailable>;
}
