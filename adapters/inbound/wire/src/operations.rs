//! The calls of the JSON API, and what each of them can refuse: the description of the interface is made
//! from this table, and tests hold every answer against it.

use crate::ProblemType;
use ProblemType as T;

/// A call of the JSON API.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its name in the description.
    pub id: &'static str,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// Its path, with variable parts such as `{user_id}`.
    pub path: &'static str,
    /// Whether it needs a session.
    pub session: bool,
    /// What its use case refuses.
    pub(crate) refuses: &'static [ProblemType],
}

/// What every call can answer.
const ALWAYS: &[ProblemType] = &[
    T::MalformedRequest,
    T::CrossOrigin,
    T::NotFound,
    T::RequestTimeout,
    T::PayloadTooLarge,
    T::TooManyRequests,
    T::Unexpected,
    T::Unavailable,
    T::Overloaded,
];

/// Every call.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "self_log_in",
        method: "POST",
        path: "/api/v1/self/sessions",
        session: false,
        refuses: &[T::LoginRefused, T::InvalidField, T::LoginLocked, T::Busy],
    },
    Operation {
        id: "self_log_out",
        method: "DELETE",
        path: "/api/v1/self/sessions/current",
        session: true,
        refuses: &[],
    },
    Operation {
        id: "self_end_other_sessions",
        method: "DELETE",
        path: "/api/v1/self/sessions/others",
        session: true,
        refuses: &[],
    },
    Operation {
        id: "self_verify_otp",
        method: "POST",
        path: "/api/v1/self/otp",
        session: true,
        refuses: &[
            T::OtpRefused,
            T::NotEligible,
            T::InvalidField,
            T::OtpLocked,
            T::Busy,
            T::OtpUnavailable,
        ],
    },
    Operation {
        id: "self_reissue",
        method: "POST",
        path: "/api/v1/self/retrieval-password",
        session: true,
        refuses: &[
            T::NotEligible,
            T::OtpRequired,
            T::AlreadyReissued,
            T::ReissueQuota,
            T::OtpUnavailable,
        ],
    },
    Operation {
        id: "self_redeem",
        method: "POST",
        path: "/api/v1/self/certificate",
        session: true,
        refuses: &[
            T::BadCsr,
            T::RetrievalRefused,
            T::RetrievalHeld,
            T::InvalidField,
            T::RetrievalLocked,
            T::Busy,
            T::CertificateNotIssued,
        ],
    },
    Operation {
        id: "self_reissues",
        method: "GET",
        path: "/api/v1/self/reissues",
        session: true,
        refuses: &[],
    },
    Operation {
        id: "self_cancel_reissue",
        method: "POST",
        path: "/api/v1/self/reissues/{reissue_id}/cancel",
        session: true,
        refuses: &[T::ReissueNotFound, T::AlreadyRedeemed],
    },
    Operation {
        id: "admin_log_in",
        method: "POST",
        path: "/api/v1/admin/sessions",
        session: false,
        refuses: &[T::LoginRefused, T::InvalidField, T::LoginLocked, T::Busy],
    },
    Operation {
        id: "admin_log_out",
        method: "DELETE",
        path: "/api/v1/admin/sessions/current",
        session: true,
        refuses: &[],
    },
    Operation {
        id: "admin_end_other_sessions",
        method: "DELETE",
        path: "/api/v1/admin/sessions/others",
        session: true,
        refuses: &[],
    },
    Operation {
        id: "admin_users",
        method: "GET",
        path: "/api/v1/admin/users",
        session: true,
        refuses: &[T::BadCursor, T::NotPermitted, T::InvalidField],
    },
    Operation {
        id: "admin_reissue",
        method: "POST",
        path: "/api/v1/admin/users/{user_id}/retrieval-password",
        session: true,
        refuses: &[
            T::TransactionRefused,
            T::NotPermitted,
            T::UseSelfService,
            T::UserNotSelectable,
            T::UserDisabled,
            T::AlreadyReissued,
            T::InvalidField,
            T::TransactionLocked,
            T::ReissueQuota,
            T::Busy,
        ],
    },
    Operation {
        id: "admin_unlock",
        method: "POST",
        path: "/api/v1/admin/users/{user_id}/unlock",
        session: true,
        refuses: &[
            T::TransactionRefused,
            T::NotPermitted,
            T::UserNotSelectable,
            T::UserDisabled,
            T::InvalidField,
            T::TransactionLocked,
            T::Busy,
        ],
    },
    Operation {
        id: "admin_end_sessions",
        method: "DELETE",
        path: "/api/v1/admin/users/{user_id}/sessions",
        session: true,
        refuses: &[T::NotPermitted, T::UserNotSelectable],
    },
    Operation {
        id: "admin_reissues",
        method: "GET",
        path: "/api/v1/admin/reissues",
        session: true,
        refuses: &[T::NotPermitted, T::UserNotSelectable],
    },
    Operation {
        id: "admin_cancel_reissue",
        method: "POST",
        path: "/api/v1/admin/reissues/{reissue_id}/cancel",
        session: true,
        refuses: &[T::NotPermitted, T::ReissueNotFound, T::AlreadyRedeemed],
    },
    Operation {
        id: "admin_audit",
        method: "GET",
        path: "/api/v1/admin/audit",
        session: true,
        refuses: &[T::BadCursor, T::NotPermitted, T::InvalidField],
    },
    Operation {
        id: "office_log_in",
        method: "POST",
        path: "/api/v1/office/sessions",
        session: false,
        refuses: &[
            T::LoginRefused,
            T::InvalidField,
            T::LoginLocked,
            T::Busy,
            T::OtpUnavailable,
        ],
    },
    Operation {
        id: "office_log_out",
        method: "DELETE",
        path: "/api/v1/office/sessions/current",
        session: true,
        refuses: &[],
    },
    Operation {
        id: "office_register",
        method: "POST",
        path: "/api/v1/office/requests",
        session: true,
        refuses: &[T::NotPermitted, T::UserDisabled, T::InvalidField],
    },
    Operation {
        id: "office_requests",
        method: "GET",
        path: "/api/v1/office/requests",
        session: true,
        refuses: &[T::BadCursor, T::NotPermitted, T::InvalidField],
    },
    Operation {
        id: "office_request",
        method: "GET",
        path: "/api/v1/office/requests/{request_id}",
        session: true,
        refuses: &[T::NotPermitted, T::RequestNotFound],
    },
    Operation {
        id: "office_decide",
        method: "POST",
        path: "/api/v1/office/requests/{request_id}/decision",
        session: true,
        refuses: &[
            T::LoginRefused,
            T::NotPermitted,
            T::OwnRequest,
            T::EditedRequest,
            T::Printer,
            T::RequestNotFound,
            T::AlreadyDecided,
            T::VersionConflict,
            T::UserDisabled,
            T::Expired,
            T::InvalidField,
            T::LoginLocked,
            T::Busy,
        ],
    },
    Operation {
        id: "office_print_notice",
        method: "POST",
        path: "/api/v1/office/requests/{request_id}/notice",
        session: true,
        refuses: &[
            T::NotPermitted,
            T::Approver,
            T::RequestNotFound,
            T::NotApproved,
            T::NoNotice,
            T::AlreadyPrinted,
            T::UserDisabled,
            T::Expired,
            T::InvalidField,
            T::ReissueQuota,
        ],
    },
];

impl Operation {
    /// The call of this name.
    pub fn of_id(id: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.id == id)
    }

    /// The call that a request for `path`, without its query, is.
    pub fn of_request(method: &str, path: &str) -> Option<&'static Self> {
        OPERATIONS
            .iter()
            .find(|operation| operation.method == method && is_at(operation.path, path))
    }

    /// Every problem that it can answer, by status.
    pub fn problems(&self) -> Vec<ProblemType> {
        let session: &[ProblemType] = if self.session {
            &[T::SessionRequired]
        } else {
            &[]
        };
        let admin: &[ProblemType] = if self.path.starts_with("/api/v1/admin/") {
            &[T::ClientCertificateRequired]
        } else {
            &[]
        };
        let lists = [ALWAYS, admin, session, self.refuses];
        let mut problems: Vec<ProblemType> = lists.into_iter().flatten().copied().collect();
        problems.sort_by_key(|kind| kind.status());
        problems
    }
}

fn is_at(template: &str, path: &str) -> bool {
    let (mut parts, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(given)) if part == given || part.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_request_is_one_call() {
        let id = |method, path| Operation::of_request(method, path).map(|found| found.id);
        assert_eq!(id("POST", "/api/v1/self/otp"), Some("self_verify_otp"));
        assert_eq!(
            id("POST", "/api/v1/admin/users/u/unlock"),
            Some("admin_unlock")
        );
        assert_eq!(id("DELETE", "/api/v1/admin/users/u/unlock"), None);
        assert_eq!(id("GET", "/api/v1/office/requests/a/b"), None);
    }

    #[test]
    fn a_call_names_each_problem_once() {
        for operation in OPERATIONS {
            let problems = operation.problems();
            let once: BTreeSet<_> = problems.iter().collect();
            assert_eq!(once.len(), problems.len(), "{}", operation.id);
        }
    }
}
