//! `/api/v1/admin`: for the users of a contract who may reissue for others.

use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use warifu_core::customers::ReissueForAnother;
use warifu_core::domain::{AuditEvent, Surface, Timestamp};
use warifu_core::{
    AuditFilter, InvalidField, ListUsers, Paging, Refusal, RequestContext, ShownAtLogin, UserSort,
};
use warifu_wire::{
    AuditList, AuditQuery, LoginBody, Problem, ReissueBody, ReissueList, ReissuesQuery,
    RetrievalPasswordReissued, SessionOpened, UnlockBody, UserList, UsersQuery,
};

use super::credentials::{Admin, Caller};
use super::cursor;
use super::extract::{MaybeIdempotencyKey, NoContent, PathText, StrictJson, StrictQuery};
use super::reply::reply;
use super::self_service::show_reissued;
use crate::answer::Answer;
use crate::certificate_door;
use crate::client_certificate::ClientCertificate;
use crate::device;
use crate::state::AppState;

const DEFAULT_LIMIT: usize = 20;

/// The list that cursors of users belong to.
const USERS: &str = "users";

/// Logs in. Where mutual TLS is demanded, with one's own client certificate only.
#[utoipa::path(
    post, path = "/api/v1/admin/sessions", operation_id = "admin_log_in", tag = "admin",
    request_body = LoginBody,
    params(("Warifu-Device" = Option<String>, Header, pattern = "^[A-Za-z0-9_-]{43}$",
        description = "The `device_token` of an earlier login from here. Any other is as good as none.")),
    responses((status = 201, description = "A session began.", body = SessionOpened<'_>))
)]
pub(crate) async fn log_in(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    certificate: Option<Extension<ClientCertificate>>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<LoginBody>,
) -> Result<Response, Answer> {
    let certificate = certificate.map(|Extension(certificate)| certificate);
    let (contract_number, user_id) = (&body.contract_number, &body.user_id);
    if !certificate_door::fits_login(&state, certificate.as_ref(), contract_number, user_id) {
        state
            .use_cases
            .customers
            .note_denied(context, "another-client-certificate")
            .await;
        return Err(Answer::client_certificate_required());
    }
    let own = certificate_door::is_own(certificate.as_ref(), contract_number, user_id);
    let shown = ShownAtLogin {
        own_certificate: own,
        ..device::of_program(&headers)
    };
    let logged_in = state
        .use_cases
        .customers
        .log_in_showing(context, Surface::Admin, body.into(), shown)
        .await?;
    Ok(reply(StatusCode::CREATED, &SessionOpened::from(&logged_in)))
}

/// Logs out.
#[utoipa::path(
    delete, path = "/api/v1/admin/sessions/current", operation_id = "admin_log_out",
    tag = "admin", security(("session" = [])),
    responses((status = 204, description = "The session ended."))
)]
pub(crate) async fn log_out(caller: Caller<Admin>) -> Result<StatusCode, Answer> {
    caller.session.log_out().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all other sessions of the user, on every surface.
#[utoipa::path(
    delete, path = "/api/v1/admin/sessions/others", operation_id = "admin_end_other_sessions",
    tag = "admin", security(("session" = [])),
    responses((status = 204, description = "This is the only session."))
)]
pub(crate) async fn end_other_sessions(caller: Caller<Admin>) -> Result<StatusCode, Answer> {
    caller.session.end_other_sessions().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of another user of the contract, on every surface. For service administrators.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{user_id}/sessions",
    operation_id = "admin_end_sessions", tag = "admin", security(("session" = [])),
    params(("user_id" = String, Path, description = "Whose sessions.")),
    responses((status = 204, description = "The user is logged in nowhere."))
)]
pub(crate) async fn end_sessions(
    caller: Caller<Admin>,
    PathText(user_id): PathText,
) -> Result<StatusCode, Answer> {
    caller.operator().end_sessions(&user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the users of the contract.
#[utoipa::path(
    get, path = "/api/v1/admin/users", operation_id = "admin_users", tag = "admin",
    security(("session" = [])), params(UsersQuery),
    responses((status = 200, description = "A page of users.", body = UserList))
)]
pub(crate) async fn users(
    caller: Caller<Admin>,
    StrictQuery(query): StrictQuery<UsersQuery>,
) -> Result<Response, Answer> {
    let status = query
        .status
        .map(|status| status.parse())
        .transpose()
        .map_err(Refusal::from)?;
    let cursor = query
        .cursor
        .map(|cursor| cursor::open(USERS, &cursor))
        .transpose()?;
    let limit = limit(query.limit.as_deref())?;
    let list = ListUsers {
        query: query.query,
        status,
        sort: Some(UserSort::UserId),
        descending: false,
        page: Paging::After { cursor, limit },
    };
    let mut page = caller.operator().list_users(list).await?;
    page.next_cursor = page
        .next_cursor
        .map(|position| cursor::seal(USERS, &position));
    Ok(reply(StatusCode::OK, &UserList::from(page)))
}

/// Reissues the retrieval password of another user of the contract.
#[utoipa::path(
    post, path = "/api/v1/admin/users/{user_id}/retrieval-password",
    operation_id = "admin_reissue", tag = "admin", security(("session" = [])),
    request_body = ReissueBody,
    params(
        ("user_id" = String, Path, description = "For whom."),
        ("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,128}$",
            description = "Marks a repetition of the same request, for 24 hours.")
    ),
    responses((status = 201, description = "The new password. The earlier one is void.",
        body = RetrievalPasswordReissued<'_>))
)]
pub(crate) async fn reissue(
    caller: Caller<Admin>,
    PathText(user_id): PathText,
    MaybeIdempotencyKey(idempotency_key): MaybeIdempotencyKey,
    StrictJson(body): StrictJson<ReissueBody>,
) -> Result<Response, Answer> {
    let form = ReissueForAnother {
        user_id,
        transaction_password: body.transaction_password,
        not_instructed_by_others: body.not_instructed_by_others,
        idempotency_key,
    };
    let reissued = caller.operator().reissue_for_another(form).await?;
    Ok(show_reissued(&reissued))
}

/// Lifts a lock of another user of the contract. For service administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/users/{user_id}/unlock", operation_id = "admin_unlock",
    tag = "admin", security(("session" = [])), request_body = UnlockBody,
    params(("user_id" = String, Path, description = "Whose lock.")),
    responses((status = 204, description = "There is no such lock any more."))
)]
pub(crate) async fn unlock(
    caller: Caller<Admin>,
    PathText(user_id): PathText,
    StrictJson(body): StrictJson<UnlockBody>,
) -> Result<StatusCode, Answer> {
    let password = body.transaction_password;
    caller
        .operator()
        .unlock(&user_id, &[&body.purpose], password)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists reissues of the contract.
#[utoipa::path(
    get, path = "/api/v1/admin/reissues", operation_id = "admin_reissues", tag = "admin",
    security(("session" = [])), params(ReissuesQuery),
    responses((status = 200, description = "The reissues.", body = ReissueList))
)]
pub(crate) async fn reissues(
    caller: Caller<Admin>,
    StrictQuery(query): StrictQuery<ReissuesQuery>,
) -> Result<Response, Answer> {
    let user_id = query.user_id.as_deref();
    let reissues = caller.operator().reissues(user_id).await?;
    Ok(reply(StatusCode::OK, &ReissueList::from(reissues)))
}

/// Takes a retrieval password of the contract back.
#[utoipa::path(
    post, path = "/api/v1/admin/reissues/{reissue_id}/cancel",
    operation_id = "admin_cancel_reissue", tag = "admin", security(("session" = [])),
    params(("reissue_id" = String, Path, description = "From the list or the reissue.")),
    responses((status = 204, description = "The password is void."))
)]
pub(crate) async fn cancel(
    caller: Caller<Admin>,
    PathText(reissue_id): PathText,
    _: NoContent,
) -> Result<StatusCode, Answer> {
    caller.operator().cancel_reissue(&reissue_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the operation history of the contract. That is itself written down.
#[utoipa::path(
    get, path = "/api/v1/admin/audit", operation_id = "admin_audit", tag = "admin",
    security(("session" = [])), params(AuditQuery),
    responses((status = 200, description = "A page of records.", body = AuditList))
)]
pub(crate) async fn audit(
    caller: Caller<Admin>,
    StrictQuery(query): StrictQuery<AuditQuery>,
) -> Result<Response, Answer> {
    let filter = audit_filter(query)?;
    let page = caller.operator().read_audit(filter).await?;
    Ok(reply(StatusCode::OK, &AuditList::from(page)))
}

fn audit_filter(query: AuditQuery) -> Result<AuditFilter, Answer> {
    let event = match query.event {
        Some(name) => Some(
            name.parse::<AuditEvent>()
                .map_err(|()| Refusal::from(InvalidField::Event))?,
        ),
        None => None,
    };
    Ok(AuditFilter {
        from: moment("from", query.from.as_deref())?,
        until: moment("to", query.to.as_deref())?,
        actor: query.actor,
        target: query.target,
        event,
        outcome: None,
        cursor: query.cursor,
        limit: limit(query.limit.as_deref())?,
    })
}

fn moment(name: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = text else { return Ok(None) };
    Timestamp::parse_rfc3339(text).map(Some).ok_or_else(|| {
        Problem::from(Refusal::from(InvalidField::Date))
            .of_parameter(name)
            .into()
    })
}

/// How many to show. What is no number is out of range, too.
pub(super) fn limit(text: Option<&str>) -> Result<usize, Answer> {
    match text {
        None => Ok(DEFAULT_LIMIT),
        Some(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => text
            .parse()
            .map_err(|_| Refusal::from(InvalidField::Limit).into()),
        Some(_) => Err(Refusal::from(InvalidField::Limit).into()),
    }
}

#[cfg(test)]
mod tests {
    use warifu_wire::ProblemType;

    use super::*;

    #[test]
    fn a_limit_is_a_number() {
        assert_eq!(limit(None), Ok(20));
        assert_eq!(limit(Some("100")), Ok(100));
        for text in ["-1", "1.5", "ten", "+5", "99999999999999999999999"] {
            let answer = limit(Some(text)).unwrap_err();
            assert_eq!(
                (answer.status.as_u16(), answer.problem.fields()[0].name),
                (422, "limit"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_moment_that_is_none_is_named() {
        let query = AuditQuery {
            to: Some("yesterday".to_owned()),
            ..AuditQuery::default()
        };
        let answer = audit_filter(query).map(|_| ()).unwrap_err();
        assert_eq!(
            (answer.problem.kind(), answer.problem.fields()[0].name),
            (ProblemType::InvalidField, "to")
        );
        let query = AuditQuery {
            event: Some("login.dreamt".to_owned()),
            ..AuditQuery::default()
        };
        assert_eq!(
            audit_filter(query)
                .map(|_| ())
                .unwrap_err()
                .problem
                .fields()[0]
                .name,
            "event"
        );
    }
}
