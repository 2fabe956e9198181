//! Pages that say why something is not done.

use std::borrow::Cow;

use askama::Template;
use axum::response::Response;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode, Uri};
use warifu_core::domain::paper_request::ReceptionNumber;
use warifu_core::{Refusal, RequestContext};
use warifu_wire::{FieldError, Message, ProblemType, said};

use super::frame::{Frame, Problem};
use super::page_request::PageRequest;
use super::problem_page::{Next, next, page_status, title};
use super::recovery::RecoveryView;
use crate::answer::Answer;
use crate::problem::words;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "public/message.html")]
pub(super) struct MessagePage {
    pub(super) frame: Frame,
    pub(super) kind: &'static str,
    pub(super) texts: Vec<String>,
    pub(super) recovery: Option<RecoveryView>,
    pub(super) reference: Option<String>,
    pub(super) links: Vec<Link>,
}

/// A way on.
pub(super) struct Link {
    pub(super) href: Cow<'static, str>,
    pub(super) label: &'static str,
}

/// What a page answers where the API gives `refusal`: never 401, which asks a browser for
/// credentials of its own, and 403 for locks.
pub(super) fn answer(refusal: Refusal) -> Answer {
    for_page(Answer::from(refusal))
}

fn for_page(mut answer: Answer) -> Answer {
    answer.status = page_status(answer.problem.kind(), answer.status);
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
    let page_request = PageRequest::new(state, context, uri, headers);
    let mut frame = page_request.frame("error-title-refused");
    frame.address = None;
    page(&page_request, frame, answer)
}

/// The page that says `answer`, in `frame`.
pub(super) fn page(page_request: &PageRequest, frame: Frame, answer: &Answer) -> Response {
    page_with_recovery(page_request, frame, answer, None)
}

/// As [`page`], with what is open to who is refused.
pub(super) fn page_with_recovery(
    page_request: &PageRequest,
    mut frame: Frame,
    answer: &Answer,
    recovery: Option<RecoveryView>,
) -> Response {
    let problem = &answer.problem;
    frame.title = frame.t(title(problem.kind()));
    let messages = [Some(problem.message()), problem.addition()];
    let texts = messages.into_iter().flatten();
    let texts = texts.map(|message| say(page_request, message)).collect();
    let kind = if answer.status.is_server_error() || answer.status == StatusCode::FORBIDDEN {
        "error"
    } else {
        "warning"
    };
    let reference = answer
        .status
        .is_server_error()
        .then(|| page_request.context.request_id.to_string());
    let next = next(problem.kind());
    let mut links = links(page_request.path(), next);
    if recovery.is_none()
        && matches!(
            next,
            Next::Retrieval { forms: true } | Next::Top { forms: true }
        )
    {
        links.push(FORMS);
    }
    let page = MessagePage {
        frame,
        kind,
        texts,
        recovery,
        reference,
        links,
    };
    let mut response = page_request.page(answer.status, &page);
    if let Some(seconds) = problem.retry_after() {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// `message` in the words of the page's reader.
pub(super) fn say(page_request: &PageRequest, message: &Message) -> String {
    words(
        &page_request.state,
        page_request.locale,
        page_request.context.request_id,
        message,
    )
}

const fn link(href: &'static str, label: &'static str) -> Link {
    Link {
        href: Cow::Borrowed(href),
        label,
    }
}

const FORMS: Link = link("/forms", "error-to-forms");

fn links(path: &str, next: Next) -> Vec<Link> {
    const HOME: Link = link("/", "frame-home");
    const RETRIEVAL: Link = link("/cert", "frame-menu-retrieve");
    const LOGIN_HELP: Link = link("/help/login", "login-trouble");
    const TOP: Link = link("/admin", "issued-to-top");
    if path == "/office" || path.starts_with("/office/") {
        return office_links(path, next);
    }
    match next {
        Next::Retrieval { .. } => vec![RETRIEVAL, HOME],
        Next::LoginHelp => vec![LOGIN_HELP, FORMS, HOME],
        Next::SelfService => vec![link("/cert/login", "home-retrieve"), LOGIN_HELP, HOME],
        Next::Top { .. } => vec![TOP],
        Next::TopOrHome => vec![TOP, HOME],
        Next::Otp => vec![link("/cert/reissue", "otp-title"), RETRIEVAL],
        Next::NoRequest | Next::Nearby => {
            if path.starts_with("/admin/users/") {
                vec![link("/admin/users/cert-password", "error-to-users"), TOP]
            } else if path.starts_with("/admin") {
                vec![TOP, HOME]
            } else if path.starts_with("/cert/reissue") {
                vec![RETRIEVAL, link("/cert/reissue", "error-try-again")]
            } else if path.starts_with("/cert") {
                vec![RETRIEVAL, HOME]
            } else {
                vec![HOME, link("/help/reissue", "error-to-help")]
            }
        }
    }
}

fn office_links(path: &str, next: Next) -> Vec<Link> {
    if next == Next::LoginHelp {
        return vec![link("/", "frame-home")];
    }
    let rest = path.strip_prefix("/office/requests/").unwrap_or_default();
    let number = rest.split('/').next().unwrap_or_default();
    let number: Option<ReceptionNumber> = number.parse().ok();
    let request = number.filter(|_| next != Next::NoRequest);
    let request = request.map(|number| Link {
        href: format!("/office/requests/{number}").into(),
        label: "office-notice-back",
    });
    let list = link("/office/requests", "office-to-list");
    request.into_iter().chain([list]).collect()
}

/// What is wrong, field by field; what concerns no single field leads to `first`.
pub(super) fn problems(
    page_request: &PageRequest,
    answer: &Answer,
    first: &'static str,
) -> Vec<Problem> {
    let problem = &answer.problem;
    if !problem.fields().is_empty() {
        return field_problems(page_request, problem.fields());
    }
    let of_request = problem.kind() == ProblemType::BadCsr;
    vec![Problem {
        field: if of_request { "csr" } else { first },
        text: said(problem, page_request.locale, |message| {
            say(page_request, message)
        }),
        marks_field: of_request,
    }]
}

/// What is wrong with entries.
pub(super) fn field_problems(page_request: &PageRequest, fields: &[FieldError]) -> Vec<Problem> {
    let of_field = |field: &FieldError| Problem {
        field: page_field(field.name),
        text: say(page_request, &field.message),
        marks_field: true,
    };
    fields.iter().map(of_field).collect()
}

/// The field of a page that stands for a member of the API.
fn page_field(member: &'static str) -> &'static str {
    match member {
        "contract_number" => "contract",
        "user_id" => "user",
        "staff_id" => "staff",
        "login_password" => "password",
        "transaction_password" => "txn",
        "not_instructed_by_others" => "confirm",
        "retrieval_password" => "code",
        "checks/seal" => "seal",
        "checks/identity" => "identity",
        "checks/registered_address" => "registered_address",
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
