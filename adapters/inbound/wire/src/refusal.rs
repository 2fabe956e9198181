//! The one table that turns what a use case refuses into the type of a problem and its message. Pages,
//! API and terminal all read it, so that all say the same.

use std::time::Duration;

use warifu_core::domain::paper_request::PaperRefusal;
use warifu_core::ports::BadCsr;
use warifu_core::{InvalidField, Refusal};

use crate::problem::whole_seconds;
use crate::words::{paper_matter, paper_state};
use crate::{Message, Problem, ProblemType, field_error};

/// With so few wrong entries left until a lock, the problem says how many.
const NEAR_LOCK: u32 = 2;

/// When to come back after a back end failed.
const BACK_END_PAUSE: Duration = Duration::from_secs(5);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use ProblemType as T;
        match refusal {
            Refusal::Invalid(fields) => invalid(&fields),

            Refusal::LoginRefused => Self::new(T::LoginRefused, "M-AUTH-01"),
            Refusal::LoginLocked { retry_after } => Self::new(T::LoginLocked, "M-AUTH-02")
                .saying(Message::counted("M-AUTH-02", &whole_minutes(retry_after)))
                .after(retry_after),
            Refusal::Busy => Self::new(T::Busy, "M-SYS-BUSY").after(Duration::from_secs(1)),
            Refusal::Overloaded => {
                Self::new(T::Overloaded, "M-SYS-OVERLOADED").after(Duration::from_secs(1))
            }
            Refusal::SessionRequired => Self::new(T::SessionRequired, "M-SES-02"),
            Refusal::NotPermitted => Self::new(T::NotPermitted, "M-RI-05"),
            Refusal::NotEligible => Self::new(T::NotEligible, "M-SS-01"),
            Refusal::UseSelfService => Self::new(T::UseSelfService, "M-RI-09"),
            Refusal::UserNotSelectable => Self::new(T::UserNotSelectable, "M-RI-03"),
            Refusal::ContractNotFound => Self::new(T::ContractNotFound, "M-RI-14"),
            Refusal::ApproverRequired => Self::new(T::ApproverRequired, "M-BK-03"),
            Refusal::UserDisabled => Self::new(T::UserDisabled, "M-RI-07"),

            Refusal::TransactionRefused { failures_left } => {
                Self::new(T::TransactionRefused, "M-RI-01")
                    .adding(near_lock("M-RI-02", failures_left))
            }
            Refusal::TransactionLocked { .. } => Self::new(T::TransactionLocked, "M-RI-04"),
            Refusal::OtpRefused => Self::new(T::OtpRefused, "M-OTP-01"),
            Refusal::OtpLocked { .. } => Self::new(T::OtpLocked, "M-OTP-02"),
            Refusal::OtpUnavailable(_) => {
                Self::new(T::OtpUnavailable, "M-OTP-03").after(BACK_END_PAUSE)
            }
            Refusal::OtpRequired => Self::new(T::OtpRequired, "M-SS-04"),

            Refusal::ReissueQuota { retry_after } => Self::new(T::ReissueQuota, "M-RI-06")
                .saying(Message::counted("M-RI-06", &whole_minutes(retry_after)))
                .after(retry_after),
            Refusal::AlreadyReissued => Self::new(T::AlreadyReissued, "M-RI-08"),
            Refusal::AlreadyShown => Self::new(T::AlreadyReissued, "M-SS-06"),
            Refusal::ReissueNotFound => Self::new(T::ReissueNotFound, "M-RI-10"),
            Refusal::AlreadyRedeemed => Self::new(T::AlreadyRedeemed, "M-RI-11"),
            Refusal::NothingToHandOver => Self::new(T::AlreadyRedeemed, "M-RI-15"),

            Refusal::RetrievalRefused { failures_left } => {
                Self::new(T::RetrievalRefused, "M-CR-01")
                    .adding(near_lock("M-CR-02", failures_left))
            }
            Refusal::RetrievalLocked => Self::new(T::RetrievalLocked, "M-CR-03"),
            Refusal::RetrievalHeld { retry_after } => Self::new(T::RetrievalHeld, "M-CR-05")
                .saying(Message::counted("M-CR-05", &whole_minutes(retry_after)))
                .after(retry_after),
            Refusal::BadCsr(fault) => Self::new(T::BadCsr, bad_csr(fault)),
            Refusal::CertificateNotIssued(_) => {
                Self::new(T::CertificateNotIssued, "M-CR-04").after(BACK_END_PAUSE)
            }

            Refusal::StaffLoginRefused => Self::new(T::LoginRefused, "M-BO-12"),
            Refusal::StaffLoginLocked { retry_after } => Self::new(T::LoginLocked, "M-BO-13")
                .saying(Message::counted("M-BO-13", &whole_minutes(retry_after)))
                .after(retry_after),
            Refusal::StaffPasswordRefused { failures_left } => {
                Self::new(T::LoginRefused, "M-BO-14").adding(near_lock("M-BO-15", failures_left))
            }
            Refusal::StaffNotPermitted => Self::new(T::NotPermitted, "M-BO-11"),
            Refusal::PaperRequestNotFound => Self::new(T::RequestNotFound, "M-BO-16"),
            Refusal::Paper(refusal) => paper(refusal),

            Refusal::BadCursor => Self::new(T::BadCursor, "M-SYS-CURSOR"),
            Refusal::Unavailable(_) => {
                Self::new(T::Unavailable, "M-SYS-UNAVAILABLE").after(BACK_END_PAUSE)
            }
            Refusal::Unexpected => Self::unexpected(),
        }
    }
}

fn paper(refusal: PaperRefusal) -> Problem {
    use ProblemType as T;
    match refusal {
        PaperRefusal::OwnRequest => Problem::new(T::OwnRequest, "M-BO-02"),
        PaperRefusal::EditedRequest => Problem::new(T::EditedRequest, "M-BO-03"),
        PaperRefusal::Approver => Problem::new(T::Approver, "M-BO-17"),
        PaperRefusal::Printer => Problem::new(T::Printer, "M-BO-31"),
        PaperRefusal::AlreadyHandled { state, by, at } => {
            let name = by.map_or_else(|| "-".to_owned(), |by| by.name);
            let message = Message::plain("M-BO-04")
                .with_label("state", paper_state(state))
                .with("name", &name)
                .with_moment("time", at);
            Problem::new(T::AlreadyDecided, "M-BO-04").saying(message)
        }
        PaperRefusal::Expired => Problem::new(T::Expired, "M-BO-05"),
        PaperRefusal::VersionConflict => Problem::new(T::VersionConflict, "M-BO-06"),
        PaperRefusal::CheckMissing(check) => invalid(&[InvalidField::CheckMissing(check)]),
        PaperRefusal::NotApproved => Problem::new(T::NotApproved, "M-BO-18"),
        PaperRefusal::NoNotice => Problem::new(T::NoNotice, "M-BO-19"),
        PaperRefusal::AlreadyPrinted => Problem::new(T::AlreadyPrinted, "M-BO-10"),
        PaperRefusal::AlreadyMade => Problem::new(T::AlreadyPrinted, "M-BO-30"),
        PaperRefusal::BeingPrinted => Problem::new(T::AlreadyPrinted, "M-BO-20"),
        PaperRefusal::NotPrinted => Problem::new(T::NotPrinted, "M-BO-21"),
        PaperRefusal::Outstanding(matter) => {
            let message = Message::plain("M-BO-22").with_label("matter", paper_matter(matter));
            Problem::new(T::NotCarriedOut, "M-BO-22").saying(message)
        }
    }
}

const fn bad_csr(fault: BadCsr) -> &'static str {
    match fault {
        BadCsr::Malformed => "M-CR-06",
        BadCsr::Signature => "M-CR-07",
        BadCsr::Key => "M-CR-08",
        BadCsr::Algorithm => "M-CR-09",
        BadCsr::Weak => "M-CR-11",
    }
}

fn near_lock(id: &'static str, failures_left: u32) -> Option<Message> {
    (failures_left <= NEAR_LOCK).then(|| Message::counted(id, &failures_left))
}

fn whole_minutes(wait: Duration) -> u64 {
    whole_seconds(wait).div_ceil(60)
}

fn invalid(fields: &[InvalidField]) -> Problem {
    let fields = fields.iter().map(field_error).collect();
    Problem::new(ProblemType::InvalidField, "M-UI-00").of_fields(fields)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warifu_core::domain::paper_request::{Matter, PaperCheck, PaperState};
    use warifu_core::domain::{CodeLengths, Timestamp};
    use warifu_core::ports::Unavailable;
    use warifu_messages::Messages;

    use super::*;
    use crate::OPERATIONS;

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
            (Refusal::AlreadyShown, 409, "already-reissued"),
            (Refusal::ReissueNotFound, 404, "reissue-not-found"),
            (Refusal::AlreadyRedeemed, 409, "already-redeemed"),
            (Refusal::NothingToHandOver, 409, "already-redeemed"),
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

    fn paper_refusals() -> Vec<(PaperRefusal, u16, &'static str)> {
        let handled = PaperRefusal::AlreadyHandled {
            state: PaperState::Rejected,
            by: None,
            at: Timestamp::from_unix_millis(0),
        };
        vec![
            (PaperRefusal::OwnRequest, 403, "own-request"),
            (PaperRefusal::EditedRequest, 403, "edited-request"),
            (PaperRefusal::Approver, 403, "approver"),
            (PaperRefusal::Printer, 403, "printer"),
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
            (PaperRefusal::AlreadyMade, 409, "already-printed"),
            (PaperRefusal::BeingPrinted, 409, "already-printed"),
            (PaperRefusal::NotPrinted, 409, "not-printed"),
            (
                PaperRefusal::Outstanding(Matter::RebindOtp),
                409,
                "not-carried-out",
            ),
        ]
    }

    #[test]
    fn a_call_names_nothing_that_no_use_case_refuses() {
        let papers = paper_refusals().into_iter();
        let papers = papers.map(|(refusal, ..)| Refusal::Paper(refusal));
        let invalid = Refusal::from(InvalidField::KeyChoice);
        let refused: BTreeSet<ProblemType> = refusals()
            .into_iter()
            .map(|(refusal, ..)| refusal)
            .chain(papers)
            .chain([invalid])
            .map(|refusal| Problem::from(refusal).kind())
            .collect();
        for operation in OPERATIONS {
            for kind in operation.refuses {
                assert!(refused.contains(kind), "{} {kind}", operation.id);
            }
        }
    }

    #[test]
    fn each_rule_of_the_paper_procedure_has_the_status_of_the_interface_and_a_text() {
        for (refusal, status, slug) in paper_refusals() {
            let problem = Problem::from(Refusal::Paper(refusal));
            assert_eq!(
                (problem.kind().status(), problem.kind().slug()),
                (status, slug)
            );
            assert!(Messages::standard().has(problem.message().id), "{slug}");
        }
        let missing = Problem::from(Refusal::Paper(PaperRefusal::CheckMissing(PaperCheck::Seal)));
        assert_eq!(missing.fields()[0].name, "checks/seal");
        assert_eq!(missing.fields()[0].message.id, "M-BO-07");
    }

    #[test]
    fn each_refusal_has_the_status_and_problem_of_the_interface_and_a_text() {
        for (refusal, status, slug) in refusals() {
            let problem = Problem::from(refusal.clone());
            assert_eq!(
                (problem.kind().status(), problem.kind().slug()),
                (status, slug),
                "{refusal:?}"
            );
            assert!(
                Messages::standard().has(problem.message().id),
                "{}",
                problem.message().id
            );
        }
    }

    #[test]
    fn who_is_to_come_back_is_told_when() {
        for (refusal, status, slug) in refusals() {
            let waits = matches!(status, 429 | 502 | 503) || slug == "retrieval-held";
            let problem = Problem::from(refusal);
            assert_eq!(problem.retry_after().is_some(), waits, "{slug}");
        }
        let wait = Duration::from_millis(1_799_001);
        let locked = Problem::from(Refusal::LoginLocked { retry_after: wait });
        assert_eq!(locked.retry_after(), Some(1800));
        assert_eq!(locked.message(), &Message::counted("M-AUTH-02", &30));
    }

    #[test]
    fn only_near_the_lock_the_answer_counts() {
        let refused = |failures_left| {
            Problem::from(Refusal::RetrievalRefused { failures_left })
                .addition()
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
        let problem = Problem::from(Refusal::Invalid(fields.to_vec()));
        assert_eq!(
            (problem.kind().status(), problem.kind().slug()),
            (422, "invalid-field")
        );
        let names: Vec<&str> = problem.fields().iter().map(|field| field.name).collect();
        assert_eq!(names, ["contract_number", "login_password", "otp", "csr"]);
        assert_eq!(
            problem.fields()[2].message,
            Message::counted("M-F-10", &"6/8")
        );
        for field in problem.fields() {
            assert!(
                Messages::standard().has(field.message.id),
                "{}",
                field.message.id
            );
        }
    }
}
