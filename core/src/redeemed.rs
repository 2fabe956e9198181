//! What a redeemed password gives, and what was asked for.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Secret;
use crate::domain::{
    CertificateSubject, IssuedCertificate, ReissueId, RetrievalPassword, Timestamp,
};

/// Whose key the certificate is for.
#[derive(Clone)]
pub enum KeyChoice {
    /// The customer's: a certificate signing request in PEM.
    Csr(String),
    /// One made here, handed out as a PKCS#12 file under `passphrase` (8 to 128 characters).
    Pkcs12 {
        /// Protects the file.
        passphrase: Secret,
    },
    /// One made here, handed out as a PKCS#12 file with a passphrase that is made here, too.
    Pkcs12WithNewPassphrase,
}

/// A redeemed password. Copies share the file and its passphrase, which are erased with the last of them.
#[derive(Clone)]
pub struct Redeemed {
    /// The certificate.
    pub certificate: IssuedCertificate,
    /// Its holder.
    pub subject: CertificateSubject,
    /// What else is handed out.
    pub key: RedeemedKey,
    /// The passphrase of the file, where it was made here: of the same kind as a retrieval password, so that
    /// it can be read and typed as safely. With the hyphens that it is displayed with.
    pub passphrase: Option<Arc<RetrievalPassword>>,
    /// The password that was redeemed.
    pub reissue: ReissueId,
    /// Until when this server keeps it for the session; nothing where it has no room for it.
    pub kept_until: Option<Timestamp>,
    /// Whether it was handed out before, in this session.
    pub again: bool,
}

/// What is handed out besides the certificate.
#[derive(Clone)]
pub enum RedeemedKey {
    /// Nothing: the customer has the key.
    Client,
    /// The PKCS#12 file. Its key is kept nowhere else.
    Pkcs12(Arc<Zeroizing<Vec<u8>>>),
}

impl Redeemed {
    /// What is handed out for the first time.
    pub(crate) fn new(
        certificate: IssuedCertificate,
        subject: CertificateSubject,
        reissue: ReissueId,
        key: RedeemedKey,
    ) -> Self {
        Self {
            certificate,
            subject,
            key,
            passphrase: None,
            reissue,
            kept_until: None,
            again: false,
        }
    }

    /// How much of it there is to keep.
    pub(crate) fn size(&self) -> usize {
        let file = match &self.key {
            RedeemedKey::Client => 0,
            RedeemedKey::Pkcs12(file) => file.len(),
        };
        file + self.certificate.certificate.len() + self.certificate.chain.len()
    }
}

/// What was asked for: the password and the key, as one digest, so that a repetition is told from anything
/// else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AskedFor([u8; 32]);

impl AskedFor {
    pub(crate) fn new(password: &RetrievalPassword, key: &KeyChoice) -> Self {
        let (kind, text) = match key {
            KeyChoice::Csr(request) => (0, request.as_str()),
            KeyChoice::Pkcs12 { passphrase } => (1, passphrase.expose()),
            KeyChoice::Pkcs12WithNewPassphrase => (2, ""),
        };
        let password = password.expose();
        let mut hash = Sha256::new();
        hash.update(b"warifu redemption asked for\0");
        hash.update((password.len() as u64).to_be_bytes());
        hash.update(password);
        hash.update([kind]);
        hash.update(text.as_bytes());
        Self(hash.finalize().into())
    }
}
