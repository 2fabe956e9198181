//! Every way in which a use case says no. One type for page, API and terminal, so that all three
//! give the same answer; what it sounds like is for the inbound adapters.

use std::time::Duration;

use thiserror::Error;

use crate::domain::paper_request::{Matter, PaperCheck, PaperRefusal};
use crate::domain::{CodeLengths, Timestamp};
use crate::ports::{BadCsr, Unavailable};

/// The result of a use case.
pub type Outcome<T> = Result<T, Refusal>;

/// An entry that cannot be right, whoever entered it. Judged before any record is looked at;
/// never an attempt.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InvalidField {
    /// No contract number.
    #[error("the contract number is missing")]
    ContractNumberEmpty,
    /// Not a contract number.
    #[error("the contract number is malformed")]
    ContractNumberMalformed,
    /// No user ID.
    #[error("the user ID is missing")]
    UserIdEmpty,
    /// Not a user ID.
    #[error("the user ID is malformed")]
    UserIdMalformed,
    /// No login password.
    #[error("the login password is missing")]
    LoginPasswordEmpty,
    /// Full-width characters in the login password.
    #[error("the login password has full-width characters")]
    LoginPasswordFullWidth,
    /// Too long, or with control characters.
    #[error("the login password is malformed")]
    LoginPasswordMalformed,
    /// No transaction password.
    #[error("the transaction password is missing")]
    TransactionPasswordEmpty,
    /// Full-width characters in the transaction password.
    #[error("the transaction password has full-width characters")]
    TransactionPasswordFullWidth,
    /// Too long, or with control characters.
    #[error("the transaction password is malformed")]
    TransactionPasswordMalformed,
    /// The acknowledgement that nobody gave instructions was not given.
    #[error("the acknowledgement that nobody instructed it is missing")]
    NotInstructedByOthersMissing,
    /// No one-time password.
    #[error("the one-time password is missing")]
    OtpEmpty,
    /// Not a one-time password.
    #[error("the one-time password is malformed")]
    OtpMalformed(CodeLengths),
    /// No retrieval password.
    #[error("the retrieval password is missing")]
    RetrievalPasswordEmpty,
    /// Too long or too short.
    #[error("the retrieval password has another length")]
    RetrievalPasswordLength {
        /// How many characters it has.
        expected: usize,
    },
    /// Characters that no retrieval password has.
    #[error("the retrieval password has characters that are never used")]
    RetrievalPasswordAlphabet,
    /// Neither a request nor a passphrase, or both.
    #[error("exactly one of certificate request and passphrase is needed")]
    KeyChoice,
    /// The passphrase for the PKCS#12 file is too short or too long, or has characters that the
    /// format cannot hold (beyond the basic multilingual plane, or control characters).
    #[error("the passphrase must have 8 to 128 characters of the basic multilingual plane")]
    PassphraseMalformed,
    /// Not a purpose that can be unlocked.
    #[error("the purpose cannot be unlocked")]
    Purpose,
    /// A page size outside 1 to 100.
    #[error("the limit must be from 1 to 100")]
    Limit,
    /// Not a status to filter by.
    #[error("the status is unknown")]
    Status,
    /// More users at once than the policy allows.
    #[error("at most {most} users at once")]
    BulkSize {
        /// The most.
        most: u32,
    },
    /// Not a moment.
    #[error("the date is malformed")]
    Date,
    /// The end lies before the start.
    #[error("the end lies before the start")]
    DateRange,
    /// Not a kind of event.
    #[error("the event is unknown")]
    Event,
    /// No staff ID.
    #[error("the staff ID is missing")]
    StaffIdEmpty,
    /// Not a staff ID.
    #[error("the staff ID is malformed")]
    StaffIdMalformed,
    /// Not the edition of the contract.
    #[error("the form is of another edition than the contract")]
    Edition,
    /// Another form than form 3.
    #[error("only form 3 is handled")]
    FormNumber,
    /// The bank has no such contract. Said to its staff only.
    #[error("there is no such contract")]
    ContractUnknown,
    /// The contract has no such user. Said to the bank's staff only.
    #[error("the contract has no such user")]
    UserUnknown,
    /// The name is too long or has control characters.
    #[error("the user's name is malformed")]
    UserName,
    /// Nothing is asked for.
    #[error("no matter is ticked")]
    MattersEmpty,
    /// Not a matter.
    #[error("the matter is unknown")]
    MatterUnknown,
    /// This service cannot do that.
    #[error("{0} is not available")]
    MatterNotAvailable(Matter),
    /// Not a day, or one that has not come yet.
    #[error("the day of receipt is malformed or has not come yet")]
    ReceivedOn,
    /// Approval cannot be asked for before this check is done.
    #[error("a check is not done")]
    CheckMissing(PaperCheck),
    /// Nothing tells where the picture of the form is, or too much does.
    #[error("the scan reference must have 1 to 128 characters")]
    ScanReference,
    /// A card is to be bound, and its serial number is missing or malformed.
    #[error("the card's serial number must have 1 to 128 characters")]
    CardSerial,
    /// Neither approve nor reject nor return.
    #[error("the decision is unknown")]
    Decision,
    /// A rejection or return needs a reason of 1 to 128 characters.
    #[error("the reason must have 1 to 128 characters")]
    Reason,
    /// Not a state of paper requests.
    #[error("the state is unknown")]
    PaperState,
}

/// Why a use case did nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Entries that cannot be right.
    #[error("{} field(s) cannot be right", .0.len())]
    Invalid(Vec<InvalidField>),

    /// Unknown, wrong, disabled: all the same.
    #[error("login refused")]
    LoginRefused,
    /// Too many wrong logins.
    #[error("login locked")]
    LoginLocked {
        /// Until the lock can be seen to end.
        retry_after: Duration,
    },
    /// Too many attempts are being checked at once. Not counted.
    #[error("busy with other attempts")]
    Busy,
    /// The server has too much to do.
    #[error("overloaded")]
    Overloaded,
    /// No session, or one that has ended or belongs elsewhere.
    #[error("a session is required")]
    SessionRequired,
    /// The user may not do this.
    #[error("not permitted")]
    NotPermitted,
    /// Reissuing for oneself needs the right and a card.
    #[error("not eligible to reissue for oneself")]
    NotEligible,
    /// An administrator reissues for others here; for oneself there is the self-service.
    #[error("use the self-service for oneself")]
    UseSelfService,
    /// No such user in this contract, as far as anybody can tell.
    #[error("the user cannot be selected")]
    UserNotSelectable,
    /// No such contract. Said to nobody but the bank.
    #[error("no such contract")]
    ContractNotFound,
    /// The policy wants a second person who may reissue.
    #[error("a second approver is required")]
    ApproverRequired,
    /// The user is switched off.
    #[error("the user is disabled")]
    UserDisabled,

    /// Wrong transaction password.
    #[error("transaction password refused")]
    TransactionRefused {
        /// Wrong entries left until the lock.
        failures_left: u32,
    },
    /// The transaction password is locked.
    #[error("transaction password locked")]
    TransactionLocked {
        /// When that ends by itself.
        until: Option<Timestamp>,
    },
    /// Wrong one-time password, or too old, or used.
    #[error("one-time password refused")]
    OtpRefused,
    /// The one-time password is locked.
    #[error("one-time password locked")]
    OtpLocked {
        /// When that ends by itself.
        until: Option<Timestamp>,
    },
    /// The one-time-password back end failed. Not counted.
    #[error("one-time passwords cannot be checked now")]
    OtpUnavailable(Unavailable),
    /// The one-time password comes first.
    #[error("a one-time password is required first")]
    OtpRequired,

    /// Too many reissues in a short time.
    #[error("reissue quota reached")]
    ReissueQuota {
        /// After how long it is worth trying again.
        retry_after: Duration,
    },
    /// This very request was carried out before. The password is not shown again.
    #[error("already reissued")]
    AlreadyReissued,
    /// The password is shown by this session, and still good. Nothing was done.
    #[error("already shown")]
    AlreadyShown,
    /// No such reissue in this contract.
    #[error("no such reissue")]
    ReissueNotFound,
    /// Too late to cancel: a certificate was fetched.
    #[error("already redeemed")]
    AlreadyRedeemed,
    /// The password was used, or is void or over: nobody waits for it.
    #[error("no password to hand over")]
    NothingToHandOver,

    /// Wrong, expired, used, superseded, none issued: all the same.
    #[error("retrieval password refused")]
    RetrievalRefused {
        /// Wrong entries left until the lock.
        failures_left: u32,
    },
    /// The retrieval password is locked until the next reissue.
    #[error("retrieval password locked")]
    RetrievalLocked,
    /// Right, but it cannot be redeemed yet.
    #[error("retrieval password held")]
    RetrievalHeld {
        /// Until it can be.
        retry_after: Duration,
    },
    /// The certificate request is not acceptable.
    #[error("bad certificate request: {0}")]
    BadCsr(#[from] BadCsr),
    /// The certificate authority failed. The password is not used up.
    #[error("the certificate could not be issued")]
    CertificateNotIssued(Unavailable),

    /// A member of staff is not let in: unknown, wrong, switched off, all the same.
    #[error("staff login refused")]
    StaffLoginRefused,
    /// Too many wrong logins of a member of staff.
    #[error("staff login locked")]
    StaffLoginLocked {
        /// Until the lock ends.
        retry_after: Duration,
    },
    /// The clerk's own login password, asked for a decision, is wrong.
    #[error("the clerk's login password is refused")]
    StaffPasswordRefused {
        /// Wrong entries left until the lock.
        failures_left: u32,
    },
    /// The member of staff has no role that may do this.
    #[error("not permitted to this member of staff")]
    StaffNotPermitted,
    /// No paper request has this number.
    #[error("no such paper request")]
    PaperRequestNotFound,
    /// A rule of the paper procedure.
    #[error(transparent)]
    Paper(#[from] PaperRefusal),

    /// Not a cursor that this server gave.
    #[error("the cursor is not one that this server gave")]
    BadCursor,
    /// A back end failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A fault of ours. Its cause is in the log under the request's reference.
    #[error("unexpected failure")]
    Unexpected,
}

impl From<InvalidField> for Refusal {
    fn from(field: InvalidField) -> Self {
        Self::Invalid(vec![field])
    }
}
