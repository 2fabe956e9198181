//! The words of the trade as types. Each is checked when it is made; none can be made wrongly.

mod account;
pub mod attempts;
mod audit_event;
mod certificate;
mod certificate_holder;
mod identifiers;
mod known_browsers;
mod network;
mod one_time_password;
pub mod paper_request;
mod password_version;
mod passwords;
mod person_identity;
mod policy;
mod quota_window;
mod random_id;
pub mod recovery;
mod request_digest;
mod retrieval_password;
pub mod retrieval_record;
mod search_text;
mod session;
mod staff;
mod store_identity;
mod stranger_names;
mod text;
mod timestamp;

pub use account::{Contract, Edition, Permission, User};
pub use audit_event::{AuditEvent, AuditOutcome, AuditRecord};
pub use certificate::{
    CertificateStatus, CertificateSubject, IssuedCertificate, KeyFingerprint, KnownCertificate,
    SerialNumber,
};
pub use certificate_holder::{CertificateHolder, HolderMapping, SubjectAttribute};
pub use identifiers::{ContractNumber, ParseIdentifierError, StaffId, Subject, UserId};
pub use known_browsers::{BROWSER_KNOWN_FOR, BrowserMark, DeviceToken, KnownBrowsers, Remembered};
pub use network::{Network, Site};
pub use one_time_password::{CodeLengths, OneTimePassword, ParseOneTimePasswordError};
pub use password_version::PasswordVersion;
pub use passwords::{
    AllowedCharacters, HashDigest, ParsePasswordError, PasswordHash, PlainPassword, StoredHash,
};
pub use person_identity::{InvalidPersonIdentity, PersonIdentity};
pub use policy::{
    BulkPolicy, CertificatePolicy, IdempotencyPolicy, PaperPolicy, Policy, Quota, ReissuePolicy,
    RetrievalPasswordPolicy, SessionPolicy,
};
pub use quota_window::{QuotaVerdict, QuotaWindow, UNSETTLED_AFTER};
pub use random_id::{BulkId, IdempotencyKey, LeaseToken, ReissueId, RequestId, StoreEpoch};
pub use request_digest::{InvalidRequestDigest, RequestDigest};
pub use retrieval_password::{
    ALPHABET as RETRIEVAL_PASSWORD_ALPHABET, ParseRetrievalPasswordError, RetrievalPassword,
    RetrievalPasswordLength,
};
pub(crate) use search_text::fold_for_search;
pub use session::{HolderMark, Principal, Session, SessionId, SessionToken, Surface};
pub use staff::{StaffMember, StaffRole, StaffSignature};
pub use store_identity::StoreIdentity;
pub use stranger_names::{
    Admission, NAME_REMEMBERED_FOR, SPRAY_WINDOW, SprayPolicy, Spraying, StrangerNames,
};
pub use text::{fold_code, fold_identifier};
pub use timestamp::Timestamp;
