//! The JSON API. Handlers parse, call a use case and show what it says; nothing is decided here.

pub(crate) mod admin;
mod credentials;
mod cursor;
mod extract;
pub(crate) mod office;
mod reply;
pub(crate) mod self_service;

use axum::extract::{Extension, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Method;
use warifu_core::RequestContext;

use crate::answer::Answer;
use crate::cross_origin::{MadeBy, has_query, made_by};
use crate::state::AppState;

/// The layer around all calls: what a page of somebody else sends is refused and written down, and
/// parameters in the address of a call that changes something are refused.
/// There is no CORS, so that no such page can read an answer either.
pub(crate) async fn refuse_other_origins(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    request: Request,
    next: Next,
) -> Response {
    if made_by(&state, request.uri(), request.headers()) == MadeBy::SomebodyElse {
        state
            .use_cases
            .customers
            .note_denied(context, "cross-origin")
            .await;
        return Answer::cross_origin().into_response();
    }
    if request.method() != Method::GET && has_query(request.uri()) {
        return Answer::malformed_request().into_response();
    }
    next.run(request).await
}
