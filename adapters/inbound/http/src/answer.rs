//! What is said when something is not done: status, problem, message, when to come back.
//!
//! Handlers and layers return an [`Answer`]; the layer `errors` puts it into words, as a problem
//! document or as a page. The table that turns a [`Refusal`] into one is in [`crate::refusal`].

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use warifu_core::domain::Timestamp;

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// HTTP status of the API. A page that shows a form again answers 422 instead.
    pub(crate) status: StatusCode,
    /// The last part of the problem type, `urn:warifu:problem:…`.
    pub(crate) slug: &'static str,
    /// The message.
    pub(crate) message: Message,
    /// A sentence that follows it.
    pub(crate) addition: Option<Box<Message>>,
    /// Whole seconds until it is worth trying again.
    pub(crate) retry_after: Option<u64>,
    /// The entries that cannot be right.
    pub(crate) fields: Vec<FieldError>,
}

/// A message of the catalogue with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its id, such as `M-AUTH-01`.
    pub(crate) id: &'static str,
    /// Its arguments by name. The arguments `field` (a label) and `ref` (the request's reference)
    /// are filled in where it is put into words.
    pub(crate) arguments: Vec<(&'static str, Argument)>,
}

/// An argument of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    /// The same in every language.
    Text(String),
    /// Another message, such as the label of a field.
    Label(&'static str),
    /// A moment, as people of the language write it.
    Moment(Timestamp),
}

/// An entry that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// Member of the body, parameter of the query or field of the form.
    pub(crate) name: &'static str,
    /// What is wrong with it.
    pub(crate) message: Message,
}

impl Message {
    /// A message without arguments.
    pub(crate) const fn plain(id: &'static str) -> Self {
        Self {
            id,
            arguments: Vec::new(),
        }
    }

    /// A message with the argument `n`.
    pub(crate) fn counted(id: &'static str, n: &impl ToString) -> Self {
        Self::plain(id).with("n", n)
    }

    /// With one more argument.
    pub(crate) fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.arguments
            .push((name, Argument::Text(value.to_string())));
        self
    }

    /// With one more argument that is a moment.
    pub(crate) fn with_moment(mut self, name: &'static str, moment: Timestamp) -> Self {
        self.arguments.push((name, Argument::Moment(moment)));
        self
    }

    /// With one more argument that is itself a message.
    pub(crate) fn with_label(mut self, name: &'static str, id: &'static str) -> Self {
        self.arguments.push((name, Argument::Label(id)));
        self
    }
}

impl Answer {
    /// An answer with a message without arguments.
    pub(crate) const fn new(status: StatusCode, slug: &'static str, message: &'static str) -> Self {
        Self {
            status,
            slug,
            message: Message::plain(message),
            addition: None,
            retry_after: None,
            fields: Vec::new(),
        }
    }

    /// With another message.
    pub(crate) fn saying(mut self, message: Message) -> Self {
        self.message = message;
        self
    }

    /// With one more sentence.
    pub(crate) fn adding(mut self, message: Option<Message>) -> Self {
        self.addition = message.map(Box::new);
        self
    }

    /// With the advice when to come back.
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(whole_seconds(wait));
        self
    }

    /// There is nothing at this path.
    pub(crate) const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "M-SYS-404")
    }

    /// There is something, but not for this method.
    pub(crate) const fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "M-SYS-405",
        )
    }

    /// The body is too large.
    pub(crate) const fn payload_too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload-too-large",
            "M-SYS-413",
        )
    }

    /// The body did not arrive in time.
    pub(crate) const fn request_timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request-timeout", "M-SYS-408")
    }

    /// The body or a parameter is not what the interface describes.
    pub(crate) const fn malformed_request() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", "M-SYS-400")
    }

    /// The request comes from another site's page.
    pub(crate) const fn cross_origin() -> Self {
        Self::new(StatusCode::FORBIDDEN, "cross-origin", "M-SYS-403")
    }

    /// No client certificate, or another one's.
    pub(crate) const fn client_certificate_required() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "client-certificate-required",
            "M-AUTH-05",
        )
    }

    /// This address calls too often.
    pub(crate) fn too_many_requests(wait: Duration) -> Self {
        let seconds = whole_seconds(wait);
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "M-SYS-429",
        )
        .saying(Message::counted("M-SYS-429", &seconds))
        .retry_after(wait)
    }

    /// A fault of ours.
    pub(crate) const fn unexpected() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unexpected", "M-SYS-500")
    }
}

/// Rounded up, and at least one: a `Retry-After` of zero would invite a loop.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    let partial = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(partial).max(1)
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_rounded_up_to_at_least_a_second() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(60)), 60);
    }
}
