//! Login and logout of the bank's staff: everything in one entry, so that a refusal tells nothing.

use askama::Template;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use warifu_core::FormRefusal;
use warifu_core::domain::Surface;
use warifu_core::office::StaffLoginForm;
use warifu_wire::code_lengths;

use super::page::OfficePage;
use crate::answer::Answer;
use crate::cookies;
use crate::device;
use crate::pages::destination::Destination;
use crate::pages::field::Field;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::login::{self, Notice};
use crate::pages::message;
use crate::pages::page_request::{Halt, PageRequest, see_other};
use crate::pages::problem_page::shows_form_again;

#[derive(Template)]
#[template(path = "office/login.html")]
pub(in crate::pages) struct StaffLoginPage {
    pub(in crate::pages) frame: Frame,
    pub(in crate::pages) notice: Option<Notice>,
    pub(in crate::pages) return_to: String,
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

fn page(
    page_request: &PageRequest,
    mut frame: Frame,
    notice: Option<Notice>,
    staff: &str,
    destination: &Destination,
) -> StaffLoginPage {
    frame.address = Some(login::address(Surface::Office, destination));
    let digits = code_lengths(&page_request.service().staff_code_lengths());
    StaffLoginPage {
        fields: fields(&frame, staff, &digits),
        notice,
        return_to: destination.query(),
        frame,
    }
}

/// `/office` itself.
pub(in crate::pages) async fn first_page(_: OfficePage) -> Response {
    see_other("/office/requests")
}

pub(in crate::pages) async fn form(page_request: PageRequest) -> Response {
    let frame = page_request.frame("office-login-title");
    let notice = login::why_here(&page_request, &frame);
    let destination = login::destination(&page_request);
    let page = page(&page_request, frame, notice, "", &destination);
    page_request.page(StatusCode::OK, &page)
}

pub(in crate::pages) async fn log_in(
    page_request: PageRequest,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Halt> {
    let shown = device::of_browser(&page_request.state, &headers, Surface::Office);
    let form = form.with_only(&["staff", "password", "otp", "return_to"])?;
    let entered = StaffLoginForm {
        staff_id: form.text("staff").to_owned(),
        login_password: form.secret("password"),
        otp: form.secret("otp"),
    };
    match page_request
        .state
        .use_cases
        .office
        .log_in_showing(page_request.context, entered, shown)
        .await
    {
        Ok(logged_in) => {
            let mut response = see_other(&login::destination_of(&form).path(Surface::Office));
            let session =
                cookies::set_session(&page_request.state, Surface::Office, &logged_in.token);
            cookies::append(response.headers_mut(), session);
            if let Some(token) = &logged_in.device_token {
                let device = device::remember(&page_request.state, Surface::Office, token);
                cookies::append(response.headers_mut(), device);
            }
            Ok(response)
        }
        Err(refusal) if shows_form_again(&refusal) => {
            let answer = message::answer(refusal);
            let problems = message::problems(&page_request, &answer, "staff");
            let frame = page_request
                .frame("office-login-title")
                .with_problems(problems);
            let page = page(
                &page_request,
                frame,
                None,
                form.text("staff"),
                &login::destination_of(&form),
            );
            Ok(page_request.page(answer.status, &page))
        }
        Err(refusal) => {
            let frame = page_request.frame("office-login-title");
            Err(message::page(&page_request, frame, &message::answer(refusal)).into())
        }
    }
}

/// Logging out is done from a page of any age: only a form that was made elsewhere is refused.
pub(in crate::pages) async fn log_out(office: OfficePage, form: Form) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    let opened = office
        .session
        .forms
        .open(office.page_request.path(), form.text("form_token"))
        .await;
    if matches!(opened, Err(FormRefusal::Foreign)) {
        return Err(office.halt_with(&Answer::cross_origin()));
    }
    let ended = office.session.log_out().await;
    ended.map_err(|refusal| office.halt(refusal))?;
    Ok(login::logged_out(&office.page_request, Surface::Office))
}

pub(in crate::pages) async fn keep_alive(office: OfficePage) -> Response {
    login::alive_for(&office.page_request, &office.session.session)
}
