//! Pages that say why something is not done.

use askama::Template;
use axum::response::Response;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode, Uri};
use warifu_core::domain::Surface;
use warifu_core::domain::paper_request::ReceptionNumber;
use warifu_core::{Refusal, RequestContext};
use warifu_wire::{FieldError, Message, ProblemType, said};

use super::form::Fields;
use super::frame::{Frame, Problem};
use super::page_request::PageRequest;
use super::place::{Place, PlaceLink};
use super::problem_page::{Next, fact, next, page_status, title};
use super::recovery::RecoveryView;
use crate::answer::Answer;
use crate::paths;
use crate::problem::words;
use crate::public_addresses::PublicAddresses;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "public/message.html")]
pub(super) struct MessagePage {
    pub(super) frame: Frame,
    pub(super) kind: &'static str,
    pub(super) texts: Vec<String>,
    pub(super) recovery: Option<RecoveryView>,
    pub(super) reference: Option<String>,
    pub(super) links: Vec<PlaceLink>,
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
    // Where the ways that are open are named below, what a message says of others would mislead.
    let fact = recovery.as_ref().and_then(|_| fact(problem.kind()));
    let texts = fact.map(|fact| vec![frame.t(fact)]);
    let texts = texts.unwrap_or_else(|| {
        let messages = [Some(problem.message()), problem.addition()];
        let messages = messages.into_iter().flatten();
        messages.map(|message| say(page_request, message)).collect()
    });
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
    let mut places = places(&page_request.state.addresses, page_request.path(), next);
    if recovery.is_none() && matches!(next, Next::Retrieval | Next::Top) {
        places.push(Place::REISSUE_HELP);
    }
    let links = places.iter().map(|place| frame.place(place)).collect();
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

/// Where somebody goes on who was refused at `path`.
fn places(addresses: &PublicAddresses, path: &str, next: Next) -> Vec<Place> {
    match paths::surface(path) {
        Some(surface) if !addresses.serves(surface) => return nearby_elsewhere(surface),
        Some(Surface::Office) => return office_places(path, next),
        _ => {}
    }
    match next {
        Next::Retrieval => vec![Place::RETRIEVAL, Place::HOME],
        Next::LoginHelp => vec![Place::LOGIN_HELP, Place::HOME],
        Next::SelfService => vec![Place::RETRIEVAL_LOGIN, Place::LOGIN_HELP, Place::HOME],
        Next::Top => vec![Place::TOP],
        Next::TopOrHome => vec![Place::TOP, Place::HOME],
        Next::Otp => vec![Place::OTP, Place::RETRIEVAL],
        Next::NoRequest | Next::Nearby => {
            if path.starts_with("/admin/users/") {
                vec![Place::SELECTION, Place::TOP]
            } else if path.starts_with("/admin") {
                vec![Place::TOP, Place::HOME]
            } else if path.starts_with("/cert/reissue") {
                vec![Place::RETRIEVAL, Place::OTP_AGAIN]
            } else if path.starts_with("/cert") {
                vec![Place::RETRIEVAL, Place::HOME]
            } else {
                vec![Place::HOME, Place::REISSUE_HELP]
            }
        }
    }
}

/// Where somebody goes on who asked this listener for a page of `surface`, which it does not serve. Where
/// the bank's staff work is told nobody who is not there.
fn nearby_elsewhere(surface: Surface) -> Vec<Place> {
    match surface {
        Surface::SelfService => vec![Place::RETRIEVAL_LOGIN, Place::HOME],
        Surface::Admin => vec![Place::ADMIN_LOGIN, Place::HOME],
        Surface::Office => vec![Place::HOME, Place::REISSUE_HELP],
    }
}

fn office_places(path: &str, next: Next) -> Vec<Place> {
    if next == Next::LoginHelp {
        return vec![Place::HOME];
    }
    let rest = path.strip_prefix("/office/requests/").unwrap_or_default();
    let number = rest.split('/').next().unwrap_or_default();
    let number: Option<ReceptionNumber> = number.parse().ok();
    let request = number.filter(|_| next != Next::NoRequest);
    let request = request.map(Place::request);
    request.into_iter().chain([Place::REQUESTS]).collect()
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

/// What was entered into `field`, where it is of a shape that nobody's secret has: it is shown again, to be
/// corrected. What may be a secret is not.
pub(super) fn kept<'a>(answer: &Answer, form: &'a Fields, field: &str) -> &'a str {
    let problems = answer.problem.fields();
    let impossible = problems
        .iter()
        .any(|problem| page_field(problem.name) == field);
    if impossible { form.text(field) } else { "" }
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
