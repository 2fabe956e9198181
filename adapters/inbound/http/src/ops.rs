//! The operations endpoints: is the process there, can it work, how is it doing.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Serialize;
use tokio::time::sleep;

use crate::metrics::{self, Metrics};
use crate::state::AppState;

/// After how many seconds it is worth asking again.
const RETRY_SECONDS: &str = "5";

/// How long back ends have to say that they can answer.
const READY_WITHIN: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    /// Sections of the configuration whose back ends cannot answer.
    failing: Vec<&'static str>,
}

/// The process answers.
pub(crate) async fn health() -> Response {
    Json(Health { status: "ok" }).into_response()
}

/// Every back end answers, and in time; and the server was not told to stop.
pub(crate) async fn readiness(State(state): State<AppState>) -> Response {
    if state.draining.has_begun() {
        return not_ready("draining", Vec::new());
    }
    let failing = state.use_cases.health.failing_at(sleep(READY_WITHIN)).await;
    if failing.is_empty() {
        return Json(Readiness {
            status: "ok",
            failing,
        })
        .into_response();
    }
    not_ready("unavailable", failing)
}

fn not_ready(status: &'static str, failing: Vec<&'static str>) -> Response {
    let body = Json(Readiness { status, failing });
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(RETRY_AFTER, RETRY_SECONDS)],
        body,
    )
        .into_response()
}

/// Numbers for Prometheus.
pub(crate) async fn numbers(State(metrics): State<Arc<Metrics>>) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics.encode()).into_response()
}
