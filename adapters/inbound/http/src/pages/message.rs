//! Pages that say why something is not done.

use std::borrow::Cow;

use askama::Template;
use axum::response::Response;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode, Uri};
use warifu_core::domain::paper_request::ReceptionNumber;
use warifu_core::{Refusal, RequestContext};
use warifu_messages::Locale;

use super::frame::{Frame, Problem};
use super::visit::Visit;
use super::ways::OpenWays;
use crate::answer::{Answer, Message};
use crate::problem::words;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "public/message.html")]
pub(super) struct MessagePage {
    pub(super) frame: Frame,
    pub(super) kind: &'static str,
    pub(super) texts: Vec<String>,
    pub(super) ways: Option<OpenWays>,
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
pub(super) fn page(visit: &Visit, frame: Frame, answer: &Answer) -> Response {
    page_with_ways(visit, frame, answer, None)
}

/// As [`page`], with the ways that are open to who is refused.
pub(super) fn page_with_ways(
    visit: &Visit,
    mut frame: Frame,
    answer: &Answer,
    ways: Option<OpenWays>,
) -> Response {
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
    let mut links = links(visit.path(), answer.slug);
    if ways.is_none() && closes_a_way(answer.slug) {
        links.push(FORMS);
    }
    let page = MessagePage {
        frame,
        kind,
        texts,
        ways,
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
        "not-permitted"
        | "not-eligible"
        | "use-self-service"
        | "client-certificate-required"
        | "own-request"
        | "edited-request"
        | "approver" => "error-title-not-permitted",
        "login-locked" | "transaction-locked" | "otp-locked" | "retrieval-locked" => {
            "error-title-locked"
        }
        "already-reissued" | "already-decided" | "already-printed" => "error-title-done",
        _ => match answer.status {
            StatusCode::INTERNAL_SERVER_ERROR => "error-title-unexpected",
            StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY => "error-title-unavailable",
            _ => "error-title-refused",
        },
    }
}

const fn link(href: &'static str, label: &'static str) -> Link {
    Link {
        href: Cow::Borrowed(href),
        label,
    }
}

const FORMS: Link = link("/forms", "error-to-forms");

/// Whether who is refused may be left with the paper procedure.
fn closes_a_way(slug: &str) -> bool {
    matches!(
        slug,
        "not-eligible" | "otp-locked" | "retrieval-locked" | "transaction-locked"
    )
}

fn links(path: &str, slug: &str) -> Vec<Link> {
    const HOME: Link = link("/", "frame-home");
    const RETRIEVAL: Link = link("/cert", "frame-menu-retrieve");
    const LOGIN_HELP: Link = link("/help/login", "login-trouble");
    const TOP: Link = link("/admin", "issued-to-top");
    if path == "/office" || path.starts_with("/office/") {
        return office_links(path, slug);
    }
    match slug {
        "not-eligible" | "otp-locked" | "retrieval-locked" => vec![RETRIEVAL, HOME],
        "login-locked" => vec![LOGIN_HELP, FORMS, HOME],
        "client-certificate-required" | "use-self-service" => {
            vec![link("/cert/login", "home-retrieve"), LOGIN_HELP, HOME]
        }
        "transaction-locked" => vec![TOP],
        "not-permitted" => vec![TOP, HOME],
        "otp-required" => vec![link("/cert/reissue", "otp-title"), RETRIEVAL],
        _ if path.starts_with("/admin/users/") => {
            vec![link("/admin/users/cert-password", "error-to-users"), TOP]
        }
        _ if path.starts_with("/admin") => vec![TOP, HOME],
        _ if path.starts_with("/cert/reissue") => {
            vec![RETRIEVAL, link("/cert/reissue", "error-try-again")]
        }
        _ if path.starts_with("/cert") => vec![RETRIEVAL, HOME],
        _ => vec![HOME, link("/help/reissue", "error-to-help")],
    }
}

fn office_links(path: &str, slug: &str) -> Vec<Link> {
    if slug == "login-locked" {
        return vec![link("/", "frame-home")];
    }
    let rest = path.strip_prefix("/office/requests/").unwrap_or_default();
    let number = rest.split('/').next().unwrap_or_default();
    let number: Option<ReceptionNumber> = number.parse().ok();
    let request = number.filter(|_| slug != "request-not-found");
    let request = request.map(|number| Link {
        href: format!("/office/requests/{number}").into(),
        label: "office-notice-back",
    });
    let list = link("/office/requests", "office-to-list");
    request.into_iter().chain([list]).collect()
}

/// Whether a refusal is answered by showing the form again.
pub(super) fn shows_form_again(refusal: &Refusal) -> bool {
    matches!(
        refusal,
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
