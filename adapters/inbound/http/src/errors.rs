//! Puts an [`Answer`] into words: a problem document for programs, a page for people. Also where
//! panics end.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode, Uri};
use warifu_core::RequestContext;

use crate::answer::Answer;
use crate::problem;
use crate::request_context::preferred_locale;
use crate::state::AppState;
use crate::{pages, paths};

/// The layer around everything that can answer.
pub(crate) async fn put_into_words(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let Some(context) = request.extensions().get::<RequestContext>().copied() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let mut response = next.run(request).await;
    let Some(answer) = response.extensions_mut().remove::<Answer>() else {
        return response;
    };
    let mut worded = words(&state, context, &uri, &headers, &answer);
    *worded.status_mut() = answer.status;
    // Such as Allow, which the router adds to a 405.
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != http::header::CONTENT_LENGTH {
            worded.headers_mut().append(name.clone(), value.clone());
        }
    }
    if let Some(seconds) = answer.problem.retry_after() {
        worded
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    worded
}

fn words(
    state: &AppState,
    context: RequestContext,
    uri: &Uri,
    headers: &HeaderMap,
    answer: &Answer,
) -> Response {
    // Where no page is served, nobody browses, and a page would lead nowhere.
    if state.addresses.has_pages() && !paths::is_for_programs(uri.path()) {
        return pages::error_page(state, context, uri, headers, answer);
    }
    let locale = preferred_locale(headers);
    let mut response = problem::document(state, locale, context.request_id, &answer.problem);
    if answer.status == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// A fault of ours costs one request, never the process: the next one is served.
pub(crate) async fn catch_panic(request: Request, next: Next) -> Response {
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answered.unwrap_or_else(|_| {
        // What was said is written by the process's panic hook; it may quote data.
        tracing::error!("a request handler panicked");
        Answer::unexpected().into_response()
    })
}

/// For paths that are not there.
pub(crate) async fn not_found() -> Answer {
    Answer::not_found()
}

/// For paths that are there, but not for this method.
pub(crate) async fn method_not_allowed() -> Answer {
    Answer::method_not_allowed()
}
