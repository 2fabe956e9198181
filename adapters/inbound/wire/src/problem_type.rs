//! What programs tell problems apart by.

use std::fmt;

macro_rules! problem_types {
    ($($(#[$documentation:meta])* $name:ident = $status:literal $slug:literal,)*) => {
        /// The type of a problem. Its slug and its status are promises of the interface.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemType {
            $($(#[$documentation])* $name,)*
        }

        impl ProblemType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The last part of the type's name, such as `login-refused`.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),* }
            }

            /// The HTTP status of the API. Pages have rules of their own.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }
        }
    };
}

problem_types! {
    // What is wrong with a request before any use case is asked.

    /// The body or a parameter is not what the interface describes.
    MalformedRequest = 400 "malformed-request",
    /// The request comes from another site's page.
    CrossOrigin = 403 "cross-origin",
    /// No client certificate, or another one's.
    ClientCertificateRequired = 403 "client-certificate-required",
    /// There is nothing at this path.
    NotFound = 404 "not-found",
    /// There is something, but not for this method.
    MethodNotAllowed = 405 "method-not-allowed",
    /// The body did not arrive in time.
    RequestTimeout = 408 "request-timeout",
    /// The body is too large.
    PayloadTooLarge = 413 "payload-too-large",
    /// This address calls too often.
    TooManyRequests = 429 "too-many-requests",

    // What pages alone refuse.

    /// No such record of the operation history.
    RecordNotFound = 404 "record-not-found",
    /// A form that was used, or is older than the newest.
    FormOutOfOrder = 409 "form-out-of-order",
    /// More records than a file holds.
    TooManyRecords = 422 "too-many-records",

    // What use cases refuse.

    /// Entries that cannot be right.
    InvalidField = 422 "invalid-field",
    /// A login, or the login password asked for a decision, is refused.
    LoginRefused = 401 "login-refused",
    /// Too many wrong logins.
    LoginLocked = 429 "login-locked",
    /// Too many attempts are being checked at once.
    Busy = 429 "busy",
    /// The server has too much to do.
    Overloaded = 503 "overloaded",
    /// No session, or one that has ended or belongs elsewhere.
    SessionRequired = 401 "session-required",
    /// Who calls may not do this.
    NotPermitted = 403 "not-permitted",
    /// Reissuing for oneself needs the right and a card.
    NotEligible = 403 "not-eligible",
    /// For oneself there is the self-service.
    UseSelfService = 403 "use-self-service",
    /// No such user in this contract.
    UserNotSelectable = 404 "user-not-selectable",
    /// No such contract.
    ContractNotFound = 404 "contract-not-found",
    /// The policy wants a second person who may reissue.
    ApproverRequired = 403 "approver-required",
    /// The user is switched off.
    UserDisabled = 409 "user-disabled",
    /// Wrong transaction password.
    TransactionRefused = 401 "transaction-refused",
    /// The transaction password is locked.
    TransactionLocked = 423 "transaction-locked",
    /// Wrong one-time password, or too old, or used.
    OtpRefused = 401 "otp-refused",
    /// The one-time password is locked.
    OtpLocked = 423 "otp-locked",
    /// One-time passwords cannot be checked now.
    OtpUnavailable = 503 "otp-unavailable",
    /// The one-time password comes first.
    OtpRequired = 409 "otp-required",
    /// Too many reissues in a short time.
    ReissueQuota = 429 "reissue-quota",
    /// This very request was carried out before.
    AlreadyReissued = 409 "already-reissued",
    /// No such reissue in this contract.
    ReissueNotFound = 404 "reissue-not-found",
    /// Too late to cancel: a certificate was fetched.
    AlreadyRedeemed = 409 "already-redeemed",
    /// Wrong, expired, used, superseded, none issued: all the same.
    RetrievalRefused = 401 "retrieval-refused",
    /// The retrieval password is locked until the next reissue.
    RetrievalLocked = 423 "retrieval-locked",
    /// Right, but it cannot be redeemed yet.
    RetrievalHeld = 409 "retrieval-held",
    /// The certificate request is not acceptable.
    BadCsr = 400 "bad-csr",
    /// The certificate authority failed.
    CertificateNotIssued = 502 "certificate-not-issued",
    /// No paper request has this number.
    RequestNotFound = 404 "request-not-found",
    /// A checker's own request.
    OwnRequest = 403 "own-request",
    /// A request that the checker edited.
    EditedRequest = 403 "edited-request",
    /// Who approved it prints no notice.
    Approver = 403 "approver",
    /// Who printed a notice does not decide on its reprint.
    Printer = 403 "printer",
    /// Somebody else was first.
    AlreadyDecided = 409 "already-decided",
    /// The time to decide is over.
    Expired = 410 "expired",
    /// The request is not the one that was looked at.
    VersionConflict = 409 "version-conflict",
    /// Nothing was approved.
    NotApproved = 409 "not-approved",
    /// The request has no notice.
    NoNotice = 409 "no-notice",
    /// No notice is printed twice.
    AlreadyPrinted = 409 "already-printed",
    /// The notice was not printed.
    NotPrinted = 409 "not-printed",
    /// Something that was approved is still to be done.
    NotCarriedOut = 409 "not-carried-out",
    /// Not a cursor that this server gave.
    BadCursor = 400 "bad-cursor",
    /// A back end failed.
    Unavailable = 503 "unavailable",
    /// A fault of ours.
    Unexpected = 500 "unexpected",
}

/// What stands before the slug.
const NAMESPACE: &str = "urn:warifu:problem:";

impl ProblemType {
    /// The `type` of problem documents.
    pub fn urn(self) -> String {
        format!("{NAMESPACE}{}", self.slug())
    }

    /// Whether `urn` is the type of a problem of this service, be it of a later version.
    pub fn is_ours(urn: &str) -> bool {
        urn.starts_with(NAMESPACE)
    }

    /// The type that has this name, as in problem documents.
    pub fn of_urn(urn: &str) -> Option<Self> {
        let slug = urn.strip_prefix(NAMESPACE)?;
        let mut all = Self::ALL.iter().copied();
        all.find(|known| known.slug() == slug)
    }

    /// The kind of problem in English: `login-refused` → `Login refused`.
    pub fn title(self) -> String {
        let spaced = self.slug().replace('-', " ");
        let mut characters = spaced.chars();
        characters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + characters.as_str()
        })
    }
}

impl fmt::Display for ProblemType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.slug())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_title_reads_like_its_slug() {
        assert_eq!(ProblemType::LoginRefused.title(), "Login refused");
        assert_eq!(ProblemType::Busy.title(), "Busy");
    }

    #[test]
    fn types_are_told_apart_by_their_slug() {
        let slugs: BTreeSet<&str> = ProblemType::ALL.iter().map(|kind| kind.slug()).collect();
        assert_eq!(slugs.len(), ProblemType::ALL.len());
        for kind in ProblemType::ALL {
            assert_eq!(ProblemType::of_urn(&kind.urn()), Some(*kind));
            assert!((400..600).contains(&kind.status()), "{kind}");
        }
        assert_eq!(ProblemType::of_urn("about:blank"), None);
        assert!(ProblemType::is_ours("urn:warifu:problem:of-tomorrow"));
        assert!(!ProblemType::is_ours("about:blank"));
    }
}
