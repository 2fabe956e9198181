//! What the use cases need from outside.

use std::sync::Arc;

use crate::ports::{
    AttemptStore, AuditLog, CertificateAuthority, CertificateRegister, ClientKeys, Clock,
    OnceStore, OtpCards, OtpVerifier, PaperRequestStore, PasswordCheck, PasswordHasher, QuotaStore,
    Randomness, RetrievalPasswordStore, SessionStore, StaffDirectory, UserDirectory,
};

/// Everything the use cases need from outside.
#[derive(Clone)]
pub struct Ports {
    /// Who exists.
    pub directory: Arc<dyn UserDirectory>,
    /// Checks one-time passwords.
    pub otp_verifier: Arc<dyn OtpVerifier>,
    /// Binds one-time-password cards to users, where there is a place that can.
    pub otp_cards: Option<Arc<dyn OtpCards>>,
    /// Who works in the bank's back office.
    pub staff_directory: Arc<dyn StaffDirectory>,
    /// Checks the one-time passwords of the bank's staff, each known by
    /// [`crate::domain::Subject::of_staff`].
    pub staff_otp_verifier: Arc<dyn OtpVerifier>,
    /// How login passwords are checked.
    pub login_verifier: PasswordCheck,
    /// How transaction passwords are checked.
    pub transaction_verifier: PasswordCheck,
    /// Counts login, transaction and OTP attempts.
    pub attempts: Arc<dyn AttemptStore>,
    /// Keeps retrieval passwords.
    pub retrieval_passwords: Arc<dyn RetrievalPasswordStore>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Remembers what may happen once.
    pub once: Arc<dyn OnceStore>,
    /// Keeps the requests of the paper procedure.
    pub paper_requests: Arc<dyn PaperRequestStore>,
    /// Limits how often something happens.
    pub quotas: Arc<dyn QuotaStore>,
    /// Knows the issued certificates.
    pub register: Arc<dyn CertificateRegister>,
    /// Issues certificates.
    pub certificate_authority: Arc<dyn CertificateAuthority>,
    /// Reads requests, makes keys and PKCS#12 files.
    pub client_keys: Arc<dyn ClientKeys>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Writes everything down.
    pub audit_log: Arc<dyn AuditLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets.
    pub randomness: Arc<dyn Randomness>,
}
