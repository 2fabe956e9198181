//! The one table that turns what a use case refuses into status, problem and message. Pages and
//! API both read it, so that both say the same.

use std::time::Duration;

use http::StatusCode;
use warifu_core::domain::paper_request::{Matter, PaperCheck, PaperRefusal, PaperState};
use warifu_core::ports::BadCsr;
use warifu_core::{InvalidField, Refusal};

use crate::answer::{Answer, FieldError, Message, whole_seconds};

/// With so few wrong entries left until a lock, the answer says how many.
const NEAR_LOCK: u32 = 2;

/// When to come back after a back end failed.
const BACK_END_PAUSE: Duration = Duration::from_secs(5);

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        use StatusCode as S;
        match refusal {
            Refusal::Invalid(fields) => invalid(&fields),

            Refusal::LoginRefused => Self::new(S::UNAUTHORIZED, "login-refused", "M-AUTH-01"),
            Refusal::LoginLocked { retry_after } => {
                Self::new(S::TOO_MANY_REQUESTS, "login-locked", "M-AUTH-02")
                    .saying(Message::counted("M-AUTH-02", &whole_minutes(retry_after)))
                    .retry_after(retry_after)
            }
            Refusal::Busy => Self::new(S::TOO_MANY_REQUESTS, "busy", "M-SYS-BUSY")
                .retry_after(Duration::from_secs(1)),
            Refusal::Overloaded => {
                Self::new(S::SERVICE_UNAVAILABLE, "overloaded", "M-SYS-OVERLOADED")
                    .retry_after(Duration::from_secs(1))
            }
            Refusal::SessionRequired => Self::new(S::UNAUTHORIZED, "session-required", "M-SES-02"),
            Refusal::NotPermitted => Self::new(S::FORBIDDEN, "not-permitted", "M-RI-05"),
            Refusal::NotEligible => Self::new(S::FORBIDDEN, "not-eligible", "M-SS-01"),
            Refusal::UseSelfService => Self::new(S::FORBIDDEN, "use-self-service", "M-RI-09"),
            Refusal::UserNotSelectable => Self::new(S::NOT_FOUND, "user-not-selectable", "M-RI-03"),
            Refusal::ContractNotFound => Self::new(S::NOT_FOUND, "contract-not-found", "M-RI-14"),
            Refusal::ApproverRequired => Self::new(S::FORBIDDEN, "approver-required", "M-BK-03"),
            Refusal::UserDisabled => Self::new(S::CONFLICT, "user-disabled", "M-RI-07"),

            Refusal::TransactionRefused { failures_left } => {
                Self::new(S::UNAUTHORIZED, "transaction-refused", "M-RI-01")
                    .adding(near_lock("M-RI-02", failures_left))
            }
            Refusal::TransactionLocked { .. } => {
                Self::new(S::LOCKED, "transaction-locked", "M-RI-04")
            }
            Refusal::OtpRefused => Self::new(S::UNAUTHORIZED, "otp-refused", "M-OTP-01"),
            Refusal::OtpLocked { .. } => Self::new(S::LOCKED, "otp-locked", "M-OTP-02"),
            Refusal::OtpUnavailable(_) => {
                Self::new(S::SERVICE_UNAVAILABLE, "otp-unavailable", "M-OTP-03")
                    .retry_after(BACK_END_PAUSE)
            }
            Refusal::OtpRequired => Self::new(S::CONFLICT, "otp-required", "M-SS-04"),

            Refusal::ReissueQuota { retry_after } => {
                Self::new(S::TOO_MANY_REQUESTS, "reissue-quota", "M-RI-06")
                    .saying(Message::counted("M-RI-06", &whole_minutes(retry_after)))
                    .retry_after(retry_after)
            }
            Refusal::AlreadyReissued => Self::new(S::CONFLICT, "already-reissued", "M-RI-08"),
            Refusal::ReissueNotFound => Self::new(S::NOT_FOUND, "reissue-not-found", "M-RI-10"),
            Refusal::AlreadyRedeemed => Self::new(S::CONFLICT, "already-redeemed", "M-RI-11"),

            Refusal::RetrievalRefused { failures_left } => {
                Self::new(S::UNAUTHORIZED, "retrieval-refused", "M-CR-01")
                    .adding(near_lock("M-CR-02", failures_left))
            }
            Refusal::RetrievalLocked => Self::new(S::LOCKED, "retrieval-locked", "M-CR-03"),
            Refusal::RetrievalHeld { retry_after } => {
                Self::new(S::CONFLICT, "retrieval-held", "M-CR-05")
                    .saying(Message::counted("M-CR-05", &whole_minutes(retry_after)))
                    .retry_after(retry_after)
            }
            Refusal::BadCsr(fault) => Self::new(S::BAD_REQUEST, "bad-csr", bad_csr(fault)),
            Refusal::CertificateNotIssued(_) => {
                Self::new(S::BAD_GATEWAY, "certificate-not-issued", "M-CR-04")
                    .retry_after(BACK_END_PAUSE)
            }

            Refusal::StaffLoginRefused => Self::new(S::UNAUTHORIZED, "login-refused", "M-BO-12"),
            Refusal::StaffLoginLocked { retry_after } => {
                Self::new(S::TOO_MANY_REQUESTS, "login-locked", "M-BO-13")
                    .saying(Message::counted("M-BO-13", &whole_minutes(retry_after)))
                    .retry_after(retry_after)
            }
            Refusal::StaffPasswordRefused { failures_left } => {
                Self::new(S::UNAUTHORIZED, "login-refused", "M-BO-14")
                    .adding(near_lock("M-BO-15", failures_left))
            }
            Refusal::StaffNotPermitted => Self::new(S::FORBIDDEN, "not-permitted", "M-BO-11"),
            Refusal::PaperRequestNotFound => {
                Self::new(S::NOT_FOUND, "request-not-found", "M-BO-16")
            }
            Refusal::Paper(refusal) => paper(refusal),

            Refusal::BadCursor => Self::new(S::BAD_REQUEST, "bad-cursor", "M-SYS-CURSOR"),
            Refusal::Unavailable(_) => {
                Self::new(S::SERVICE_UNAVAILABLE, "unavailable", "M-SYS-UNAVAILABLE")
                    .retry_after(BACK_END_PAUSE)
            }
            Refusal::Unexpected => Self::unexpected(),
        }
    }
}

fn paper(refusal: PaperRefusal) -> Answer {
    use StatusCode as S;
    match refusal {
        PaperRefusal::OwnRequest => Answer::new(S::FORBIDDEN, "own-request", "M-BO-02"),
        PaperRefusal::EditedRequest => Answer::new(S::FORBIDDEN, "edited-request", "M-BO-03"),
        PaperRefusal::Approver => Answer::new(S::FORBIDDEN, "approver", "M-BO-17"),
        PaperRefusal::AlreadyHandled { state, by, at } => {
            let name = by.map_or_else(|| "-".to_owned(), |by| by.name);
            let message = Message::plain("M-BO-04")
                .with_label("state", paper_state(state))
                .with("name", &name)
                .with_moment("time", at);
            Answer::new(S::CONFLICT, "already-decided", "M-BO-04").saying(message)
        }
        PaperRefusal::Expired => Answer::new(S::GONE, "expired", "M-BO-05"),
        PaperRefusal::VersionConflict => Answer::new(S::CONFLICT, "version-conflict", "M-BO-06"),
        PaperRefusal::CheckMissing(check) => {
            let mut answer = invalid(&[]);
            answer
                .fields
                .push(field_error(&InvalidField::CheckMissing(check)));
            answer
        }
        PaperRefusal::NotApproved => Answer::new(S::CONFLICT, "not-approved", "M-BO-18"),
        PaperRefusal::NoNotice => Answer::new(S::CONFLICT, "no-notice", "M-BO-19"),
        PaperRefusal::AlreadyPrinted => Answer::new(S::CONFLICT, "already-printed", "M-BO-10"),
        PaperRefusal::BeingPrinted => Answer::new(S::CONFLICT, "already-printed", "M-BO-20"),
        PaperRefusal::NotPrinted => Answer::new(S::CONFLICT, "not-printed", "M-BO-21"),
        PaperRefusal::Outstanding(matter) => {
            let message = Message::plain("M-BO-22").with_label("matter", paper_matter(matter));
            Answer::new(S::CONFLICT, "not-carried-out", "M-BO-22").saying(message)
        }
    }
}

/// The words for a state of a paper request.
pub(crate) const fn paper_state(state: PaperState) -> &'static str {
    match state {
        PaperState::Draft => "paper-state-draft",
        PaperState::Pending => "paper-state-pending",
        PaperState::Returned => "paper-state-returned",
        PaperState::Rejected => "paper-state-rejected",
        PaperState::Approved => "paper-state-approved",
        PaperState::Issued => "paper-state-issued",
        PaperState::Undeliverable => "paper-state-undeliverable",
        PaperState::Completed => "paper-state-completed",
        PaperState::Expired => "paper-state-expired",
        PaperState::Cancelled => "paper-state-cancelled",
    }
}

/// The words for what a form asks for.
pub(crate) const fn paper_matter(matter: Matter) -> &'static str {
    match matter {
        Matter::ReissueRetrievalPassword => "paper-matter-reissue-retrieval-password",
        Matter::UnlockLogin => "paper-matter-unlock-login",
        Matter::UnlockTransaction => "paper-matter-unlock-transaction",
        Matter::UnlockOtp => "paper-matter-unlock-otp",
        Matter::RebindOtp => "paper-matter-rebind-otp",
        Matter::LiftFreeze => "paper-matter-lift-freeze",
    }
}

/// The member of the body for a check, and the words for it.
pub(crate) const fn paper_check(check: PaperCheck) -> (&'static str, &'static str) {
    match check {
        PaperCheck::Seal => ("checks/seal", "paper-check-seal"),
        PaperCheck::Identity => ("checks/identity", "paper-check-identity"),
        PaperCheck::RegisteredAddress => (
            "checks/registered_address",
            "paper-check-registered-address",
        ),
    }
}

const fn bad_csr(fault: BadCsr) -> &'static str {
    match fault {
        BadCsr::Malformed => "M-CR-06",
        BadCsr::Signature => "M-CR-07",
        BadCsr::Key => "M-CR-08",
        BadCsr::Algorithm => "M-CR-09",
    }
}

fn near_lock(id: &'static str, failures_left: u32) -> Option<Message> {
    (failures_left <= NEAR_LOCK).then(|| Message::counted(id, &failures_left))
}

fn whole_minutes(wait: Duration) -> u64 {
    whole_seconds(wait).div_ceil(60)
}

fn invalid(fields: &[InvalidField]) -> Answer {
    let mut answer = Answer::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", "M-UI-00");
    answer.fields = fields.iter().map(field_error).collect();
    answer
}

/// Which entry cannot be right, and why.
pub(crate) fn field_error(field: &InvalidField) -> FieldError {
    use InvalidField as F;
    let at = |name, id| FieldError {
        name,
        message: Message::plain(id),
    };
    let labelled = |name, id, label| FieldError {
        name,
        message: Message::plain(id).with_label("field", label),
    };
    match field {
        F::ContractNumberEmpty => at("contract_number", "M-F-01"),
        F::ContractNumberMalformed => FieldError {
            name: "contract_number",
            message: Message::counted("M-F-02", &"6–12"),
        },
        F::UserIdEmpty => at("user_id", "M-F-03"),
        F::UserIdMalformed => at("user_id", "M-F-04"),
        F::LoginPasswordEmpty => at("login_password", "M-F-05"),
        F::LoginPasswordFullWidth => labelled("login_password", "M-F-06", LOGIN_LABEL),
        F::LoginPasswordMalformed => labelled("login_password", "M-F-24", LOGIN_LABEL),
        F::TransactionPasswordEmpty => at("transaction_password", "M-F-07"),
        F::TransactionPasswordFullWidth => {
            labelled("transaction_password", "M-F-06", TRANSACTION_LABEL)
        }
        F::TransactionPasswordMalformed => {
            labelled("transaction_password", "M-F-24", TRANSACTION_LABEL)
        }
        F::NotInstructedByOthersMissing => at("not_instructed_by_others", "M-F-08"),
        F::OtpEmpty => at("otp", "M-F-09"),
        F::OtpMalformed(lengths) => {
            let lengths: Vec<String> = lengths.iter().map(|length| length.to_string()).collect();
            FieldError {
                name: "otp",
                message: Message::counted("M-F-10", &lengths.join("/")),
            }
        }
        F::RetrievalPasswordEmpty => at("retrieval_password", "M-F-11"),
        F::RetrievalPasswordLength { expected } => FieldError {
            name: "retrieval_password",
            message: Message::counted("M-F-12", expected),
        },
        F::RetrievalPasswordAlphabet => at("retrieval_password", "M-F-13"),
        F::KeyChoice => at("csr", "M-F-17"),
        F::PassphraseMalformed => at("pkcs12_passphrase", "M-F-18"),
        F::Purpose => at("purpose", "M-F-19"),
        F::Limit => at("limit", "M-F-20"),
        F::Status => at("status", "M-F-21"),
        F::BulkSize { most } => FieldError {
            name: "users",
            message: Message::counted("M-F-25", most),
        },
        F::Date => at("from", "M-F-22"),
        F::DateRange => at("to", "M-F-16"),
        F::Event => at("event", "M-F-23"),
        F::StaffIdEmpty => at("staff_id", "M-F-26"),
        F::StaffIdMalformed => at("staff_id", "M-F-27"),
        F::Edition => at("edition", "M-F-28"),
        F::FormNumber => at("form", "M-F-29"),
        F::ContractUnknown => at("contract_number", "M-F-30"),
        F::UserUnknown => at("user_id", "M-F-31"),
        F::UserName => at("user_name", "M-F-32"),
        F::MattersEmpty => at("matters", "M-F-33"),
        F::MatterUnknown => at("matters", "M-F-34"),
        F::MatterNotAvailable(matter) => FieldError {
            name: "matters",
            message: Message::plain("M-F-35").with_label("matter", paper_matter(*matter)),
        },
        F::ReceivedOn => at("received_on", "M-F-36"),
        F::CheckMissing(check) => {
            let (name, label) = paper_check(*check);
            FieldError {
                name,
                message: Message::plain("M-BO-07").with_label("check", label),
            }
        }
        F::ScanReference => at("scan_reference", "M-F-37"),
        F::CardSerial => at("card_serial", "M-F-38"),
        F::Decision => at("decision", "M-F-15"),
        F::Reason => at("reason", "M-F-14"),
        F::PaperState => at("state", "M-F-21"),
    }
}

const LOGIN_LABEL: &str = "label-login-password";
const TRANSACTION_LABEL: &str = "label-transaction-password";

#[cfg(test)]
mod tests {
    use warifu_core::domain::{CodeLengths, Timestamp};
    use warifu_core::ports::Unavailable;
    use warifu_messages::Messages;

    use super::*;

    fn refusals() -> Vec<(Refusal, u16, &'static str)> {
        let retry_after = Duration::from_millis(1500);
        let down = || Unavailable::new("password_store", "gone");
        vec![
            (Refusal::LoginRefused, 401, "login-refused"),
            (Refusal::LoginLocked { retry_after }, 429, "login-locked"),
            (Refusal::Busy, 429, "busy"),
            (Refusal::Overloaded, 503, "overloaded"),
            (Refusal::SessionRequired, 401, "session-required"),
            (Refusal::NotPermitted, 403, "not-permitted"),
            (Refusal::NotEligible, 403, "not-eligible"),
            (Refusal::UseSelfService, 403, "use-self-service"),
            (Refusal::UserNotSelectable, 404, "user-not-selectable"),
            (Refusal::ContractNotFound, 404, "contract-not-found"),
            (Refusal::ApproverRequired, 403, "approver-required"),
            (Refusal::UserDisabled, 409, "user-disabled"),
            (
                Refusal::TransactionRefused { failures_left: 2 },
                401,
                "transaction-refused",
            ),
            (
                Refusal::TransactionLocked { until: None },
                423,
                "transaction-locked",
            ),
            (Refusal::OtpRefused, 401, "otp-refused"),
            (Refusal::OtpLocked { until: None }, 423, "otp-locked"),
            (Refusal::OtpUnavailable(down()), 503, "otp-unavailable"),
            (Refusal::OtpRequired, 409, "otp-required"),
            (Refusal::ReissueQuota { retry_after }, 429, "reissue-quota"),
            (Refusal::AlreadyReissued, 409, "already-reissued"),
            (Refusal::ReissueNotFound, 404, "reissue-not-found"),
            (Refusal::AlreadyRedeemed, 409, "already-redeemed"),
            (
                Refusal::RetrievalRefused { failures_left: 3 },
                401,
                "retrieval-refused",
            ),
            (Refusal::RetrievalLocked, 423, "retrieval-locked"),
            (
                Refusal::RetrievalHeld { retry_after },
                409,
                "retrieval-held",
            ),
            (Refusal::BadCsr(BadCsr::Key), 400, "bad-csr"),
            (
                Refusal::CertificateNotIssued(down()),
                502,
                "certificate-not-issued",
            ),
            (Refusal::StaffLoginRefused, 401, "login-refused"),
            (
                Refusal::StaffLoginLocked { retry_after },
                429,
                "login-locked",
            ),
            (
                Refusal::StaffPasswordRefused { failures_left: 1 },
                401,
                "login-refused",
            ),
            (Refusal::StaffNotPermitted, 403, "not-permitted"),
            (Refusal::PaperRequestNotFound, 404, "request-not-found"),
            (Refusal::BadCursor, 400, "bad-cursor"),
            (Refusal::Unavailable(down()), 503, "unavailable"),
            (Refusal::Unexpected, 500, "unexpected"),
        ]
    }

    #[test]
    fn each_rule_of_the_paper_procedure_has_the_status_of_the_interface_and_a_text() {
        let handled = PaperRefusal::AlreadyHandled {
            state: PaperState::Rejected,
            by: None,
            at: Timestamp::from_unix_millis(0),
        };
        for (refusal, status, slug) in [
            (PaperRefusal::OwnRequest, 403, "own-request"),
            (PaperRefusal::EditedRequest, 403, "edited-request"),
            (PaperRefusal::Approver, 403, "approver"),
            (handled, 409, "already-decided"),
            (PaperRefusal::Expired, 410, "expired"),
            (PaperRefusal::VersionConflict, 409, "version-conflict"),
            (
                PaperRefusal::CheckMissing(PaperCheck::Seal),
                422,
                "invalid-field",
            ),
            (PaperRefusal::NotApproved, 409, "not-approved"),
            (PaperRefusal::NoNotice, 409, "no-notice"),
            (PaperRefusal::AlreadyPrinted, 409, "already-printed"),
            (PaperRefusal::BeingPrinted, 409, "already-printed"),
            (PaperRefusal::NotPrinted, 409, "not-printed"),
            (
                PaperRefusal::Outstanding(Matter::RebindOtp),
                409,
                "not-carried-out",
            ),
        ] {
            let answer = Answer::from(Refusal::Paper(refusal));
            assert_eq!((answer.status.as_u16(), answer.slug), (status, slug));
            assert!(Messages::standard().has(answer.message.id), "{slug}");
        }
        let missing = Answer::from(Refusal::Paper(PaperRefusal::CheckMissing(PaperCheck::Seal)));
        assert_eq!(missing.fields[0].name, "checks/seal");
        assert_eq!(missing.fields[0].message.id, "M-BO-07");
    }

    #[test]
    fn each_refusal_has_the_status_and_problem_of_the_interface_and_a_text() {
        for (refusal, status, slug) in refusals() {
            let answer = Answer::from(refusal.clone());
            assert_eq!(
                (answer.status.as_u16(), answer.slug),
                (status, slug),
                "{refusal:?}"
            );
            assert!(
                Messages::standard().has(answer.message.id),
                "{}",
                answer.message.id
            );
        }
    }

    #[test]
    fn who_is_to_come_back_is_told_when() {
        for (refusal, status, slug) in refusals() {
            let waits = matches!(status, 429 | 502 | 503) || slug == "retrieval-held";
            let answer = Answer::from(refusal);
            assert_eq!(answer.retry_after.is_some(), waits, "{slug}");
        }
        let wait = Duration::from_millis(1_799_001);
        let locked = Answer::from(Refusal::LoginLocked { retry_after: wait });
        assert_eq!(locked.retry_after, Some(1800));
        assert_eq!(locked.message, Message::counted("M-AUTH-02", &30));
    }

    #[test]
    fn only_near_the_lock_the_answer_counts() {
        let refused = |failures_left| {
            Answer::from(Refusal::RetrievalRefused { failures_left })
                .addition
                .is_some()
        };
        assert!(!refused(3));
        assert!(refused(2));
        assert!(refused(1));
    }

    #[test]
    fn an_entry_that_cannot_be_right_is_named_with_a_text() {
        let fields = [
            InvalidField::ContractNumberMalformed,
            InvalidField::LoginPasswordFullWidth,
            InvalidField::OtpMalformed(CodeLengths::new([6, 8])),
            InvalidField::KeyChoice,
        ];
        let answer = Answer::from(Refusal::Invalid(fields.to_vec()));
        assert_eq!(
            (answer.status.as_u16(), answer.slug),
            (422, "invalid-field")
        );
        let names: Vec<&str> = answer.fields.iter().map(|field| field.name).collect();
        assert_eq!(names, ["contract_number", "login_password", "otp", "csr"]);
        assert_eq!(answer.fields[2].message, Message::counted("M-F-10", &"6/8"));
        for field in &answer.fields {
            assert!(
                Messages::standard().has(field.message.id),
                "{}",
                field.message.id
            );
        }
    }
}
