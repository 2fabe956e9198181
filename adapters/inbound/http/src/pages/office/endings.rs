//! Steps that end a request: given up, notice come back, everything done. Each is confirmed on a
//! page of its own, for none can be taken back.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::StaffRole;

use super::desk::{Desk, version};
use super::request::to_request;
use super::words::RequestView;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::repeated::Repeated;
use crate::pages::visit::Halt;

#[derive(Template)]
#[template(path = "office/ending.html")]
pub(in crate::pages) struct EndingPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) request: RequestView,
    pub(in crate::pages) step: &'static str,
    pub(in crate::pages) text: &'static str,
    pub(in crate::pages) button: &'static str,
    pub(in crate::pages) form_token: String,
}

const FIELDS: [&str; 2] = ["form_token", "version"];

async fn confirm(
    desk: Desk,
    number: &str,
    step: &'static str,
    [title, text, button]: [&'static str; 3],
) -> Result<Response, Halt> {
    desk.require(StaffRole::Maker).await?;
    let request = desk.request(number).await?;
    let frame = desk.frame(title);
    let page = EndingPage {
        request: RequestView::new(&frame, &request),
        step,
        text,
        button,
        form_token: desk.form_token(),
        frame,
    };
    Ok(desk.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn confirm_cancel(
    desk: Desk,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    let words = [
        "office-cancel",
        "office-cancel-text",
        "office-cancel-button",
    ];
    confirm(desk, &number, "cancel", words).await
}

pub(in crate::pages) async fn confirm_returned_mail(
    desk: Desk,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    let words = [
        "office-returned-mail",
        "office-returned-mail-text",
        "office-returned-mail-button",
    ];
    confirm(desk, &number, "returned-mail", words).await
}

pub(in crate::pages) async fn confirm_complete(
    desk: Desk,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    let words = [
        "office-complete",
        "office-complete-text",
        "office-complete-button",
    ];
    confirm(desk, &number, "complete", words).await
}

pub(in crate::pages) async fn cancel(
    desk: Desk,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    desk.open(&form, Repeated::OutOfOrder).await?;
    let done = desk
        .clerk()
        .cancel_paper_request(&number, version(&form))
        .await;
    done.map_err(|refusal| desk.halt(refusal))?;
    Ok(to_request(&number, Some("cancelled")))
}

pub(in crate::pages) async fn record_returned_mail(
    desk: Desk,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    desk.open(&form, Repeated::OutOfOrder).await?;
    let done = desk
        .clerk()
        .record_returned_mail(&number, version(&form))
        .await;
    let returned = done.map_err(|refusal| desk.halt(refusal))?;
    let notice = if returned.already_redeemed {
        "redeemed"
    } else {
        "returned-mail"
    };
    Ok(to_request(&number, Some(notice)))
}

pub(in crate::pages) async fn complete(
    desk: Desk,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    desk.open(&form, Repeated::OutOfOrder).await?;
    let done = desk
        .clerk()
        .complete_paper_request(&number, version(&form))
        .await;
    done.map_err(|refusal| desk.halt(refusal))?;
    Ok(to_request(&number, Some("completed")))
}
