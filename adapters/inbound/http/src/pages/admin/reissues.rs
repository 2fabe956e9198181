//! 最近の再発行 of the contract.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::Timestamp;
use warifu_core::domain::retrieval_record::HandOverWay;

use crate::answer::Answer;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::member::Admin;
use crate::pages::page_request::{Halt, see_other, see_other_telling};
use crate::pages::reissues::{ADMIN_REISSUES, HandOverForm, ReissuesPage, notice, rows};
use crate::pages::replay::Replay;

#[derive(Template)]
#[template(path = "admin/hand_over.html")]
pub(in crate::pages) struct HandOverPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) user: String,
    pub(in crate::pages) issued_at: Timestamp,
    pub(in crate::pages) expires_at: Timestamp,
    pub(in crate::pages) hand_over: HandOverForm,
}

pub(in crate::pages) async fn show(Admin(member): Admin) -> Result<Response, Halt> {
    let query = member.page_request.parameter("user").unwrap_or_default();
    let user = Some(query.trim()).filter(|user| !user.is_empty());
    let reissues = member.operator().reissues(user).await;
    let reissues = reissues.map_err(|refusal| member.halt(refusal))?;
    let mut frame = member.frame("reissues-title");
    frame.address = Some(ADMIN_REISSUES.to_owned());
    let reissues = rows(&member, &frame, ADMIN_REISSUES, reissues).await?;
    let page = ReissuesPage {
        notice: notice(&member, &frame),
        frame,
        search: true,
        reissues,
        query,
        back: "/admin/users",
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn cancel(
    Admin(member): Admin,
    Path(reissue_id): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    member.open(&form, Replay::OutOfOrder).await?;
    let cancelled = member.operator().cancel_reissue(&reissue_id).await;
    cancelled.map_err(|refusal| member.halt(refusal))?;
    Ok(see_other_telling(ADMIN_REISSUES, "cancelled"))
}

/// 「渡しました」, for who left the page that showed the password.
pub(in crate::pages) async fn hand_over(
    Admin(member): Admin,
    Path(reissue_id): Path<String>,
) -> Result<Response, Halt> {
    let reissue = member.operator().reissue_to_hand_over(&reissue_id).await;
    let reissue = reissue.map_err(|refusal| member.halt(refusal))?;
    let page = HandOverPage {
        frame: member.frame("hand-over-title"),
        user: reissue.user.to_string(),
        issued_at: reissue.issued_at,
        expires_at: reissue.expires_at,
        hand_over: HandOverForm::new(&member, &reissue.id.to_string()),
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
}

/// 「渡しました」: on the page that shows a password, and in the list.
pub(in crate::pages) async fn handed_over(
    Admin(member): Admin,
    Path(reissue_id): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "way"])?;
    let chosen = |way: &HandOverWay| way.name() == form.text("way");
    let way = HandOverWay::ALL.into_iter().find(chosen);
    let way = way.ok_or_else(Answer::malformed_request)?;
    member.open(&form, Replay::OutOfOrder).await?;
    let noted = member.operator().hand_over(&reissue_id, way).await;
    noted.map_err(|refusal| member.halt(refusal))?;
    Ok(see_other(ADMIN_REISSUES))
}
