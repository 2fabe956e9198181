//! 紙づまり: a notice that is no good, or came back, and the request for a new one.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use warifu_core::domain::StaffRole;
use warifu_core::domain::paper_request::{PaperRequest, PaperState};

use super::page::{OfficePage, version};
use super::request::to_request;
use super::words::RequestView;
use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::message;
use crate::pages::page_request::Halt;
use crate::pages::problem_page::shows_form_again;
use crate::pages::replay::Replay;

#[derive(Template)]
#[template(path = "office/reprint.html")]
pub(in crate::pages) struct ReprintPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) request: RequestView,
    pub(in crate::pages) text: &'static str,
    pub(in crate::pages) field: Field,
    pub(in crate::pages) form_token: String,
}

impl ReprintPage {
    pub(in crate::pages) fn new(
        frame: Frame,
        request: &PaperRequest,
        form_token: String,
        reason: &str,
    ) -> Self {
        let field = Field::text("reason", frame.t("office-reason"))
            .hint(frame.t("office-reprint-reason-hint"))
            .with("autocomplete", "off")
            .width("code")
            .value(reason);
        let text = match request.state() {
            PaperState::Undeliverable => "office-resend-text",
            _ => "office-reprint-text",
        };
        Self {
            request: RequestView::new(&frame, request),
            text,
            field: frame.marked(field),
            form_token,
            frame,
        }
    }
}

fn title(request: &PaperRequest) -> &'static str {
    match request.state() {
        PaperState::Undeliverable => "office-resend",
        _ => "office-reprint",
    }
}

pub(in crate::pages) async fn form(
    office: OfficePage,
    Path(number): Path<String>,
) -> Result<Response, Halt> {
    office.require(StaffRole::Maker).await?;
    let request = office.request(&number).await?;
    let possible = [
        PaperState::Printing,
        PaperState::Issued,
        PaperState::Undeliverable,
    ];
    if !possible.contains(&request.state()) {
        return Ok(to_request(&number, None));
    }
    let token = office.step_token(&request, "reprint");
    let page = ReprintPage::new(office.frame(title(&request)), &request, token, "");
    Ok(office.page(StatusCode::OK, &page))
}

pub(in crate::pages) async fn ask(
    office: OfficePage,
    Path(number): Path<String>,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token", "version", "reason"])?;
    let opened = office.open(&form, Replay::OutOfOrder).await?;
    let reason = form.text("reason");
    let asked = office
        .clerk()
        .ask_for_reprint(&number, version(&form), reason)
        .await;
    let Err(refusal) = asked else {
        return Ok(to_request(&number, Some("reprint-asked")));
    };
    office.session.forms.refused(&opened).await;
    if !shows_form_again(&refusal) {
        return Err(office.halt(refusal));
    }
    let answer = message::answer(refusal);
    let problems = message::problems(&office.page_request, &answer, "reason");
    let request = office.request(&number).await?;
    let frame = office.frame(title(&request)).with_problems(problems);
    let token = office.step_token(&request, "reprint");
    let page = ReprintPage::new(frame, &request, token, reason);
    Ok(office.page(answer.status, &page))
}
