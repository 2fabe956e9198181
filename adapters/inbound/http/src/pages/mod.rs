//! Web pages: plain forms, rendered here. Handlers parse, call a use case and show what it says;
//! nothing is decided here.

mod admin;
mod assets;
mod demo;
mod destination;
mod escape;
mod field;
mod form;
mod frame;
mod login;
mod member;
mod message;
mod office;
mod own_forms_only;
mod page_request;
mod paper;
mod place;
mod problem_page;
mod public;
mod recovery;
mod reissues;
mod replay;
mod secret;
mod self_service;
mod sessions;
#[cfg(test)]
mod tests;
mod told;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

pub(crate) use message::error_page;
pub(crate) use office::dispatch::document as notice_document;

use crate::state::AppState;

/// Home, help and paper forms: pages that nobody logs in for, and the static files of all pages.
pub(crate) fn home_router(state: AppState) -> Router<AppState> {
    let pages = Router::new()
        .route("/", get(public::home))
        .route("/help/reissue", get(public::help_reissue))
        .route("/help/login", get(public::help_login))
        .route("/notes", get(public::notes))
        .route("/accessibility", get(public::accessibility))
        .route("/forms", get(paper::all))
        .route("/forms/{edition}", get(paper::of_edition))
        .route("/forms/{edition}/3", get(paper::form_3))
        .route("/forms/{edition}/3.pdf", get(paper::form_3_file));
    guarded(pages, state).route("/assets/{name}", get(assets::serve))
}

/// The accounts of the demonstration.
pub(crate) fn demo_router(state: AppState) -> Router<AppState> {
    let pages = Router::new()
        .route("/demo", get(demo::show))
        .route("/demo/codes", get(demo::codes))
        .route("/demo/certificate", post(demo::show_certificate));
    guarded(pages, state)
}

/// The administrators' pages.
pub(crate) fn admin_router(state: AppState) -> Router<AppState> {
    let pages = Router::new()
        .route("/admin", get(admin::top::show))
        .route(
            "/admin/login",
            get(login::admin_form).post(login::admin_log_in),
        )
        .route("/admin/logout", post(login::admin_log_out))
        .route("/admin/keep-alive", post(login::admin_keep_alive))
        .route("/admin/sessions/others", post(sessions::admin_end_others))
        .route(
            "/admin/users/sessions/{user_id}",
            post(sessions::admin_end_of_user),
        )
        .route("/admin/users", get(admin::top::users))
        .route("/admin/users/cert-password", get(admin::select::show))
        .route(
            "/admin/users/cert-password/{user_id}",
            get(admin::reissue::confirm).post(admin::reissue::run),
        )
        .route(
            "/admin/users/unlock/{user_id}",
            get(admin::unlock::form).post(admin::unlock::run),
        )
        .route("/admin/reissues", get(admin::reissues::show))
        .route(
            "/admin/reissues/{reissue_id}/cancel",
            post(admin::reissues::cancel),
        )
        .route(
            "/admin/reissues/{reissue_id}/handed-over",
            get(admin::reissues::hand_over).post(admin::reissues::handed_over),
        )
        .route(
            "/admin/print-requested",
            post(reissues::admin_print_requested),
        )
        .route("/admin/audit", get(admin::audit::show))
        .route("/admin/audit.csv", get(admin::audit::download))
        .route("/admin/audit/{chain}/{seq}", get(admin::audit::event));
    guarded(pages, state)
}

/// The pages of the bank's staff.
pub(crate) fn office_router(state: AppState) -> Router<AppState> {
    let pages = office::routes()
        .route("/office/audit", get(admin::audit::office_show))
        .route("/office/audit.csv", get(admin::audit::office_download))
        .route(
            "/office/audit/{chain}/{seq}",
            get(admin::audit::office_event),
        );
    guarded(pages, state)
}

/// The pages of who gets a certificate.
pub(crate) fn self_service_router(state: AppState) -> Router<AppState> {
    let pages = Router::new()
        .route("/cert", get(self_service::retrieve::form))
        .route(
            "/cert/login",
            get(login::self_service_form).post(login::self_service_log_in),
        )
        .route("/cert/logout", post(login::self_service_log_out))
        .route("/cert/keep-alive", post(login::self_service_keep_alive))
        .route(
            "/cert/sessions/others",
            post(sessions::self_service_end_others),
        )
        .route("/cert/retrieve", post(self_service::retrieve::run))
        .route("/cert/retrieved", get(self_service::retrieved::show))
        .route(
            "/cert/retrieved/saved",
            post(self_service::retrieved::saved),
        )
        .route(
            "/cert/reissue",
            get(self_service::reissue::otp_form).post(self_service::reissue::verify_otp),
        )
        .route(
            "/cert/reissue/no-card",
            get(self_service::reissue::without_card),
        )
        .route("/cert/reissue/ready", get(self_service::reissue::ready))
        .route("/cert/reissue/show", post(self_service::reissue::show))
        .route("/cert/reissues", get(self_service::reissues::show))
        .route(
            "/cert/reissues/{reissue_id}/cancel",
            post(self_service::reissues::cancel),
        )
        .route(
            "/cert/print-requested",
            post(reissues::self_service_print_requested),
        );
    guarded(pages, state)
}

fn guarded(pages: Router<AppState>, state: AppState) -> Router<AppState> {
    pages
        .route_layer(from_fn_with_state(state.clone(), own_forms_only::check))
        .route_layer(from_fn_with_state(state, told::carry))
}
