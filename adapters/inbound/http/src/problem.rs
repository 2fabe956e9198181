//! Problems in the words of this server: those of its site, in the reader's language.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use warifu_core::domain::RequestId;
use warifu_messages::{Locale, Moments};
use warifu_wire::{Message, Problem, ProblemDocument};

use crate::state::AppState;

/// The problem document for programs.
pub(crate) fn document(
    state: &AppState,
    locale: Locale,
    reference: RequestId,
    problem: &Problem,
) -> Response {
    let say = |message: &Message| words(state, locale, reference, message);
    let document = ProblemDocument::new(problem, locale, reference, say);
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let kind = HeaderValue::from_static("application/problem+json");
    ([(CONTENT_TYPE, kind)], body).into_response()
}

/// The text of a message with all its arguments.
pub(crate) fn words(
    state: &AppState,
    locale: Locale,
    reference: RequestId,
    message: &Message,
) -> String {
    let lengths = || code_lengths(state);
    let moments = Moments::new(locale, state.site.utc_offset_minutes);
    warifu_wire::say(
        state.messages,
        lengths,
        (locale, moments),
        reference,
        message,
    )
}

/// How many digits one-time passwords have, such as `6` or `6/8`.
pub(crate) fn code_lengths(state: &AppState) -> String {
    warifu_wire::code_lengths(&state.use_cases.service.otp_code_lengths())
}
