//! `/api/v1/office`: for the bank's staff, who handle requests on paper.

use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use warifu_core::RequestContext;
use warifu_core::office::{PaperDecisionForm, PaperFilter, PaperTab, StaffLoginForm};
use warifu_wire::{
    DecisionBody, RequestBody, RequestDecided, RequestList, RequestRegistered, RequestView,
    RequestsQuery, StaffLoginBody, StaffSessionOpened,
};

use super::admin::limit;
use super::credentials::CallingClerk;
use super::cursor;
use super::extract::{NoContent, PathText, StrictJson, StrictQuery};
use super::reply::reply;
use crate::answer::Answer;
use crate::device;
use crate::pages::notice_document;
use crate::state::AppState;

/// The list that cursors of requests belong to.
const REQUESTS: &str = "paper-requests";

/// Logs a member of the bank's staff in.
#[utoipa::path(
    post, path = "/api/v1/office/sessions", operation_id = "office_log_in", tag = "office",
    request_body = StaffLoginBody,
    params(("Warifu-Device" = Option<String>, Header, pattern = "^[A-Za-z0-9_-]{43}$",
        description = "The `device_token` of an earlier login from here. Any other is as good as none.")),
    responses((status = 201, description = "A session began.", body = StaffSessionOpened<'_>))
)]
pub(crate) async fn log_in(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<StaffLoginBody>,
) -> Result<Response, Answer> {
    let form = StaffLoginForm {
        staff_id: body.staff_id,
        login_password: body.login_password,
        otp: body.otp,
    };
    let shown = device::of_program(&headers);
    let office = &state.use_cases.office;
    let logged_in = office.log_in_showing(context, form, shown).await?;
    Ok(reply(
        StatusCode::CREATED,
        &StaffSessionOpened::from(&logged_in),
    ))
}

/// Logs out.
#[utoipa::path(
    delete, path = "/api/v1/office/sessions/current", operation_id = "office_log_out",
    tag = "office", security(("session" = [])),
    responses((status = 204, description = "The session ended."))
)]
pub(crate) async fn log_out(caller: CallingClerk) -> Result<StatusCode, Answer> {
    caller.session.log_out().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Registers form 3 and asks for approval. For makers.
#[utoipa::path(
    post, path = "/api/v1/office/requests", operation_id = "office_register", tag = "office",
    security(("session" = [])), request_body = RequestBody,
    responses((status = 201, description = "It waits for another's decision.",
        body = RequestRegistered))
)]
pub(crate) async fn register(
    caller: CallingClerk,
    StrictJson(body): StrictJson<RequestBody>,
) -> Result<Response, Answer> {
    let registered = caller
        .clerk()
        .register_paper_request(body.into(), true)
        .await?;
    Ok(reply(
        StatusCode::CREATED,
        &RequestRegistered::from(&registered),
    ))
}

/// Lists requests, newest first.
#[utoipa::path(
    get, path = "/api/v1/office/requests", operation_id = "office_requests", tag = "office",
    security(("session" = [])), params(RequestsQuery),
    responses((status = 200, description = "A page of requests.", body = RequestList))
)]
pub(crate) async fn requests(
    caller: CallingClerk,
    StrictQuery(query): StrictQuery<RequestsQuery>,
) -> Result<Response, Answer> {
    let position = query
        .cursor
        .map(|cursor| cursor::open(REQUESTS, &cursor))
        .transpose()?;
    let filter = PaperFilter {
        tab: PaperTab::All,
        state: query.state,
        search: query.query,
        cursor: position,
        limit: limit(query.limit.as_deref())?,
    };
    let mut page = caller.clerk().paper_requests(filter).await?;
    page.next_cursor = page
        .next_cursor
        .map(|position| cursor::seal(REQUESTS, &position));
    Ok(reply(StatusCode::OK, &RequestList::from(page)))
}

/// Shows a request with its history.
#[utoipa::path(
    get, path = "/api/v1/office/requests/{request_id}", operation_id = "office_request",
    tag = "office", security(("session" = [])),
    params(("request_id" = String, Path, description = "受付番号.")),
    responses((status = 200, description = "The request.", body = RequestView))
)]
pub(crate) async fn request(
    caller: CallingClerk,
    PathText(request_id): PathText,
) -> Result<Response, Answer> {
    let found = caller.clerk().paper_request(&request_id).await?;
    Ok(reply(StatusCode::OK, &RequestView::from(&found)))
}

/// Decides on a request, or on a new notice. For checkers who neither registered nor edited it, nor printed the notice before.
#[utoipa::path(
    post, path = "/api/v1/office/requests/{request_id}/decision", operation_id = "office_decide",
    tag = "office", security(("session" = [])), request_body = DecisionBody,
    params(("request_id" = String, Path, description = "受付番号.")),
    responses((status = 200, description = "It is decided.", body = RequestDecided))
)]
pub(crate) async fn decide(
    caller: CallingClerk,
    PathText(request_id): PathText,
    StrictJson(body): StrictJson<DecisionBody>,
) -> Result<Response, Answer> {
    let form = PaperDecisionForm {
        number: request_id,
        version: body.version,
        decision: body.decision,
        reason: body.reason.unwrap_or_default(),
        login_password: body.login_password,
    };
    let decided = caller.clerk().decide_paper_request(form).await?;
    Ok(reply(StatusCode::OK, &RequestDecided::from(&decided)))
}

/// Makes the password of an approved request and gives its sealed notice to be printed, once; a
/// program that takes it prints it. For makers who did not approve it. A page, or with `Accept: application/pdf` a PDF. On screen the password stays hidden; in print it shows.
#[utoipa::path(
    post, path = "/api/v1/office/requests/{request_id}/notice",
    operation_id = "office_print_notice", tag = "office", security(("session" = [])),
    params(("request_id" = String, Path, description = "受付番号.")),
    responses((status = 200, description = "The notice. It is never given again.",
        content((String = "text/html"), (Vec<u8> = "application/pdf"))))
)]
pub(crate) async fn print_notice(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    caller: CallingClerk,
    headers: HeaderMap,
    PathText(request_id): PathText,
    _: NoContent,
) -> Result<Response, Answer> {
    let notice = caller.clerk().take_paper_notice(&request_id).await?;
    Ok(notice_document(&state, context, &headers, notice))
}
