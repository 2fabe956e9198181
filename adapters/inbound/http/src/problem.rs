//! Problem documents (RFC 9457).

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;
use warifu_core::domain::{CodeLengths, RequestId};
use warifu_messages::{Locale, Messages, Moments};

use crate::answer::{Answer, Argument, Message};
use crate::state::AppState;

/// Why a request was not carried out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `urn:warifu:problem:` and what programs tell problems apart by.
    #[serde(rename = "type")]
    #[schema(
        example = "urn:warifu:problem:login-refused",
        pattern = "^urn:warifu:problem:[a-z0-9-]+$"
    )]
    kind: String,
    /// The kind of problem, in English.
    #[schema(example = "Login refused")]
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What people are told, in the language of `Accept-Language` (Japanese by default).
    detail: String,
    /// The number of that message, the same on pages and at the terminal.
    #[schema(example = "M-AUTH-01")]
    code: &'static str,
    /// The reference of this request (参照番号), random, as in log and audit.
    #[serde(rename = "ref")]
    #[schema(pattern = "^[0-9a-f]{32}$")]
    reference: String,
    /// With `invalid-field`: the entries that cannot be right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ProblemField>,
}

/// An entry that cannot be right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemField {
    /// JSON pointer to the member; for parameters of the query, `/` and their name.
    #[schema(example = "/contract_number")]
    pointer: String,
    /// The number of the message.
    #[schema(example = "M-F-01")]
    code: &'static str,
    /// What people are told.
    detail: String,
}

impl Problem {
    pub(crate) fn of(
        state: &AppState,
        locale: Locale,
        reference: RequestId,
        answer: &Answer,
    ) -> Self {
        let say = |message: &Message| words(state, locale, reference, message);
        let mut detail = say(&answer.message);
        if let Some(addition) = &answer.addition {
            if locale == Locale::En {
                detail.push(' ');
            }
            detail.push_str(&say(addition));
        }
        Self {
            kind: format!("urn:warifu:problem:{}", answer.slug),
            title: title(answer.slug),
            status: answer.status.as_u16(),
            detail,
            code: answer.message.id,
            reference: reference.to_string(),
            errors: answer
                .fields
                .iter()
                .map(|field| ProblemField {
                    pointer: format!("/{}", field.name),
                    code: field.message.id,
                    detail: say(&field.message),
                })
                .collect(),
        }
    }
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
    say(
        state.messages,
        lengths,
        (locale, moments),
        reference,
        message,
    )
}

/// The text of a message; `code_lengths` is asked for only where it speaks of them.
pub(crate) fn say(
    messages: &Messages,
    code_lengths: impl FnOnce() -> String,
    (locale, moments): (Locale, Moments),
    reference: RequestId,
    message: &Message,
) -> String {
    let mut arguments: Vec<(&str, Cow<'_, str>)> = message
        .arguments
        .iter()
        .map(|(name, argument)| {
            let text = match argument {
                Argument::Text(text) => Cow::Borrowed(text.as_str()),
                Argument::Label(id) => Cow::Owned(messages.text(locale, id, &[])),
                Argument::Moment(moment) => Cow::Owned(moments.date_time(*moment)),
            };
            (*name, text)
        })
        .collect();
    arguments.push(("ref", Cow::Owned(reference.to_string())));
    if message.id == "M-OTP-01" {
        arguments.push(("n", Cow::Owned(code_lengths())));
    }
    messages.text(locale, message.id, &arguments)
}

/// How many digits one-time passwords have, such as `6` or `6/8`.
pub(crate) fn code_lengths(state: &AppState) -> String {
    listed(&state.use_cases.service.otp_code_lengths())
}

/// Lengths as people read them.
pub(crate) fn listed(lengths: &CodeLengths) -> String {
    let lengths: Vec<String> = lengths.iter().map(|length| length.to_string()).collect();
    lengths.join("/")
}

/// `login-refused` → `Login refused`.
fn title(slug: &str) -> String {
    let spaced = slug.replace('-', " ");
    let mut characters = spaced.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + characters.as_str()
    })
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        ([(CONTENT_TYPE, kind)], body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_reads_like_its_slug() {
        assert_eq!(title("login-refused"), "Login refused");
        assert_eq!(title("busy"), "Busy");
    }
}
