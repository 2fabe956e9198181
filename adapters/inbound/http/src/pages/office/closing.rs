//! Steps that end a request: given up, notice come back, everything done. Each is confirmed on a
//! page of its own, for none can be taken back.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::StaffRole;

use super::page::{OfficePage, version};
use super::request::to_request;
use super::words::RequestView;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::page_request::Halt;
use crate::pages::replay::Replay;

#[derive(Template)]
#[template(path = "office/closing.html")]
pub(in crate::pages) struct ClosingPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) request: RequestView,
    pub(in crate::pages) step: &'static str,
    pub(in crate::pages) text: &'static str,
    pub(in crate::pages) button: &'static str,
    pub(in crate::pages) form_token: String,
}

const FIELDS: [&str; 2] = ["form_token", "version"];

async fn confirm(
    office: OfficePage,
    number: &str,
    step: &'static str,
    [title, text, button]: [&'static str; 3],
) -> Result<Response, Halt> {
    office.require(StaffRole::Maker).await?;
    let request = office.request(number).await?;
    let frame = office.frame(title);
    let page = ClosingPage {
        request: RequestView::new(&frame, &request),
        step,
        text,
        button,
        form_token: office.step_token(&request, step),
        frame,
    };
    Ok(office.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn confirm_cancel(
    office: OfficePage,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    let words = [
        "office-cancel",
        "office-cancel-text",
        "office-cancel-button",
    ];
    confirm(office, &number, "cancel", words).await
}

pub(in crate::pages) async fn confirm_returned_mail(
    office: OfficePage,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    let words = [
        "office-returned-mail",
        "office-returned-mail-text",
        "office-returned-mail-button",
    ];
    confirm(office, &number, "returned-mail", words).await
}

pub(in crate::pages) async fn confirm_complete(
    office: OfficePage,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    let words = [
        "office-complete",
        "office-complete-text",
        "office-complete-button",
    ];
    confirm(office, &number, "complete", words).await
}

pub(in crate::pages) async fn cancel(
    office: OfficePage,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    office.open(&form, Replay::OutOfOrder).await?;
    let done = office
        .clerk()
        .cancel_paper_request(&number, version(&form))
        .await;
    done.map_err(|refusal| office.halt(refusal))?;
    Ok(to_request(&number, Some("cancelled")))
}

pub(in crate::pages) async fn record_returned_mail(
    office: OfficePage,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    office.open(&form, Replay::OutOfOrder).await?;
    let done = office
        .clerk()
        .record_returned_mail(&number, version(&form))
        .await;
    let returned = done.map_err(|refusal| office.halt(refusal))?;
    let notice = if returned.already_redeemed {
        "redeemed"
    } else {
        "returned-mail"
    };
    Ok(to_request(&number, Some(notice)))
}

pub(in crate::pages) async fn complete(
    office: OfficePage,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    office.open(&form, Replay::OutOfOrder).await?;
    let done = office
        .clerk()
        .complete_paper_request(&number, version(&form))
        .await;
    done.map_err(|refusal| office.halt(refusal))?;
    Ok(to_request(&number, Some("completed")))
}
