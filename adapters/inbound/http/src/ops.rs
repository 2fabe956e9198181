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
use warifu_core::Service;

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
    /// What is to be said of each of them, and of what does not fail yet.
    details: Vec<Detail>,
}

#[derive(Serialize)]
struct Detail {
    section: &'static str,
    message: String,
}

/// The process answers.
pub(crate) async fn health() -> Response {
    Json(Health { status: "ok" }).into_response()
}

/// Every back end answers, and in time; and the server was not told to stop.
pub(crate) async fn readiness(State(state): State<AppState>) -> Response {
    if state.draining.has_begun() {
        return not_ready(Json(Readiness {
            status: "draining",
            failing: Vec::new(),
            details: Vec::new(),
        }));
    }
    let health = &state.use_cases.health;
    let unavailable = health.unavailable_at(sleep(READY_WITHIN)).await;
    let failing: Vec<_> = unavailable.iter().map(|found| found.port).collect();
    let is_ready = failing.is_empty();
    let details = unavailable.into_iter().map(|found| Detail {
        section: found.port,
        message: found.reason,
    });
    let remarks = health.remarks().into_iter();
    let details = details.chain(remarks.map(|(section, message)| Detail { section, message }));
    let body = Json(Readiness {
        status: if is_ready { "ok" } else { "unavailable" },
        failing,
        details: details.collect(),
    });
    if is_ready {
        return body.into_response();
    }
    not_ready(body)
}

fn not_ready(body: Json<Readiness>) -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(RETRY_AFTER, RETRY_SECONDS)],
        body,
    )
        .into_response()
}

/// Numbers for Prometheus.
pub(crate) async fn numbers(State((metrics, service)): State<(Arc<Metrics>, Service)>) -> Response {
    metrics.spraying(service.spray_counts());
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics.encode()).into_response()
}
