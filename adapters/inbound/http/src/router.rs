//! Every URL of the service.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{self, MethodRouter, get};
use http::Method;

use warifu_core::Service;

use crate::api::{admin, office, self_service};
use crate::budget::Budget;
use crate::metrics::Metrics;
use crate::paths::{HEALTH, METRICS, OPENAPI, READINESS};
use crate::rate_limit::{self, AddressLimiter};
use crate::settings::ServedSurface;
use crate::state::AppState;
use crate::{
    access_log, api, body, certificate_door, errors, host, openapi, ops, pages, request_context,
    security_headers, unsent,
};

/// A call of the JSON API.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    handler: MethodRouter<AppState>,
}

/// `/api/v1/self`.
pub(crate) fn self_service_calls() -> Vec<Call> {
    vec![
        post_call("/api/v1/self/sessions", self_service::log_in),
        delete_call("/api/v1/self/sessions/current", self_service::log_out),
        delete_call(
            "/api/v1/self/sessions/others",
            self_service::end_other_sessions,
        ),
        post_call("/api/v1/self/otp", self_service::verify_otp),
        post_call("/api/v1/self/retrieval-password", self_service::reissue),
        post_call("/api/v1/self/certificate", self_service::redeem),
        get_call("/api/v1/self/reissues", self_service::reissues),
        post_call(
            "/api/v1/self/reissues/{reissue_id}/cancel",
            self_service::cancel,
        ),
    ]
}

/// `/api/v1/admin`.
pub(crate) fn admin_calls() -> Vec<Call> {
    vec![
        post_call("/api/v1/admin/sessions", admin::log_in),
        delete_call("/api/v1/admin/sessions/current", admin::log_out),
        delete_call("/api/v1/admin/sessions/others", admin::end_other_sessions),
        get_call("/api/v1/admin/users", admin::users),
        post_call(
            "/api/v1/admin/users/{user_id}/retrieval-password",
            admin::reissue,
        ),
        post_call("/api/v1/admin/users/{user_id}/unlock", admin::unlock),
        delete_call(
            "/api/v1/admin/users/{user_id}/sessions",
            admin::end_sessions,
        ),
        get_call("/api/v1/admin/reissues", admin::reissues),
        post_call("/api/v1/admin/reissues/{reissue_id}/cancel", admin::cancel),
        get_call("/api/v1/admin/audit", admin::audit),
    ]
}

/// `/api/v1/office`.
pub(crate) fn office_calls() -> Vec<Call> {
    vec![
        post_call("/api/v1/office/sessions", office::log_in),
        delete_call("/api/v1/office/sessions/current", office::log_out),
        post_call("/api/v1/office/requests", office::register),
        get_call("/api/v1/office/requests", office::requests),
        get_call("/api/v1/office/requests/{request_id}", office::request),
        post_call(
            "/api/v1/office/requests/{request_id}/decision",
            office::decide,
        ),
        post_call(
            "/api/v1/office/requests/{request_id}/notice",
            office::print_notice,
        ),
    ]
}

fn ops_routes(metrics: Arc<Metrics>, service: Service) -> Router<AppState> {
    Router::new()
        .route(HEALTH, get(ops::health))
        .route(READINESS, get(ops::readiness))
        .merge(
            Router::new()
                .route(METRICS, get(ops::numbers))
                .with_state((metrics, service)),
        )
}

/// All that a listener with `surfaces` serves. A route of another surface is not there.
pub(crate) fn router(
    state: AppState,
    surfaces: &[ServedSurface],
    limiter: Option<Arc<AddressLimiter>>,
    (metrics, answers): (Arc<Metrics>, Budget),
) -> Router {
    let serves = |surface| surfaces.contains(&surface);
    let mut router = Router::new();
    if state.addresses.has_pages() {
        router = router
            .route(OPENAPI, get(openapi::document))
            .merge(pages::home_router(state.clone()));
        if state.demo.is_some() {
            router = router.merge(pages::demo_router(state.clone()));
        }
    }
    if serves(ServedSurface::SelfService) {
        router = router
            .merge(calls(self_service_calls(), &state))
            .merge(pages::self_service_router(state.clone()));
    }
    if serves(ServedSurface::Admin) {
        let admin = calls(admin_calls(), &state).merge(pages::admin_router(state.clone()));
        router =
            router.merge(admin.layer(from_fn_with_state(state.clone(), certificate_door::require)));
    }
    if serves(ServedSurface::Office) {
        router = router
            .merge(calls(office_calls(), &state))
            .merge(pages::office_router(state.clone()));
    }
    if serves(ServedSurface::Ops) {
        router = router.merge(ops_routes(
            Arc::clone(&metrics),
            state.use_cases.service.clone(),
        ));
    }
    let router = router
        .fallback(errors::not_found)
        .method_not_allowed_fallback(errors::method_not_allowed)
        .layer(from_fn_with_state(state.clone(), body::lend))
        .layer(from_fn_with_state(
            state.clone(),
            certificate_door::read_header,
        ))
        .layer(from_fn(host::check));
    let router = match limiter {
        Some(limiter) => router.layer(from_fn_with_state(
            (limiter, serves(ServedSurface::Ops)),
            rate_limit::enforce,
        )),
        None => router,
    };
    router
        .layer(from_fn(errors::catch_panic))
        .layer(from_fn_with_state(state.clone(), errors::put_into_words))
        .layer(from_fn_with_state(answers, unsent::bound))
        .layer(from_fn_with_state(metrics, access_log::write))
        .layer(from_fn_with_state(state.clone(), request_context::attach))
        .layer(from_fn_with_state(state.clone(), security_headers::add))
        .with_state(state)
}

fn calls(calls: Vec<Call>, state: &AppState) -> Router<AppState> {
    calls
        .into_iter()
        .fold(Router::new(), |router, call| {
            tracing::debug!(method = %call.method, path = call.path, "serves");
            router.route(call.path, call.handler)
        })
        .layer(from_fn_with_state(state.clone(), api::refuse_other_origins))
}

fn get_call<T: 'static>(path: &'static str, handler: impl Handler<T, AppState>) -> Call {
    Call {
        method: Method::GET,
        path,
        handler: routing::get(handler),
    }
}

fn post_call<T: 'static>(path: &'static str, handler: impl Handler<T, AppState>) -> Call {
    Call {
        method: Method::POST,
        path,
        handler: routing::post(handler),
    }
}

fn delete_call<T: 'static>(path: &'static str, handler: impl Handler<T, AppState>) -> Call {
    Call {
        method: Method::DELETE,
        path,
        handler: routing::delete(handler),
    }
}
