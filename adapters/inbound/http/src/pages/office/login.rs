//! Login and logout of the bank's staff: everything in one entry, so that a refusal tells nothing.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use warifu_core::FormRefusal;
use warifu_core::domain::Surface;
use warifu_core::office::StaffLoginForm;
use warifu_wire::code_lengths;

use super::desk::Desk;
use crate::answer::Answer;
use crate::cookies;
use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::login::{self, Notice};
use crate::pages::message;
use crate::pages::problem_page::shows_form_again;
use crate::pages::visit::{Halt, Visit, see_other};

#[derive(Template)]
#[template(path = "office/login.html")]
pub(in crate::pages) struct StaffLoginPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) notice: Option<Notice>,
    pub(in crate::pages) action: String,
    pub(in crate::pages) fields: Vec<Field>,
}

/// The fields, with the staff ID as entered; cards show `digits` digits.
pub(in crate::pages) fn fields(frame: &Frame, staff: &str, digits: &str) -> Vec<Field> {
    let fields = vec![
        Field::text("staff", frame.t("label-staff-id"))
            .with("autocomplete", "username")
            .value(staff),
        Field::password(
            "password",
            frame.t("label-login-password"),
            "current-password",
        )
        .hint(frame.t("hint-login-password")),
        Field::text("otp", frame.t("label-otp"))
            .hint(frame.t1("hint-otp", "n", digits))
            .with("inputmode", "numeric")
            .with("autocomplete", "one-time-code")
            .with("translate", "no")
            .width("short"),
    ];
    fields
        .into_iter()
        .map(|field| frame.marked(field))
        .collect()
}

fn page(visit: &Visit, mut frame: Frame, notice: Option<Notice>, staff: &str) -> StaffLoginPage {
    let action = login::address(visit, Surface::Office);
    frame.address = Some(action.clone());
    let digits = code_lengths(&visit.service().staff_code_lengths());
    StaffLoginPage {
        fields: fields(&frame, staff, &digits),
        notice,
        action,
        frame,
    }
}

/// `/office` itself.
pub(in crate::pages) async fn first_page(_: Desk) -> Response {
    see_other("/office/requests")
}

pub(in crate::pages) async fn form(visit: Visit) -> Response {
    let frame = visit.frame("office-login-title");
    let notice = login::why_here(&visit, &frame);
    visit.page(StatusCode::OK, &page(&visit, frame, notice, ""))
}

pub(in crate::pages) async fn log_in(visit: Visit, form: Form) -> Result<Response, Halt> {
    let form = form.with_only(&["staff", "password", "otp"])?;
    let entered = StaffLoginForm {
        staff_id: form.text("staff").to_owned(),
        login_password: form.secret("password"),
        otp: form.secret("otp"),
    };
    match visit
        .state
        .use_cases
        .office
        .log_in(visit.context, entered)
        .await
    {
        Ok(logged_in) => {
            let mut response = see_other(&login::destination(&visit).path(Surface::Office));
            let session = cookies::set_session(&visit.state, Surface::Office, &logged_in.token);
            cookies::append(response.headers_mut(), session);
            Ok(response)
        }
        Err(refusal) if shows_form_again(&refusal) => {
            let answer = message::answer(refusal);
            let problems = message::problems(&visit, &answer, "staff");
            let frame = visit.frame("office-login-title").with_problems(problems);
            let page = page(&visit, frame, None, form.text("staff"));
            Ok(visit.page(answer.status, &page))
        }
        Err(refusal) => {
            let frame = visit.frame("office-login-title");
            Err(message::page(&visit, frame, &message::answer(refusal)).into())
        }
    }
}

/// Logging out is done from a page of any age: only a form that was made elsewhere is refused.
pub(in crate::pages) async fn log_out(desk: Desk, form: Form) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    let opened = desk.session.forms.open(form.text("form_token")).await;
    if matches!(opened, Err(FormRefusal::Foreign)) {
        return Err(desk.halt_with(&Answer::cross_origin()));
    }
    let ended = desk.session.log_out().await;
    ended.map_err(|refusal| desk.halt(refusal))?;
    Ok(login::logged_out(&desk.visit, Surface::Office))
}

pub(in crate::pages) async fn keep_alive(desk: Desk) -> Response {
    login::alive_for(&desk.visit, &desk.session.session)
}
