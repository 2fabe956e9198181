//! How pages show each type of problem: with which status and title, and where they lead on.

use http::StatusCode;
use warifu_core::Refusal;
use warifu_wire::ProblemType;

/// The status of a page where the API's is `status`: never 401, which asks a browser for credentials of
/// its own, and 403 for locks.
pub(super) const fn page_status(kind: ProblemType, status: StatusCode) -> StatusCode {
    use ProblemType as T;
    match kind {
        T::LoginRefused
        | T::SessionRequired
        | T::TransactionRefused
        | T::OtpRefused
        | T::RetrievalRefused
        | T::BadCsr
        | T::BadCursor => StatusCode::UNPROCESSABLE_ENTITY,
        T::LoginLocked | T::TransactionLocked | T::OtpLocked | T::RetrievalLocked => {
            StatusCode::FORBIDDEN
        }
        T::MalformedRequest
        | T::CrossOrigin
        | T::ClientCertificateRequired
        | T::NotFound
        | T::MethodNotAllowed
        | T::RequestTimeout
        | T::PayloadTooLarge
        | T::TooManyRequests
        | T::RecordNotFound
        | T::FormOutOfOrder
        | T::TooManyRecords
        | T::InvalidField
        | T::Busy
        | T::Overloaded
        | T::NotPermitted
        | T::NotEligible
        | T::UseSelfService
        | T::UserNotSelectable
        | T::ContractNotFound
        | T::ApproverRequired
        | T::UserDisabled
        | T::OtpUnavailable
        | T::OtpRequired
        | T::ReissueQuota
        | T::AlreadyReissued
        | T::ReissueNotFound
        | T::AlreadyRedeemed
        | T::RetrievalHeld
        | T::CertificateNotIssued
        | T::RequestNotFound
        | T::OwnRequest
        | T::EditedRequest
        | T::Approver
        | T::Printer
        | T::AlreadyDecided
        | T::Expired
        | T::VersionConflict
        | T::NotApproved
        | T::NoNotice
        | T::AlreadyPrinted
        | T::NotPrinted
        | T::NotCarriedOut
        | T::Unavailable
        | T::Unexpected => status,
    }
}

/// The text that is the title of a page which refuses.
pub(super) const fn title(kind: ProblemType) -> &'static str {
    use ProblemType as T;
    match kind {
        T::NotFound => "error-title-not-found",
        T::NotPermitted
        | T::NotEligible
        | T::UseSelfService
        | T::ClientCertificateRequired
        | T::OwnRequest
        | T::EditedRequest
        | T::Approver
        | T::Printer => "error-title-not-permitted",
        T::LoginLocked | T::TransactionLocked | T::OtpLocked | T::RetrievalLocked => {
            "error-title-locked"
        }
        T::AlreadyReissued | T::AlreadyDecided | T::AlreadyPrinted => "error-title-done",
        T::Unexpected => "error-title-unexpected",
        T::Unavailable
        | T::Overloaded
        | T::OtpUnavailable
        | T::TooManyRequests
        | T::Busy
        | T::ReissueQuota
        | T::CertificateNotIssued => "error-title-unavailable",
        T::MalformedRequest
        | T::CrossOrigin
        | T::MethodNotAllowed
        | T::RequestTimeout
        | T::PayloadTooLarge
        | T::RecordNotFound
        | T::FormOutOfOrder
        | T::TooManyRecords
        | T::InvalidField
        | T::LoginRefused
        | T::SessionRequired
        | T::UserNotSelectable
        | T::ContractNotFound
        | T::ApproverRequired
        | T::UserDisabled
        | T::TransactionRefused
        | T::OtpRefused
        | T::OtpRequired
        | T::ReissueNotFound
        | T::AlreadyRedeemed
        | T::RetrievalRefused
        | T::RetrievalHeld
        | T::BadCsr
        | T::RequestNotFound
        | T::Expired
        | T::VersionConflict
        | T::NotApproved
        | T::NoNotice
        | T::NotPrinted
        | T::NotCarriedOut
        | T::BadCursor => "error-title-refused",
    }
}

/// What is the matter and no more, for a page that names the ways that are open, where the message itself
/// speaks of ways that may be closed.
pub(super) const fn fact(kind: ProblemType) -> Option<&'static str> {
    match kind {
        ProblemType::NotEligible => Some("fact-not-eligible"),
        ProblemType::TransactionLocked => Some("fact-transaction-locked"),
        ProblemType::OtpLocked => Some("fact-otp-locked"),
        ProblemType::RetrievalLocked => Some("fact-retrieval-locked"),
        _ => None,
    }
}

/// Where somebody who is refused can go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Fetching a certificate with a password that was reissued another way.
    Retrieval,
    /// Help with logging in.
    LoginHelp,
    /// The self-service, for who was at the administrators' door.
    SelfService,
    /// The administrators' first page.
    Top,
    /// The administrators' first page, or home for who is none.
    TopOrHome,
    /// Entering a one-time password.
    Otp,
    /// The list of requests on paper: there is no such request to go back to.
    NoRequest,
    /// What lies near the page that was asked for.
    Nearby,
}

/// Where pages lead on from each type of problem.
pub(super) const fn next(kind: ProblemType) -> Next {
    use ProblemType as T;
    match kind {
        T::NotEligible | T::OtpLocked | T::RetrievalLocked => Next::Retrieval,
        T::LoginLocked => Next::LoginHelp,
        T::ClientCertificateRequired | T::UseSelfService => Next::SelfService,
        T::TransactionLocked => Next::Top,
        T::NotPermitted => Next::TopOrHome,
        T::OtpRequired => Next::Otp,
        T::RequestNotFound => Next::NoRequest,
        T::MalformedRequest
        | T::CrossOrigin
        | T::NotFound
        | T::MethodNotAllowed
        | T::RequestTimeout
        | T::PayloadTooLarge
        | T::TooManyRequests
        | T::RecordNotFound
        | T::FormOutOfOrder
        | T::TooManyRecords
        | T::InvalidField
        | T::LoginRefused
        | T::Busy
        | T::Overloaded
        | T::SessionRequired
        | T::UserNotSelectable
        | T::ContractNotFound
        | T::ApproverRequired
        | T::UserDisabled
        | T::TransactionRefused
        | T::OtpRefused
        | T::OtpUnavailable
        | T::ReissueQuota
        | T::AlreadyReissued
        | T::ReissueNotFound
        | T::AlreadyRedeemed
        | T::RetrievalRefused
        | T::RetrievalHeld
        | T::BadCsr
        | T::CertificateNotIssued
        | T::OwnRequest
        | T::EditedRequest
        | T::Approver
        | T::Printer
        | T::AlreadyDecided
        | T::Expired
        | T::VersionConflict
        | T::NotApproved
        | T::NoNotice
        | T::AlreadyPrinted
        | T::NotPrinted
        | T::NotCarriedOut
        | T::BadCursor
        | T::Unavailable
        | T::Unexpected => Next::Nearby,
    }
}

/// Whether a refusal is answered by showing the form again.
pub(super) const fn shows_form_again(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Invalid(_)
        | Refusal::LoginRefused
        | Refusal::StaffLoginRefused
        | Refusal::StaffPasswordRefused { .. }
        | Refusal::TransactionRefused { .. }
        | Refusal::OtpRefused
        | Refusal::RetrievalRefused { .. }
        | Refusal::RetrievalHeld { .. }
        | Refusal::BadCsr(_)
        | Refusal::OtpUnavailable(_)
        | Refusal::CertificateNotIssued(_)
        | Refusal::ReissueQuota { .. }
        | Refusal::Busy
        | Refusal::Overloaded => true,
        Refusal::LoginLocked { .. }
        | Refusal::SessionRequired
        | Refusal::NotPermitted
        | Refusal::NotEligible
        | Refusal::UseSelfService
        | Refusal::UserNotSelectable
        | Refusal::ContractNotFound
        | Refusal::ApproverRequired
        | Refusal::UserDisabled
        | Refusal::TransactionLocked { .. }
        | Refusal::OtpLocked { .. }
        | Refusal::OtpRequired
        | Refusal::AlreadyReissued
        | Refusal::AlreadyShown
        | Refusal::ReissueNotFound
        | Refusal::AlreadyRedeemed
        | Refusal::NothingToHandOver
        | Refusal::RetrievalLocked
        | Refusal::StaffLoginLocked { .. }
        | Refusal::StaffNotPermitted
        | Refusal::PaperRequestNotFound
        | Refusal::Paper(_)
        | Refusal::BadCursor
        | Refusal::Unavailable(_)
        | Refusal::Unexpected => false,
    }
}
