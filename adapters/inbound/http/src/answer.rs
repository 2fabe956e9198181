//! What is answered when something is not done.
//!
//! Handlers and layers return an [`Answer`]; the layer `errors` puts it into words, as a problem
//! document or as a page.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use warifu_core::Refusal;
use warifu_wire::Problem;

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What is said, in the API's document or on a page.
    pub(crate) problem: Problem,
    /// The API's status for that. A page that shows a form again answers 422 instead.
    pub(crate) status: StatusCode,
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.kind().status());
        Self {
            problem,
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Problem::from(refusal).into()
    }
}

impl Answer {
    /// There is nothing at this path.
    pub(crate) fn not_found() -> Self {
        Problem::not_found().into()
    }

    /// There is something, but not for this method.
    pub(crate) fn method_not_allowed() -> Self {
        Problem::method_not_allowed().into()
    }

    /// The body is too large.
    pub(crate) fn payload_too_large() -> Self {
        Problem::payload_too_large().into()
    }

    /// The body did not arrive in time.
    pub(crate) fn request_timeout() -> Self {
        Problem::request_timeout().into()
    }

    /// The body or a parameter is not what the interface describes.
    pub(crate) fn malformed_request() -> Self {
        Problem::malformed_request().into()
    }

    /// The request comes from another site's page.
    pub(crate) fn cross_origin() -> Self {
        Problem::cross_origin().into()
    }

    /// No client certificate, or another one's.
    pub(crate) fn client_certificate_required() -> Self {
        Problem::client_certificate_required().into()
    }

    /// This address calls too often.
    pub(crate) fn too_many_requests(wait: Duration) -> Self {
        Problem::too_many_requests(wait).into()
    }

    /// A fault of ours.
    pub(crate) fn unexpected() -> Self {
        Problem::unexpected().into()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
