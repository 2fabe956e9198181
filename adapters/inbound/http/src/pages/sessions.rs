//! Ending sessions: one's own in other places, and another user's.

use axum::extract::Path;
use axum::response::Response;
use warifu_core::domain::Surface;

use super::destination::base;
use super::form::Form;
use super::frame::Frame;
use super::login::Notice;
use super::member::{Admin, Member, SelfService};
use super::page_request::{Halt, see_other_telling};
use super::replay::Replay;

/// What was done before a page is shown again, where it was this.
pub(super) fn notice(member: &Member, frame: &Frame) -> Option<Notice> {
    match member.page_request.told() {
        Some("others-ended") => Some(Notice::done(frame.t("M-SES-06"))),
        Some("sessions-ended") => Some(Notice::done(frame.t("M-SES-07"))),
        _ => None,
    }
}

pub(super) async fn admin_end_others(Admin(member): Admin, form: Form) -> Result<Response, Halt> {
    end_others(&member, Surface::Admin, form).await
}

pub(super) async fn self_service_end_others(
    SelfService(member): SelfService,
    form: Form,
) -> Result<Response, Halt> {
    end_others(&member, Surface::SelfService, form).await
}

async fn end_others(member: &Member, surface: Surface, form: Form) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    member.open(&form, Replay::OutOfOrder).await?;
    let ended = member.session.end_other_sessions().await;
    ended.map_err(|refusal| member.halt(refusal))?;
    Ok(see_other_telling(base(surface), "others-ended"))
}

pub(super) async fn admin_end_of_user(
    Admin(member): Admin,
    Path(user_id): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    member.open(&form, Replay::OutOfOrder).await?;
    let ended = member.operator().end_sessions(&user_id).await;
    ended.map_err(|refusal| member.halt(refusal))?;
    Ok(see_other_telling(
        "/admin/users/cert-password",
        "sessions-ended",
    ))
}
