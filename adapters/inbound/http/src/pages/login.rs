//! Login and logout of both surfaces, and staying logged in.

use askama::Template;
use axum::extract::Extension;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use warifu_core::FormRefusal;
use warifu_core::customers::LoginForm;
use warifu_core::domain::{Session, Surface};

use super::destination::{Destination, base};
use super::field::Field;
use super::form::Form;
use super::frame::{Frame, Problem, Steps};
use super::member::{Admin, Member, SelfService};
use super::message;
use super::problem_page::shows_form_again;
use super::visit::{Halt, Visit, see_other};
use crate::answer::Answer;
use crate::client_certificate::{self, ClientCertificate};
use crate::cookies;

#[derive(Template)]
#[template(path = "public/login.html")]
pub(super) struct LoginPage {
    pub(super) frame: Frame,
    pub(super) notice: Option<Notice>,
    pub(super) conditions: bool,
    pub(super) action: String,
    pub(super) fields: Vec<Field>,
}

/// What is said above the heading: what was done, or why somebody is here.
pub(super) struct Notice {
    pub(super) kind: &'static str,
    pub(super) label: &'static str,
    pub(super) text: String,
}

impl Notice {
    /// That something was done.
    pub(super) fn done(text: String) -> Self {
        Self {
            kind: "ok",
            label: "form-done",
            text,
        }
    }

    /// That something was done, and something else is to be looked into.
    pub(super) fn warning(text: String) -> Self {
        Self {
            kind: "warning",
            label: "form-caution",
            text,
        }
    }

    pub(super) fn information(text: String) -> Self {
        Self {
            kind: "info",
            label: "form-notice",
            text,
        }
    }
}

pub(super) async fn admin_form(visit: Visit) -> Response {
    form(&visit, Surface::Admin)
}

pub(super) async fn self_service_form(visit: Visit) -> Response {
    form(&visit, Surface::SelfService)
}

fn form(visit: &Visit, surface: Surface) -> Response {
    let frame = visit.frame(title(surface));
    let notice = why_here(visit, &frame);
    let page = login_page(visit, surface, frame, ["", ""], notice);
    visit.page(StatusCode::OK, &page)
}

/// Why somebody is at a login page.
pub(super) fn why_here(visit: &Visit, frame: &Frame) -> Option<Notice> {
    match visit.parameter("notice").as_deref() {
        Some("login") => Some(Notice::information(frame.t("M-SES-04"))),
        Some("ended") => Some(Notice::information(frame.t("M-SES-02"))),
        Some("logged-out") => Some(Notice::done(frame.t("M-SES-03"))),
        _ => None,
    }
}

const fn title(surface: Surface) -> &'static str {
    match surface {
        Surface::SelfService => "login-self-title",
        Surface::Admin | Surface::Office => "login-title",
    }
}

/// Where the login leads.
pub(super) fn destination(visit: &Visit) -> Destination {
    Destination::parse(|name| visit.parameter(name))
}

fn login_page(
    visit: &Visit,
    surface: Surface,
    mut frame: Frame,
    entered: [&str; 2],
    notice: Option<Notice>,
) -> LoginPage {
    let action = address(visit, surface);
    frame.address = Some(action.clone());
    if surface == Surface::SelfService {
        frame = frame.at_step(Steps::of_self_service(1));
    }
    LoginPage {
        notice,
        conditions: surface == Surface::SelfService,
        action,
        fields: fields(&frame, entered),
        frame,
    }
}

/// The address of a login page that leads on to where this one does.
pub(super) fn address(visit: &Visit, surface: Surface) -> String {
    let query = serde_urlencoded::to_string(destination(visit).parameters()).unwrap_or_default();
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{}/login{separator}{query}", base(surface))
}

/// The fields of a login, with contract number and user ID as entered.
pub(super) fn fields(frame: &Frame, [contract, user]: [&str; 2]) -> Vec<Field> {
    let fields = vec![
        Field::text("contract", frame.t("label-contract-number"))
            .hint(frame.t("hint-contract-number"))
            .with("inputmode", "numeric")
            .with("autocomplete", "on")
            .value(contract),
        Field::text("user", frame.t("label-user-id"))
            .with("autocomplete", "username")
            .value(user),
        Field::password(
            "password",
            frame.t("label-login-password"),
            "current-password",
        )
        .hint(frame.t("hint-login-password")),
    ];
    fields
        .into_iter()
        .map(|field| frame.marked(field))
        .collect()
}

pub(super) async fn admin_log_in(
    visit: Visit,
    certificate: Option<Extension<ClientCertificate>>,
    form: Form,
) -> Result<Response, Halt> {
    let certificate = certificate
        .as_ref()
        .map(|Extension(certificate)| certificate);
    let (contract, user) = (form.text("contract"), form.text("user"));
    if !client_certificate::fits_login(&visit.state, certificate, contract, user) {
        return Err(Answer::client_certificate_required().into());
    }
    log_in(&visit, Surface::Admin, form).await
}

pub(super) async fn self_service_log_in(visit: Visit, form: Form) -> Result<Response, Halt> {
    log_in(&visit, Surface::SelfService, form).await
}

async fn log_in(visit: &Visit, surface: Surface, form: Form) -> Result<Response, Halt> {
    let form = form.with_only(&["contract", "user", "password"])?;
    let login = LoginForm {
        contract_number: form.text("contract").to_owned(),
        user_id: form.text("user").to_owned(),
        login_password: form.secret("password"),
    };
    match visit
        .state
        .use_cases
        .customers
        .log_in(visit.context, surface, login)
        .await
    {
        Ok(logged_in) => {
            let mut response = see_other(&destination(visit).path(surface));
            let session = cookies::set_session(&visit.state, surface, &logged_in.token);
            cookies::append(response.headers_mut(), session);
            Ok(response)
        }
        Err(refusal) if shows_form_again(&refusal) => {
            let answer = message::answer(refusal);
            let problems: Vec<Problem> = message::problems(visit, &answer, "contract");
            let frame = visit.frame(title(surface)).with_problems(problems);
            let entered = [form.text("contract"), form.text("user")];
            let page = login_page(visit, surface, frame, entered, None);
            Ok(visit.page(answer.status, &page))
        }
        Err(refusal) => {
            let frame = visit.frame(title(surface));
            Err(message::page(visit, frame, &message::answer(refusal)).into())
        }
    }
}

pub(super) async fn admin_log_out(Admin(member): Admin, form: Form) -> Result<Response, Halt> {
    log_out(&member, Surface::Admin, form).await
}

pub(super) async fn self_service_log_out(
    SelfService(member): SelfService,
    form: Form,
) -> Result<Response, Halt> {
    log_out(&member, Surface::SelfService, form).await
}

/// Logging out is done from a page of any age: only a form that was made elsewhere is refused.
async fn log_out(member: &Member, surface: Surface, form: Form) -> Result<Response, Halt> {
    let form = form.with_only(&["form_token"])?;
    let opened = member.session.forms.open(form.text("form_token")).await;
    if matches!(opened, Err(FormRefusal::Foreign)) {
        return Err(member.halt_with(&Answer::cross_origin()));
    }
    let ended = member.session.log_out().await;
    ended.map_err(|refusal| member.halt(refusal))?;
    Ok(logged_out(&member.visit, surface))
}

/// Back to the login page, with nothing of the session left in the browser.
pub(super) fn logged_out(visit: &Visit, surface: Surface) -> Response {
    let mut response = see_other(&format!("{}/login?notice=logged-out", base(surface)));
    let headers = response.headers_mut();
    cookies::append(headers, cookies::clear_session(&visit.state, surface));
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    response
}

pub(super) async fn admin_keep_alive(Admin(member): Admin) -> Response {
    seconds_left(&member)
}

pub(super) async fn self_service_keep_alive(SelfService(member): SelfService) -> Response {
    seconds_left(&member)
}

fn seconds_left(member: &Member) -> Response {
    alive_for(&member.visit, &member.session.session)
}

/// The request itself has kept the session alive; this says for how much longer it can be.
pub(super) fn alive_for(visit: &Visit, session: &Session) -> Response {
    let left = session.expires_at.since(visit.service().now()).as_secs();
    let kind = [(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    )];
    (kind, left.to_string()).into_response()
}
