//! Problem documents (RFC 9457).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warifu_core::domain::{CodeLengths, RequestId};
use warifu_messages::{Locale, Messages, Moments};

use crate::{Message, Problem, ProblemType};

/// Why a request was not carried out.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// `urn:warifu:problem:` and what programs tell problems apart by.
    #[serde(rename = "type")]
    #[schema(
        example = "urn:warifu:problem:login-refused",
        pattern = "^urn:warifu:problem:[a-z0-9-]+$"
    )]
    pub kind: String,
    /// The kind of problem, in English.
    #[schema(example = "Login refused")]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What people are told, in the language of `Accept-Language` (Japanese by default).
    pub detail: String,
    /// The number of that message, the same on pages and at the terminal.
    #[schema(example = "M-AUTH-01")]
    pub code: String,
    /// The reference of this request (参照番号), random, as in log and audit.
    #[serde(rename = "ref")]
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub reference: String,
    /// With `invalid-field`: the entries that cannot be right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<ProblemField>,
}

/// An entry that cannot be right.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct ProblemField {
    /// JSON pointer to the member; for parameters of the query, `/` and their name.
    #[schema(example = "/contract_number")]
    pub pointer: String,
    /// The number of the message.
    #[schema(example = "M-F-01")]
    pub code: String,
    /// What people are told.
    pub detail: String,
}

impl ProblemDocument {
    /// `problem` of the request `reference`, with the words that `say` finds for messages.
    pub fn new(
        problem: &Problem,
        locale: Locale,
        reference: RequestId,
        say: impl Fn(&Message) -> String,
    ) -> Self {
        let kind = problem.kind();
        let entries = problem.fields().iter();
        Self {
            kind: kind.urn(),
            title: kind.title(),
            status: kind.status(),
            detail: said(problem, locale, &say),
            code: problem.message().id.to_owned(),
            reference: reference.to_string(),
            errors: entries
                .map(|field| ProblemField {
                    pointer: format!("/{}", field.name),
                    code: field.message.id.to_owned(),
                    detail: say(&field.message),
                })
                .collect(),
        }
    }

    /// Whether it is a document of this service, be it of a later version.
    pub fn is_ours(&self) -> bool {
        ProblemType::is_ours(&self.kind)
    }
}

/// The message of `problem`, and what is added to it, as one text.
pub fn said(problem: &Problem, locale: Locale, say: impl Fn(&Message) -> String) -> String {
    let mut text = say(problem.message());
    if let Some(addition) = problem.addition() {
        // Japanese sentences follow each other without a space.
        if locale == Locale::En {
            text.push(' ');
        }
        text.push_str(&say(addition));
    }
    text
}

/// The text of a message; `code_lengths` is asked for only where it speaks of them.
pub fn say(
    messages: &Messages,
    code_lengths: impl FnOnce() -> String,
    (locale, moments): (Locale, Moments),
    reference: RequestId,
    message: &Message,
) -> String {
    let mut arguments = message.arguments(messages, locale, moments);
    arguments.push(("ref", Cow::Owned(reference.to_string())));
    if message.id == "M-OTP-01" {
        arguments.push(("n", Cow::Owned(code_lengths())));
    }
    messages.text(locale, message.id, &arguments)
}

/// How many digits one-time passwords have, such as `6` or `6/8`, as people read it.
pub fn code_lengths(lengths: &CodeLengths) -> String {
    let lengths: Vec<String> = lengths.iter().map(|length| length.to_string()).collect();
    lengths.join("/")
}
