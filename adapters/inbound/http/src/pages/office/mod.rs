//! The back office: paper requests from intake to dispatch, with four eyes.

pub(super) mod chosen;
pub(super) mod closing;
pub(super) mod dispatch;
pub(super) mod intake;
pub(super) mod list;
pub(super) mod login;
pub(super) mod next;
pub(super) mod page;
pub(super) mod reprint;
pub(super) mod request;
pub(super) mod run;
pub(super) mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

/// The pages of the bank's staff, but for the operation history.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/office", get(login::first_page))
        .route("/office/login", get(login::form).post(login::log_in))
        .route("/office/logout", post(login::log_out))
        .route("/office/keep-alive", post(login::keep_alive))
        .route("/office/requests", get(list::show))
        .route(
            "/office/requests/new",
            get(intake::empty).post(intake::register),
        )
        .route(chosen::PRINT, get(run::back).post(run::print))
        .route(chosen::PRINTED, get(run::back).post(run::confirm_printed))
        .route(chosen::POSTED, get(run::back).post(run::record_posted))
        .route("/office/requests/{number}", get(request::show))
        .route(
            "/office/requests/{number}/reprint",
            get(reprint::form).post(reprint::ask),
        )
        .route(
            "/office/requests/{number}/edit",
            get(intake::filled).post(intake::edit),
        )
        .route(
            "/office/requests/{number}/check",
            get(request::check).post(request::ask_for_approval),
        )
        .route(
            "/office/requests/{number}/decision",
            get(request::back).post(request::decide),
        )
        .route(
            "/office/requests/{number}/dispatch",
            get(dispatch::show).post(dispatch::print),
        )
        .route(
            "/office/requests/{number}/cancel",
            get(closing::confirm_cancel).post(closing::cancel),
        )
        .route(
            "/office/requests/{number}/returned-mail",
            get(closing::confirm_returned_mail).post(closing::record_returned_mail),
        )
        .route(
            "/office/requests/{number}/complete",
            get(closing::confirm_complete).post(closing::complete),
        )
}
