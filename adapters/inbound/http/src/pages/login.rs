//! Login and logout of both surfaces, and staying logged in.

use askama::Template;
use axum::extract::Extension;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use warifu_core::customers::LoginForm;
use warifu_core::domain::{Session, Surface};
use warifu_core::{FormRefusal, ShownAtLogin};

use super::destination::{Destination, base};
use super::field::Field;
use super::form::{Fields, Form};
use super::frame::{Frame, Problem, Steps};
use super::member::{Admin, Member, SelfService};
use super::message;
use super::page_request::{Halt, PageRequest, query_parameter, see_other, to_login_telling};
use super::problem_page::shows_form_again;
use crate::answer::Answer;
use crate::certificate_door;
use crate::client_certificate::ClientCertificate;
use crate::cookies;
use crate::device;

#[derive(Template)]
#[template(path = "public/login.html")]
pub(super) struct LoginPage {
    pub(super) frame: Frame,
    pub(super) notice: Option<Notice>,
    pub(super) conditions: bool,
    pub(super) action: String,
    /// Where the login leads, for [`destination_of`].
    pub(super) return_to: String,
    pub(super) fields: Vec<Field>,
}

/// The fields of its form.
const FIELDS: [&str; 4] = ["contract", "user", "password", "return_to"];

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

pub(super) async fn admin_form(page_request: PageRequest) -> Response {
    form(&page_request, Surface::Admin)
}

pub(super) async fn self_service_form(page_request: PageRequest) -> Response {
    form(&page_request, Surface::SelfService)
}

fn form(page_request: &PageRequest, surface: Surface) -> Response {
    let frame = page_request.frame(title(surface));
    let notice = why_here(page_request, &frame);
    let destination = destination(page_request);
    let page = login_page(surface, frame, ["", ""], notice, &destination);
    page_request.page(StatusCode::OK, &page)
}

/// Why somebody is at a login page.
pub(super) fn why_here(page_request: &PageRequest, frame: &Frame) -> Option<Notice> {
    match page_request.told() {
        Some("login") => Some(Notice::information(frame.t("M-SES-04"))),
        Some("ended") => {
            let limits = &frame.session_limits;
            let (idle, absolute) = (frame.span(&limits.idle), frame.span(&limits.absolute));
            let text = frame.t2("login-ended", "idle", idle, "absolute", absolute);
            Some(Notice::information(text))
        }
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

/// Where the login leads that is asked for now.
pub(super) fn destination(page_request: &PageRequest) -> Destination {
    Destination::parse(|name| page_request.parameter(name))
}

/// Where the login leads whose form was sent.
pub(super) fn destination_of(form: &Fields) -> Destination {
    Destination::parse(|name| query_parameter(form.text("return_to"), name))
}

fn login_page(
    surface: Surface,
    mut frame: Frame,
    entered: [&str; 2],
    notice: Option<Notice>,
    destination: &Destination,
) -> LoginPage {
    frame.address = Some(address(surface, destination));
    // Which way somebody is on is not known before, unless they come for a new password.
    if surface == Surface::SelfService && destination.is_own_reissue() {
        frame = frame.at_step(Steps::of_self_service(1));
    }
    LoginPage {
        notice,
        conditions: surface == Surface::SelfService,
        action: format!("{}/login", base(surface)),
        return_to: destination.query(),
        fields: fields(&frame, entered),
        frame,
    }
}

/// The address of a login page that leads on to `destination`.
pub(super) fn address(surface: Surface, destination: &Destination) -> String {
    destination.login(surface)
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
    page_request: PageRequest,
    certificate: Option<Extension<ClientCertificate>>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    let certificate = certificate
        .as_ref()
        .map(|Extension(certificate)| certificate);
    let (contract, user) = (form.text("contract"), form.text("user"));
    if !certificate_door::fits_login(&page_request.state, certificate, contract, user) {
        return Err(Answer::client_certificate_required().into());
    }
    let own_certificate = certificate_door::is_own(certificate, contract, user);
    let shown = ShownAtLogin {
        own_certificate,
        ..device::of_browser(&page_request.state, &headers, Surface::Admin)
    };
    log_in(&page_request, Surface::Admin, form, shown).await
}

pub(super) async fn self_service_log_in(
    page_request: PageRequest,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Halt> {
    let form = form.with_only(&FIELDS)?;
    let surface = Surface::SelfService;
    let shown = device::of_browser(&page_request.state, &headers, surface);
    log_in(&page_request, surface, form, shown).await
}

async fn log_in(
    page_request: &PageRequest,
    surface: Surface,
    form: Fields,
    shown: ShownAtLogin,
) -> Result<Response, Halt> {
    let login = LoginForm {
        contract_number: form.text("contract").to_owned(),
        user_id: form.text("user").to_owned(),
        login_password: form.secret("password"),
    };
    match page_request
        .state
        .use_cases
        .customers
        .log_in_showing(page_request.context, surface, login, shown)
        .await
    {
        Ok(logged_in) => {
            let mut response = see_other(&destination_of(&form).path(surface));
            let session = cookies::set_session(&page_request.state, surface, &logged_in.token);
            cookies::append(response.headers_mut(), session);
            if let Some(token) = &logged_in.device_token {
                let device = device::remember(&page_request.state, surface, token);
                cookies::append(response.headers_mut(), device);
            }
            Ok(response)
        }
        Err(refusal) if shows_form_again(&refusal) => {
            let answer = message::answer(refusal);
            let problems: Vec<Problem> = message::problems(page_request, &answer, "contract");
            let frame = page_request.frame(title(surface)).with_problems(problems);
            let entered = [form.text("contract"), form.text("user")];
            let page = login_page(surface, frame, entered, None, &destination_of(&form));
            Ok(page_request.page(answer.status, &page))
        }
        Err(refusal) => {
            let frame = page_request.frame(title(surface));
            Err(message::page(page_request, frame, &message::answer(refusal)).into())
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
    let (forms, path) = (&member.session.forms, member.page_request.path());
    let opened = forms.open(path, form.text("form_token")).await;
    if matches!(opened, Err(FormRefusal::Foreign)) {
        return Err(member.halt_with(&Answer::cross_origin()));
    }
    let ended = member.session.log_out().await;
    ended.map_err(|refusal| member.halt(refusal))?;
    Ok(logged_out(&member.page_request, surface))
}

/// Back to the login page, with nothing of the session left in the browser.
pub(super) fn logged_out(page_request: &PageRequest, surface: Surface) -> Response {
    let mut response = to_login_telling(surface, &Destination::default(), "logged-out");
    let headers = response.headers_mut();
    cookies::append(
        headers,
        cookies::clear_session(&page_request.state, surface),
    );
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
    alive_for(&member.page_request, &member.session.session)
}

/// The request itself has kept the session alive; this says for how much longer it can be.
pub(super) fn alive_for(page_request: &PageRequest, session: &Session) -> Response {
    let left = session
        .expires_at
        .since(page_request.service().now())
        .as_secs();
    let kind = [(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    )];
    (kind, left.to_string()).into_response()
}
