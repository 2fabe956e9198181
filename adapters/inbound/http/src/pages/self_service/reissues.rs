//! One's own reissues.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;

use crate::pages::form::Form;
use crate::pages::member::SelfService;
use crate::pages::page_request::{Halt, see_other_telling};
use crate::pages::reissues::{ReissuesPage, notice, rows};
use crate::pages::replay::Replay;

const PATH: &str = "/cert/reissues";

pub(in crate::pages) async fn show(SelfService(member): SelfService) -> Result<Response, Halt> {
    let reissues = member.session.own_reissues().await;
    let reissues = reissues.map_err(|refusal| member.halt(refusal))?;
    let mut frame = member.frame("reissues-own-title");
    frame.address = Some(PATH.to_owned());
    let reissues = rows(&member, &frame, PATH, reissues).await?;
    let page = ReissuesPage {
        notice: notice(&member, &frame),
        frame,
        search: false,
        reissues,
        query: String::new(),
        back: "/cert",
    };
    Ok(member.page_request.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn cancel(
    SelfService(member): SelfService,
    Path(reissue_id): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    member.open(&form, Replay::OutOfOrder).await?;
    let cancelled = member.session.cancel_own_reissue(&reissue_id).await;
    cancelled.map_err(|refusal| member.halt(refusal))?;
    Ok(see_other_telling(PATH, "cancelled"))
}
