//! 最近の再発行 of the contract.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;

use crate::pages::form::Form;
use crate::pages::member::Admin;
use crate::pages::page_request::{Halt, see_other_telling};
use crate::pages::reissues::{ReissuesPage, notice, rows};
use crate::pages::replay::Replay;

const PATH: &str = "/admin/reissues";

pub(in crate::pages) async fn show(Admin(member): Admin) -> Result<Response, Halt> {
    let query = member.page_request.parameter("user").unwrap_or_default();
    let user = Some(query.trim()).filter(|user| !user.is_empty());
    let reissues = member.operator().reissues(user).await;
    let reissues = reissues.map_err(|refusal| member.halt(refusal))?;
    let mut frame = member.frame("reissues-title");
    frame.address = Some(PATH.to_owned());
    let page = ReissuesPage {
        notice: notice(&member, &frame),
        frame,
        search: true,
        reissues: rows(&member, PATH, reissues),
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
    Ok(see_other_telling(PATH, "cancelled"))
}
