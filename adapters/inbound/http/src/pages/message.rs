//! Pages that say why something is not done.

use askama::Template;
use axum::response::Response;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode, Uri};
use warifu_core::Refusal;
use warifu_core::use_cases::RequestContext;
use warifu_messages::Locale;

use super::frame::{Frame, Problem};
use super::visit::Visit;
use crate::answer::{Answer, Message};
use crate::problem::words;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "public/message.html")]
pub(super) struct MessagePage {
    pub(super) frame: Frame,
    pub(super) kind: &'static str,
    pub(super) texts: Vec<String>,
    pub(super) reference: Option<String>,
    pub(super) links: Vec<Link>,
}

/// A way on.
pub(super) struct Link {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
}

/// What a page answers where the API gives `refusal`: never 401, which asks a browser for
/// credentials of its own, and 403 for locks.
pub(super) fn answer(refusal: Refusal) -> Answer {
    for_page(Answer::from(refusal))
}

fn for_page(mut answer: Answer) -> Answer {
    answer.status = match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST
            if answer.slug != "malformed-request" =>
        {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        StatusCode::LOCKED => StatusCode::FORBIDDEN,
        StatusCode::TOO_MANY_REQUESTS if answer.slug == "login-locked" => StatusCode::FORBIDDEN,
        other => other,
    };
    answer
}

/// The page for an answer that no page of ours gave words to.
pub(crate) fn error_page(
    state: &AppState,
    context: RequestContext,
    uri: &Uri,
    headers: &HeaderMap,
    answer: &Answer,
) -> Response {
    let visit = Visit::new(state, context, uri, headers);
    let mut frame = visit.frame("error-title-refused");
    frame.address = None;
    page(&visit, frame, answer)
}

/// The page that says `answer`, in `frame`.
pub(super) fn page(visit: &Visit, mut frame: Frame, answer: &Answer) -> Response {
    frame.title = frame.t(title(answer));
    let mut texts = vec![say(visit, &answer.message)];
    texts.extend(
        answer
            .addition
            .as_deref()
            .map(|addition| say(visit, addition)),
    );
    let kind = if answer.status.is_server_error() || answer.status == StatusCode::FORBIDDEN {
        "error"
    } else {
        "warning"
    };
    let reference = answer
        .status
        .is_server_error()
        .then(|| visit.context.request_id.to_string());
    let links = links(visit.path(), answer.slug);
    let page = MessagePage {
        frame,
        kind,
        texts,
        reference,
        links,
    };
    let mut response = visit.page(answer.status, &page);
    if let Some(seconds) = answer.retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn say(visit: &Visit, message: &Message) -> String {
    words(
        &visit.state,
        visit.locale,
        visit.context.request_id,
        message,
    )
}

fn title(answer: &Answer) -> &'static str {
    match answer.slug {
        "not-found" => "error-title-not-found",
        "not-permitted" | "not-eligible" | "use-self-service" | "client-certificate-required" => {
            "error-title-not-permitted"
        }
        "login-locked" | "transaction-locked" | "otp-locked" | "retrieval-locked" => {
            "error-title-locked"
        }
        "already-reissued" => "error-title-done",
        _ => match answer.status {
            StatusCode::INTERNAL_SERVER_ERROR => "error-title-unexpected",
            StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY => "error-title-unavailable",
            _ => "error-title-refused",
        },
    }
}

fn links(path: &str, slug: &str) -> Vec<Link> {
    const HOME: Link = Link {
        href: "/",
        label: "frame-home",
    };
    const FORMS: Link = Link {
        href: "/forms",
        label: "error-to-forms",
    };
    const RETRIEVAL: Link = Link {
        href: "/cert",
        label: "frame-menu-retrieve",
    };
    const LOGIN_HELP: Link = Link {
        href: "/help/login",
        label: "login-trouble",
    };
    match slug {
        "not-eligible" | "otp-locked" | "retrieval-locked" => vec![RETRIEVAL, FORMS, HOME],
        "login-locked" => vec![LOGIN_HELP, FORMS, HOME],
        "client-certificate-required" | "use-self-service" => {
            vec![
                Link {
                    href: "/cert/login",
                    label: "home-retrieve",
                },
                LOGIN_HELP,
                HOME,
            ]
        }
        "transaction-locked" => vec![
            Link {
                href: "/admin",
                label: "issued-to-top",
            },
            FORMS,
        ],
        "not-permitted" => vec![
            Link {
                href: "/admin",
                label: "issued-to-top",
            },
            HOME,
        ],
        "otp-required" => {
            vec![
                Link {
                    href: "/cert/reissue",
                    label: "otp-title",
                },
                RETRIEVAL,
            ]
        }
        _ if path.starts_with("/admin/users/") => vec![
            Link {
                href: "/admin/users/cert-password",
                label: "error-to-users",
            },
            Link {
                href: "/admin",
                label: "issued-to-top",
            },
        ],
        _ if path.starts_with("/admin") => {
            vec![
                Link {
                    href: "/admin",
                    label: "issued-to-top",
                },
                HOME,
            ]
        }
        _ if path.starts_with("/cert/reissue") => vec![
            RETRIEVAL,
            Link {
                href: "/cert/reissue",
                label: "error-try-again",
            },
        ],
        _ if path.starts_with("/cert") => vec![RETRIEVAL, HOME],
        _ => vec![
            HOME,
            Link {
                href: "/help/reissue",
                label: "error-to-help",
            },
        ],
    }
}

/// Whether a refusal is answered by showing the form again.
pub(super) fn shows_form_again(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Invalid(_)
            | Refusal::LoginRefused
            | Refusal::TransactionRefused { .. }
            | Refusal::OtpRefused
            | Refusal::RetrievalRefused { .. }
            | Refusal::RetrievalHeld { .. }
            | Refusal::BadCsr(_)
            | Refusal::OtpUnavailable(_)
            | Refusal::CertificateNotIssued(_)
            | Refusal::ReissueQuota { .. }
            | Refusal::Busy
            | Refusal::Overloaded
    )
}

/// What is wrong, field by field; what concerns no single field leads to `first`.
pub(super) fn problems(visit: &Visit, answer: &Answer, first: &'static str) -> Vec<Problem> {
    if !answer.fields.is_empty() {
        let of_field = |field: &crate::answer::FieldError| Problem {
            field: page_field(field.name),
            text: say(visit, &field.message),
            marks_field: true,
        };
        return answer.fields.iter().map(of_field).collect();
    }
    let mut text = say(visit, &answer.message);
    if let Some(addition) = &answer.addition {
        if visit.locale == Locale::En {
            text.push(' ');
        }
        text.push_str(&say(visit, addition));
    }
    let of_request = answer.slug == "bad-csr";
    let field = if of_request { "csr" } else { first };
    vec![Problem {
        field,
        text,
        marks_field: of_request,
    }]
}

/// The field of a page that stands for a member of the API.
fn page_field(member: &'static str) -> &'static str {
    match member {
        "contract_number" => "contract",
        "user_id" => "user",
        "login_password" => "password",
        "transaction_password" => "txn",
        "not_instructed_by_others" => "confirm",
        "retrieval_password" => "code",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_never_answers_401_or_423() {
        for refusal in [
            Refusal::LoginRefused,
            Refusal::TransactionRefused { failures_left: 1 },
            Refusal::OtpRefused,
            Refusal::RetrievalRefused { failures_left: 1 },
        ] {
            assert_eq!(answer(refusal).status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        for refusal in [
            Refusal::TransactionLocked { until: None },
            Refusal::OtpLocked { until: None },
            Refusal::RetrievalLocked,
            Refusal::LoginLocked {
                retry_after: std::time::Duration::from_secs(60),
            },
        ] {
            assert_eq!(answer(refusal).status, StatusCode::FORBIDDEN);
        }
        assert_eq!(
            for_page(Answer::malformed_request()).status,
            StatusCode::BAD_REQUEST
        );
        assert_eq!(answer(Refusal::Busy).status, StatusCode::TOO_MANY_REQUESTS);
    }
}
