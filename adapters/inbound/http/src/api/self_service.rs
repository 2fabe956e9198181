//! `/api/v1/self`: for users, without any certificate.

use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use http::{HeaderMap, StatusCode};
use secrecy::ExposeSecret;
use warifu_core::customers::{KeyChoice, Redeemed, RedeemedKey};
use warifu_core::domain::Surface;
use warifu_core::{InvalidField, Refusal, Reissued, RequestContext};
use warifu_wire::{
    CertificateFetched, Empty, LoginBody, OtpBody, OtpVerified, RedeemBody, ReissueList,
    RetrievalPasswordReissued, SessionOpened,
};
use zeroize::Zeroizing;

use super::credentials::{Caller, SelfService};
use super::extract::{MaybeIdempotencyKey, NoContent, PathText, StrictJson};
use super::reply::reply;
use crate::answer::Answer;
use crate::device;
use crate::state::AppState;

/// Logs in.
#[utoipa::path(
    post, path = "/api/v1/self/sessions", operation_id = "self_log_in", tag = "self-service",
    request_body = LoginBody,
    params(("Warifu-Device" = Option<String>, Header, pattern = "^[A-Za-z0-9_-]{43}$",
        description = "The `device_token` of an earlier login from here. Any other is as good as none.")),
    responses((status = 201, description = "A session began.", body = SessionOpened<'_>))
)]
pub(crate) async fn log_in(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<LoginBody>,
) -> Result<Response, Answer> {
    let shown = device::of_program(&headers);
    let logged_in = state
        .use_cases
        .customers
        .log_in_showing(context, Surface::SelfService, body.into(), shown)
        .await?;
    Ok(reply(StatusCode::CREATED, &SessionOpened::from(&logged_in)))
}

/// Logs out.
#[utoipa::path(
    delete, path = "/api/v1/self/sessions/current", operation_id = "self_log_out",
    tag = "self-service", security(("session" = [])),
    responses((status = 204, description = "The session ended."))
)]
pub(crate) async fn log_out(caller: Caller<SelfService>) -> Result<StatusCode, Answer> {
    caller.session.log_out().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all other sessions of the user, on every surface.
#[utoipa::path(
    delete, path = "/api/v1/self/sessions/others", operation_id = "self_end_other_sessions",
    tag = "self-service", security(("session" = [])),
    responses((status = 204, description = "This is the only session."))
)]
pub(crate) async fn end_other_sessions(caller: Caller<SelfService>) -> Result<StatusCode, Answer> {
    caller.session.end_other_sessions().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Checks a one-time password, for one reissue.
#[utoipa::path(
    post, path = "/api/v1/self/otp", operation_id = "self_verify_otp", tag = "self-service",
    security(("session" = [])), request_body = OtpBody,
    responses((status = 200, description = "It was accepted.", body = OtpVerified))
)]
pub(crate) async fn verify_otp(
    caller: Caller<SelfService>,
    StrictJson(body): StrictJson<OtpBody>,
) -> Result<Response, Answer> {
    let until = caller.session.verify_otp(body.otp).await?;
    Ok(reply(
        StatusCode::OK,
        &OtpVerified {
            verified_until: until.to_string(),
        },
    ))
}

/// Reissues one's own retrieval password.
#[utoipa::path(
    post, path = "/api/v1/self/retrieval-password", operation_id = "self_reissue",
    tag = "self-service", security(("session" = [])), request_body = Empty,
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]{1,128}$",
        description = "Marks a repetition of the same request, for 24 hours.")),
    responses((status = 201, description = "The new password. The earlier one is void.",
        body = RetrievalPasswordReissued<'_>))
)]
pub(crate) async fn reissue(
    caller: Caller<SelfService>,
    MaybeIdempotencyKey(key): MaybeIdempotencyKey,
    StrictJson(Empty {}): StrictJson<Empty>,
) -> Result<Response, Answer> {
    let reissued = caller.session.reissue_for_oneself(key).await?;
    Ok(show_reissued(&reissued))
}

/// The one answer with the password.
pub(super) fn show_reissued(reissued: &Reissued) -> Response {
    let password = reissued.retrieval_password.expose_display();
    let view = RetrievalPasswordReissued {
        retrieval_password: password.expose_secret(),
        expires_at: reissued.expires_at.to_string(),
        redeemable_from: reissued.redeemable_from.to_string(),
        reissue_id: reissued.reissue_id.to_string(),
    };
    reply(StatusCode::CREATED, &view)
}

/// Redeems the retrieval password for one certificate.
#[utoipa::path(
    post, path = "/api/v1/self/certificate", operation_id = "self_redeem", tag = "self-service",
    security(("session" = [])), request_body = RedeemBody,
    responses((status = 201, description = "The certificate.", body = CertificateFetched<'_>))
)]
pub(crate) async fn redeem(
    caller: Caller<SelfService>,
    StrictJson(body): StrictJson<RedeemBody>,
) -> Result<Response, Answer> {
    let choice = match (body.csr, body.pkcs12_passphrase) {
        (Some(csr), None) => KeyChoice::Csr(csr),
        (None, Some(passphrase)) => KeyChoice::Pkcs12 { passphrase },
        _ => return Err(Refusal::from(InvalidField::KeyChoice).into()),
    };
    let password = body.retrieval_password;
    let redeemed = caller.session.redeem(password, choice).await?;
    Ok(show_certificate(redeemed))
}

fn show_certificate(redeemed: Redeemed) -> Response {
    let issued = redeemed.certificate;
    let (serial, not_after) = (issued.serial.to_string(), issued.not_after.to_string());
    match redeemed.key {
        RedeemedKey::Client => {
            let (certificate, chain) = (issued.certificate.into(), issued.chain.into());
            let view = CertificateFetched::Pem {
                certificate,
                chain,
                serial,
                not_after,
            };
            reply(StatusCode::CREATED, &view)
        }
        RedeemedKey::Pkcs12(file) => {
            let pkcs12 = Zeroizing::new(BASE64.encode(&file));
            let view = CertificateFetched::Pkcs12 {
                pkcs12: &pkcs12,
                serial,
                not_after,
            };
            reply(StatusCode::CREATED, &view)
        }
    }
}

/// Lists one's own reissues.
#[utoipa::path(
    get, path = "/api/v1/self/reissues", operation_id = "self_reissues", tag = "self-service",
    security(("session" = [])),
    responses((status = 200, description = "The reissues.", body = ReissueList))
)]
pub(crate) async fn reissues(caller: Caller<SelfService>) -> Result<Response, Answer> {
    let reissues = caller.session.own_reissues().await?;
    Ok(reply(StatusCode::OK, &ReissueList::from(reissues)))
}

/// Takes one's own retrieval password back.
#[utoipa::path(
    post, path = "/api/v1/self/reissues/{reissue_id}/cancel", operation_id = "self_cancel_reissue",
    tag = "self-service", security(("session" = [])),
    params(("reissue_id" = String, Path, description = "From the list or the reissue.")),
    responses((status = 204, description = "The password is void."))
)]
pub(crate) async fn cancel(
    caller: Caller<SelfService>,
    PathText(reissue_id): PathText,
    _: NoContent,
) -> Result<Response, Answer> {
    caller.session.cancel_own_reissue(&reissue_id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
