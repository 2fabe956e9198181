//! One line a request, and its numbers. Never a body, a cookie, an `Authorization` header, a query
//! or a path with a user's text: the route's template is written instead.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use warifu_core::RequestContext;

use crate::metrics::Metrics;
use crate::paths;

/// What stands for the route where there is none.
const NO_ROUTE: &str = "-";

pub(crate) async fn write(
    State(metrics): State<Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let _in_flight = metrics.request();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or_else(
        || NO_ROUTE.to_owned(),
        |matched| matched.as_str().to_owned(),
    );
    let context = request.extensions().get::<RequestContext>().copied();
    let request_id = context
        .map(|context| context.request_id.to_string())
        .unwrap_or_default();
    let source = context
        .and_then(|context| context.source)
        .map_or_else(|| NO_ROUTE.to_owned(), |source| source.to_string());
    let span = tracing::info_span!("request", request_id = %request_id);

    let response = next.run(request).instrument(span).await;

    let (status, took) = (response.status(), started.elapsed());
    metrics.answered(paths::surface_of(&route), &route, &method, status, took);
    tracing::info!(
        target: "warifu::access",
        method = %method,
        route = %route,
        status = status.as_u16(),
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request_id = %request_id,
        source = %source,
        "answered"
    );
    response
}
