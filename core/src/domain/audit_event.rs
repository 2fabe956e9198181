//! What is written down. One record an event, never with a secret, a hash of one, or a code.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::identifiers::ContractNumber;
use super::random_id::RequestId;
use super::timestamp::Timestamp;

macro_rules! audit_events {
    ($($(#[$documentation:meta])* $name:ident = $text:literal,)*) => {
        /// The kinds of event. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AuditEvent {
            $($(#[$documentation])* $name,)*
        }

        impl AuditEvent {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

audit_events! {
    /// Somebody logged in.
    LoginSucceeded = "login.succeeded",
    /// A login was refused after its password was evaluated, or because of a lock.
    LoginRefused = "login.refused",
    /// Somebody logged out, or sessions were ended: those of `subject`, as many as `sessions` says, for
    /// a `reason` or by `actor`.
    SessionEnded = "session.ended",
    /// A one-time password was accepted.
    OtpVerified = "otp.verified",
    /// A one-time password was refused.
    OtpRefused = "otp.refused",
    /// The operator's transaction password was accepted, for the act named in `detail`.
    TransactionVerified = "transaction.verified",
    /// The operator's transaction password was refused.
    TransactionRefused = "transaction.refused",
    /// A purpose of a user was locked.
    LockSet = "lock.set",
    /// A purpose of a user was unlocked.
    LockCleared = "lock.cleared",
    /// A reissue is about to be stored. The password was shown only if
    /// `retrieval_password.reissued` follows without `late`.
    ReissueStarted = "retrieval_password.reissue_started",
    /// A retrieval password was reissued.
    Reissued = "retrieval_password.reissued",
    /// A run of reissues for many users began; their records carry its ID as `bulk`.
    BulkStarted = "bulk_reissue.started",
    /// A run of reissues for many users ended.
    BulkFinished = "bulk_reissue.finished",
    /// A retrieval password was taken back; with `already_void` where it had no effect any more.
    ReissueCancelled = "retrieval_password.cancelled",
    /// An operator noted that a retrieval password was handed over to its user, in which `way`.
    HandedOver = "retrieval_password.handed_over",
    /// A guess at a retrieval password was really checked.
    RetrievalEvaluated = "retrieval.evaluated",
    /// A retrieval password was used up for one key.
    Redeemed = "retrieval_password.redeemed",
    /// A certificate was issued and stored.
    CertificateIssued = "certificate.issued",
    /// A stored certificate was delivered once more to the key it was issued for.
    CertificateDeliveredAgain = "certificate.delivered_again",
    /// A certificate was revoked.
    CertificateRevoked = "certificate.revoked",
    /// Somebody asked for what they may not have.
    AccessDenied = "access.denied",
    /// The operation history was read.
    AuditRead = "audit.read",
    /// The print button of a password sheet was pressed.
    SecretPrintRequested = "secret.print_requested",
    /// A form of the paper procedure was registered.
    PaperRegistered = "paper.registered",
    /// What a paper request says was changed.
    PaperEdited = "paper.edited",
    /// Approval of a paper request was asked for.
    PaperApprovalRequested = "paper.approval_requested",
    /// A paper request was approved.
    PaperApproved = "paper.approved",
    /// A paper request was rejected.
    PaperRejected = "paper.rejected",
    /// A paper request was given back to be corrected.
    PaperReturned = "paper.returned",
    /// Nobody decided on a paper request in time.
    PaperExpired = "paper.expired",
    /// A paper request was given up.
    PaperCancelled = "paper.cancelled",
    /// Everything that a paper request asked for is done.
    PaperCompleted = "paper.completed",
    /// A member of staff opened a paper request.
    PaperRead = "paper.read",
    /// The sealed notice of a paper request is made: it leaves for the printer once this is written.
    NoticeMade = "notice.made",
    /// A clerk said that the notice is on paper, or a program took it that prints.
    NoticePrinted = "notice.printed",
    /// A clerk said that the notice is no good, or came back, and asked for a new one.
    NoticeReprintRequested = "notice.reprint_requested",
    /// The notice was given to the post.
    NoticePosted = "notice.posted",
    /// The notice came back undelivered; its password was taken back.
    NoticeReturned = "notice.returned",
    /// A one-time-password card was bound to a user.
    CardRebound = "otp.card_rebound",
    /// A password store was used for the first time by a program that writes this log.
    StoreOpened = "store.opened",
    /// An operator accepted the loss of a password store.
    StoreAdopted = "store.adopted",
    /// The log has lost records that had been acknowledged: `detail` names the chain, the last
    /// record of it that is left, and how many are missing.
    RecordsLost = "audit.records_lost",
    /// A file of the log begins: `detail` says what stands before it.
    FileBegun = "audit.file_begun",
    /// What stands before this record in the log, by number and digest; signed where there is a key.
    Checkpoint = "audit.checkpoint",
}

impl AuditEvent {
    /// Whether it tells what has happened by the time it is written, such as that something was
    /// evaluated: then it is written late where it cannot be written in time. The others announce
    /// an act that is not carried out without them, or refuse one.
    pub const fn is_written_late(self) -> bool {
        !matches!(
            self,
            Self::ReissueStarted
                | Self::BulkStarted
                | Self::AccessDenied
                | Self::AuditRead
                | Self::SecretPrintRequested
                | Self::PaperRead
                | Self::NoticeMade
                | Self::StoreOpened
                | Self::StoreAdopted
                | Self::RecordsLost
                | Self::FileBegun
                | Self::Checkpoint
        )
    }
}

impl fmt::Display for AuditEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for AuditEvent {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|event| event.name() == text)
            .ok_or(())
    }
}

impl Serialize for AuditEvent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for AuditEvent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|()| serde::de::Error::custom(format!("unknown event {text:?}")))
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditOutcome {
    /// Done.
    Success,
    /// Refused by a rule.
    Refused,
    /// Failed for a technical reason.
    Failed,
}

impl AuditOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Success, Self::Refused, Self::Failed];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// One event, before a log gives it a place in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When, by the store's clock as the server knows it.
    #[serde(with = "rfc3339")]
    pub time: Timestamp,
    /// The kind of event, which also decides what `detail` may say.
    pub event: AuditEvent,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Who did it: a user ID, or `staff:` and a staff ID. Nothing where nobody is known yet.
    pub actor: Option<String>,
    /// In which contract.
    pub contract: Option<ContractNumber>,
    /// On whom.
    pub subject: Option<String>,
    /// From which address.
    pub source: Option<IpAddr>,
    /// Within which request.
    pub request_id: RequestId,
    /// What else is worth knowing.
    pub detail: BTreeMap<String, String>,
}

/// Moments as the audit log writes them.
mod rfc3339 {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Timestamp;

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) fn serialize<S: Serializer>(time: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        Timestamp::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("not RFC 3339"))
    }
}
