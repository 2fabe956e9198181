//! Why something is not done, before it is put into words: type, message, when to come back.
//!
//! A problem comes from a [`Refusal`](warifu_core::Refusal), by the table in [`crate::refusal`], or is one
//! of the faults of a request that are listed here. There is no other way to make one, so that nothing
//! is answered which the interface does not describe.

use std::time::Duration;

use crate::{Message, ProblemType};

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemType,
    message: Message,
    addition: Option<Box<Message>>,
    retry_after: Option<u64>,
    fields: Vec<FieldError>,
}

/// An entry that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Member of the body, parameter of the query or field of the form.
    pub name: &'static str,
    /// What is wrong with it.
    pub message: Message,
}

impl Problem {
    /// A problem with a message without arguments.
    pub(crate) const fn new(kind: ProblemType, message: &'static str) -> Self {
        Self {
            kind,
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
    pub(crate) fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(whole_seconds(wait));
        self
    }

    /// With the entries that cannot be right.
    pub(crate) fn of_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// The same problem of the parameter `name`, where one rule judges several.
    #[must_use]
    pub fn of_parameter(mut self, name: &'static str) -> Self {
        for field in &mut self.fields {
            field.name = name;
        }
        self
    }

    /// What programs tell it apart by.
    pub const fn kind(&self) -> ProblemType {
        self.kind
    }

    /// What people are told.
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// A sentence that follows it.
    pub fn addition(&self) -> Option<&Message> {
        self.addition.as_deref()
    }

    /// Whole seconds until it is worth trying again.
    pub const fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// The entries that cannot be right.
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }

    /// There is nothing at this path.
    pub const fn not_found() -> Self {
        Self::new(ProblemType::NotFound, "M-SYS-404")
    }

    /// There is something, but not for this method.
    pub const fn method_not_allowed() -> Self {
        Self::new(ProblemType::MethodNotAllowed, "M-SYS-405")
    }

    /// The body is too large.
    pub const fn payload_too_large() -> Self {
        Self::new(ProblemType::PayloadTooLarge, "M-SYS-413")
    }

    /// The body did not arrive in time.
    pub const fn request_timeout() -> Self {
        Self::new(ProblemType::RequestTimeout, "M-SYS-408")
    }

    /// The body or a parameter is not what the interface describes.
    pub const fn malformed_request() -> Self {
        Self::new(ProblemType::MalformedRequest, "M-SYS-400")
    }

    /// The `Idempotency-Key` is not what the interface describes.
    pub const fn malformed_idempotency_key() -> Self {
        Self::new(ProblemType::MalformedRequest, "M-SYS-IDEMPOTENCY")
    }

    /// The request comes from another site's page.
    pub const fn cross_origin() -> Self {
        Self::new(ProblemType::CrossOrigin, "M-SYS-403")
    }

    /// No client certificate, or another one's.
    pub const fn client_certificate_required() -> Self {
        Self::new(ProblemType::ClientCertificateRequired, "M-AUTH-05")
    }

    /// This address calls too often.
    pub fn too_many_requests(wait: Duration) -> Self {
        let seconds = whole_seconds(wait);
        Self::new(ProblemType::TooManyRequests, "M-SYS-429")
            .saying(Message::counted("M-SYS-429", &seconds))
            .after(wait)
    }

    /// A form that was used, or is older than the newest.
    pub const fn form_out_of_order() -> Self {
        Self::new(ProblemType::FormOutOfOrder, "M-SES-05")
    }

    /// No such record of the operation history.
    pub const fn record_not_found() -> Self {
        Self::new(ProblemType::RecordNotFound, "audit-event-missing")
    }

    /// More records of the operation history than the `most` that a file holds.
    pub fn too_many_records(most: usize) -> Self {
        Self::new(ProblemType::TooManyRecords, "audit-csv-too-many")
            .saying(Message::counted("audit-csv-too-many", &most))
    }

    /// A fault of ours.
    pub const fn unexpected() -> Self {
        Self::new(ProblemType::Unexpected, "M-SYS-500")
    }
}

/// Rounded up, and at least one: a `Retry-After` of zero would invite a loop.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    let partial = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(partial).max(1)
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
