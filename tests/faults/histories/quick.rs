//! Quick stand-ins for what is slow and not under test: hashing, keys, certificates, the log.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use warifu_contracts::samples::{self, START};
use warifu_core::domain::{
    AuditEvent, AuditRecord, CodeLengths, IssuedCertificate, OneTimePassword, PasswordHash,
    SerialNumber, Subject,
};
use warifu_core::ports::{
    AuditLog, AuditPage, AuditQuery, AuditQueryError, BadCsr, CertificateAuthority,
    CertificateRequest, ClientKeys, Enrolment, GeneratedKey, HashCheck, HashClaimant, HashJudge,
    HashPermit, OtpVerdict, OtpVerifier, Overloaded, PasswordHasher, PrivateKey, PublicKey,
    Unavailable, UncheckableHash,
};
use zeroize::Zeroizing;

use super::chance::Process;
use super::history::{Event, History};

/// Hashes that look like the real ones. Which password one is of stands in a table; every check
/// against one is noted.
pub(super) struct QuickHasher {
    passwords: Mutex<HashMap<String, Vec<u8>>>,
    made: AtomicUsize,
    history: Arc<History>,
}

impl QuickHasher {
    pub(super) fn new(history: Arc<History>) -> Self {
        Self {
            passwords: Mutex::default(),
            made: AtomicUsize::new(0),
            history,
        }
    }

    pub(super) fn hash_of(&self, password: &[u8]) -> PasswordHash {
        let hash = samples::hash(self.made.fetch_add(1, Ordering::SeqCst));
        let phc = hash.expose_phc().to_owned();
        self.passwords.lock().insert(phc, password.to_vec());
        hash
    }
}

impl HashJudge for QuickHasher {
    fn judge(&self, _: &PasswordHash) -> Result<(), UncheckableHash> {
        Ok(())
    }
}

#[async_trait]
impl PasswordHasher for QuickHasher {
    fn permit(&self, _: HashClaimant) -> Result<HashPermit, Overloaded> {
        Ok(HashPermit::new(()))
    }

    async fn turn(&self, _: &HashPermit) -> Result<(), Overloaded> {
        Ok(())
    }

    async fn check(
        &self,
        _permit: &HashPermit,
        hash: Option<&PasswordHash>,
        password: Zeroizing<Vec<u8>>,
    ) -> HashCheck {
        let matches = hash.is_some_and(|hash| {
            let hash = hash.expose_phc().to_owned();
            let matches = self.passwords.lock().get(&hash) == Some(&*password);
            self.history.note(Event::Checked { hash, matches });
            matches
        });
        HashCheck {
            matches,
            outdated: false,
        }
    }

    async fn hash(&self, _permit: &HashPermit, password: Zeroizing<Vec<u8>>) -> PasswordHash {
        self.hash_of(&password)
    }
}

/// Takes any text for a request for the key of that name.
#[derive(Default)]
pub(super) struct QuickKeys(AtomicU64);

impl ClientKeys for QuickKeys {
    fn read_request(&self, pem: &str) -> Result<PublicKey, BadCsr> {
        Ok(PublicKey {
            spki_der: pem.as_bytes().to_vec(),
        })
    }

    fn generate(&self) -> Result<GeneratedKey, Unavailable> {
        let number = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        Ok(GeneratedKey {
            public: PublicKey {
                spki_der: number.to_vec(),
            },
            private: PrivateKey::from_pkcs8(Zeroizing::new(number.to_vec())),
        })
    }

    fn pkcs12(
        &self,
        key: &PrivateKey,
        _certificate: &IssuedCertificate,
        _friendly_name: &str,
        _passphrase: &SecretString,
    ) -> Result<Vec<u8>, Unavailable> {
        Ok(key.expose_pkcs8().to_vec())
    }
}

/// Signs everything with nothing.
pub(super) struct QuickAuthority(pub(super) Arc<Process>);

const AUTHORITY: &str = "certificate_authority";

#[async_trait]
impl CertificateAuthority for QuickAuthority {
    async fn issue(&self, request: &CertificateRequest) -> Result<IssuedCertificate, Unavailable> {
        let issue = async {
            Ok(IssuedCertificate {
                serial: request.serial,
                certificate: request.public_key.fingerprint().to_string(),
                chain: String::new(),
                not_before: START,
                not_after: START.plus(Duration::from_hours(365 * 24)),
            })
        };
        self.0.asks(AUTHORITY, issue).await
    }

    async fn revoke(&self, _serial: SerialNumber) -> Result<(), Unavailable> {
        self.0.asks(AUTHORITY, async { Ok(()) }).await
    }

    async fn trust_anchors(&self) -> Result<String, Unavailable> {
        Ok(String::new())
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Writes into the history.
pub(super) struct NotedLog {
    pub(super) process: Arc<Process>,
    pub(super) history: Arc<History>,
}

const LOG: &str = "audit_log";

#[async_trait]
impl AuditLog for NotedLog {
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        // Others are written beside, such as those of locks.
        let is_of_an_entry = records.iter().any(|record| {
            use AuditEvent::{RetrievalEvaluated, TransactionRefused};
            [RetrievalEvaluated, TransactionRefused].contains(&record.event)
        });
        let write = async {
            for record in records {
                self.history.note(Event::Written(record));
            }
            Ok(())
        };
        let written = self.process.asks(LOG, write).await;
        if is_of_an_entry {
            self.process.writes(written.is_ok());
        }
        written
    }

    async fn query(&self, _query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        Err(Unavailable::new(LOG, "nobody reads it here").into())
    }

    fn can_be_read(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// Nobody has a card.
pub(super) struct NoCards;

#[async_trait]
impl OtpVerifier for NoCards {
    async fn verify(
        &self,
        _subject: &Subject,
        _code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        Ok(OtpVerdict::Refused)
    }

    async fn enrolment(&self, _subject: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(Enrolment::NotEnrolled)
    }

    fn code_lengths(&self) -> CodeLengths {
        CodeLengths::new([])
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
