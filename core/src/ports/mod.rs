//! What the rules need from outside: one trait a file. The documentation of a trait is the
//! contract its adapters keep; each promise is a case of the conformance suite of that port.

mod attempt_store;
mod audit_line_store;
mod audit_log;
mod certificate_authority;
mod certificate_register;
mod client_keys;
mod clock;
mod once_store;
mod one_time_password_tokens;
mod otp_cards;
mod otp_verifier;
mod paper_request_store;
mod password_hasher;
mod password_verifier;
mod quota_store;
mod randomness;
mod retrieval_password_store;
mod session_store;
mod staff_directory;
mod store_facts;
mod store_servers;
mod unavailable;
mod user_directory;
mod user_import;

pub use attempt_store::{AttemptKey, AttemptStore, GrantedAttempt, HeldLock, StoredReservation};
pub use audit_line_store::{
    Appended, AuditLine, AuditLineStore, AuditLines, KeptLine, LinePosition, LinesOf,
};
pub use audit_log::{AuditLog, AuditPage, AuditQuery, AuditQueryError, StoredAuditRecord};
pub use certificate_authority::{CertificateAuthority, CertificateRequest};
pub use certificate_register::CertificateRegister;
pub use client_keys::{BadCsr, ClientKeys, GeneratedKey, PrivateKey, PublicKey};
pub use clock::{Clock, ClockOffset};
pub use once_store::{OnceKey, OnceStore};
pub use one_time_password_tokens::{OneTimePasswordTokens, OtpStepStore, TotpAlgorithm, TotpToken};
pub use otp_cards::{OtpCards, Rebinding};
pub use otp_verifier::{Enrolment, OtpVerdict, OtpVerifier};
pub use paper_request_store::PaperRequestStore;
pub use password_hasher::{
    HashCheck, HashClaimant, HashJudge, HashPermit, Overloaded, PasswordHasher, UncheckableHash,
};
pub use password_verifier::{PasswordCheck, PasswordVerifier};
pub use quota_store::{QuotaKey, QuotaStore};
pub use randomness::Randomness;
pub use retrieval_password_store::RetrievalPasswordStore;
pub use session_store::SessionStore;
pub use staff_directory::StaffDirectory;
pub use store_facts::{StoreFact, StoreFacts};
pub use store_servers::StoreServers;
pub use unavailable::Unavailable;
pub use user_directory::{DirectoryEntry, UserDirectory, UserWalk};
pub use user_import::{ImportSummary, ImportedContract, ImportedUser, UserImport};
