//! A request for a page, and who makes it.

use askama::Template;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};
use warifu_core::customers::{Operator, UserSession};
use warifu_core::domain::paper_request::PaperRefusal;
use warifu_core::domain::{Permission, Surface};
use warifu_core::{FormRefusal, OpenForm, Refusal, RequestContext, Service, SessionForms};
use warifu_messages::Locale;
use warifu_wire::Problem;
use zeroize::Zeroizing;

use super::destination::{Destination, base};
use super::form::Form;
use super::frame::{Frame, MemberFrame, MenuEntry};
use super::message;
use super::ways::OpenWays;
use crate::answer::Answer;
use crate::client_certificate::{self, ClientCertificate};
use crate::cookies;
use crate::state::AppState;

const LANGUAGE_COOKIE: &str = "warifu-language";
const TURN_COOKIE: &str = "warifu-turn";

/// Room for a page, so that its buffer does not grow and leave copies of a secret behind.
const PAGE_ROOM: usize = 48 * 1024;

/// An answer that ends the handling of a request early.
pub(super) struct Halt(Box<Response>);

impl IntoResponse for Halt {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Answer> for Halt {
    fn from(answer: Answer) -> Self {
        answer.into_response().into()
    }
}

impl From<Response> for Halt {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

/// A request for a page.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) state: AppState,
    pub(super) context: RequestContext,
    pub(super) locale: Locale,
    uri: Uri,
}

impl Visit {
    pub(super) fn new(
        state: &AppState,
        context: RequestContext,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Self {
        let chosen = cookies::value(headers, &cookies::name(state, LANGUAGE_COOKIE));
        Self {
            state: state.clone(),
            context,
            locale: chosen.and_then(|tag| tag.parse().ok()).unwrap_or_default(),
            uri: uri.clone(),
        }
    }

    pub(super) fn service(&self) -> &Service {
        &self.state.use_cases.service
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The first parameter `name` of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(self.uri.query().unwrap_or_default()).unwrap_or_default();
        pairs
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The frame of the screen that is called by the text `title`.
    pub(super) fn frame(&self, title: &str) -> Frame {
        let state = &self.state;
        let address = self
            .uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str);
        Frame {
            locale: self.locale,
            messages: state.messages,
            site: state.site.clone(),
            title: state.messages.text(self.locale, title, &[]),
            whole_title: None,
            problems: Vec::new(),
            address: Some(address.to_owned()),
            secret: false,
            demo: state.demo.is_some(),
            idle_minutes: self.service().policy().session.idle.as_secs() / 60,
            member: None,
            steps: None,
        }
    }

    /// A page.
    pub(super) fn page(&self, status: StatusCode, page: &impl Template) -> Response {
        let mut response = rendered(status, page);
        // A change of an HttpOnly cookie makes browsers forget the pages they keep for the Back
        // button: one of those may have shown a secret.
        let turn = self.service().new_request_id().to_string();
        cookies::append(
            response.headers_mut(),
            cookies::set(&self.state, &cookies::name(&self.state, TURN_COOKIE), &turn),
        );
        response
    }
}

/// A page, without anything for a browser to keep.
pub(super) fn rendered(status: StatusCode, page: &impl Template) -> Response {
    let mut html = Zeroizing::new(String::with_capacity(PAGE_ROOM));
    if page.render_into(&mut *html).is_err() {
        return Answer::unexpected().into_response();
    }
    let html = Zeroizing::new(std::mem::take(&mut *html).into_bytes());
    let mut response = Response::new(Body::from(Bytes::from_owner(html)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Answer> {
        let context = parts.extensions.get::<RequestContext>().copied();
        let context = context.ok_or_else(Answer::unexpected)?;
        Ok(Self::new(state, context, &parts.uri, &parts.headers))
    }
}

/// A request for a page by somebody who is logged in.
pub(super) struct Member {
    pub(super) visit: Visit,
    pub(super) session: UserSession,
    surface: Surface,
}

/// What becomes of a token once its form was carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// Sending it again says that the reissue is complete.
    Complete,
    /// Sending it again says that the notice was printed.
    Printed,
    /// Sending it again says that nothing was done this time.
    OutOfOrder,
}

impl Member {
    async fn enter(parts: &Parts, state: &AppState, surface: Surface) -> Result<Self, Halt> {
        let context = parts.extensions.get::<RequestContext>().copied();
        let context = context.ok_or_else(Answer::unexpected)?;
        let visit = Visit::new(state, context, &parts.uri, &parts.headers);
        let Some(token) = cookies::session_token(state, &parts.headers, surface) else {
            return Err(visit.to_login(surface, "login").into());
        };
        let customers = &state.use_cases.customers;
        let session = match customers.session(context, surface, token).await {
            Ok(session) => session,
            Err(Refusal::SessionRequired) => {
                return Err(visit.to_login(surface, "ended").into());
            }
            Err(refusal) => return Err(message::answer(refusal).into()),
        };
        let certificate = parts.extensions.get::<ClientCertificate>();
        if surface == Surface::Admin
            && !client_certificate::fits(state, certificate, session.operator.subject())
        {
            return Err(Answer::client_certificate_required().into());
        }
        Ok(Self {
            visit,
            session,
            surface,
        })
    }

    pub(super) fn service(&self) -> &Service {
        self.visit.service()
    }

    pub(super) fn operator(&self) -> &Operator {
        &self.session.operator
    }

    pub(super) fn may_reissue(&self) -> bool {
        self.operator()
            .user
            .holds(Permission::ReissueRetrievalPassword)
    }

    /// A token for one form of this page.
    pub(super) fn form_token(&self) -> String {
        self.session.forms.token()
    }

    /// The frame of the screen that is called by the text `title`.
    pub(super) fn frame(&self, title: &str) -> Frame {
        let mut frame = self.visit.frame(title);
        let service = self.service();
        let session = &self.session.session;
        frame.member = Some(MemberFrame {
            called: frame.t2(
                "frame-user",
                "company",
                &self.operator().contract.name,
                "name",
                &self.operator().user.name,
            ),
            previous_login: session.previous_login,
            base: base(self.surface),
            logout_token: self.form_token(),
            menu: self.menu(),
            idle_seconds: service.policy().session.idle.as_secs(),
            absolute_seconds: session.expires_at.since(service.now()).as_secs(),
        });
        frame
    }

    fn menu(&self) -> Vec<MenuEntry> {
        let path = self.visit.path();
        let entry = |href, label, current| MenuEntry {
            href,
            label,
            current,
        };
        let under = |start: &str| path.starts_with(start);
        match self.surface {
            Surface::Admin if self.may_reissue() => vec![
                entry("/admin", "frame-menu-top", path == "/admin"),
                entry("/admin/users", "frame-menu-users", under("/admin/users")),
                entry(
                    "/admin/reissues",
                    "frame-menu-reissues",
                    under("/admin/reissues"),
                ),
                entry("/admin/audit", "frame-menu-audit", under("/admin/audit")),
            ],
            Surface::Admin => vec![entry("/admin", "frame-menu-top", path == "/admin")],
            _ => vec![
                entry("/cert", "frame-menu-retrieve", !under("/cert/reissues")),
                entry(
                    "/cert/reissues",
                    "frame-menu-own-reissues",
                    under("/cert/reissues"),
                ),
            ],
        }
    }

    /// The page that says why something is not done.
    pub(super) fn halt(&self, refusal: Refusal) -> Halt {
        self.halt_with(&message::answer(refusal))
    }

    /// As [`Self::halt`], with the ways that are open instead.
    pub(super) async fn stop(&self, refusal: Refusal) -> Halt {
        let ways = OpenWays::after(self, &refusal).await;
        let mut frame = self.frame("error-title-refused");
        frame.address = None;
        let answer = message::answer(refusal);
        message::page_with_ways(&self.visit, frame, &answer, ways).into()
    }

    /// As [`Self::halt`], for other answers.
    pub(super) fn halt_with(&self, answer: &Answer) -> Halt {
        let mut frame = self.frame("error-title-refused");
        frame.address = None;
        message::page(&self.visit, frame, answer).into()
    }

    /// Lets a form be carried out, once.
    pub(super) async fn open(&self, form: &Form, repeated: Repeated) -> Result<OpenForm, Halt> {
        let opened = self.visit.open(&self.session.forms, form, repeated).await;
        opened.map_err(|answer| self.halt_with(&answer))
    }
}

impl Visit {
    /// Lets a form of a session be carried out, once.
    pub(super) async fn open(
        &self,
        forms: &SessionForms,
        form: &Form,
        repeated: Repeated,
    ) -> Result<OpenForm, Answer> {
        let token = form.text("form_token");
        let opened = forms.open(token).await;
        match (opened, repeated) {
            (Ok(form), _) => Ok(form),
            (Err(FormRefusal::Foreign), _) => Err(Answer::cross_origin()),
            (Err(FormRefusal::Used { done: true }), Repeated::Complete) => {
                Err(Refusal::AlreadyReissued.into())
            }
            (Err(FormRefusal::Used { done: true }), Repeated::Printed) => {
                Err(Refusal::Paper(PaperRefusal::AlreadyPrinted).into())
            }
            (Err(FormRefusal::Used { .. } | FormRefusal::Stale), _) => {
                Err(Problem::form_out_of_order().into())
            }
            (Err(FormRefusal::Unavailable(unavailable)), _) => {
                Err(message::answer(Refusal::Unavailable(unavailable)))
            }
        }
    }

    /// Away to the login page of `surface`, and back here afterwards.
    pub(super) fn to_login(&self, surface: Surface, notice: &str) -> Response {
        let mut parameters = vec![("notice", notice.to_owned())];
        parameters.extend(Destination::of_path(self.path()).parameters());
        let query = serde_urlencoded::to_string(&parameters).unwrap_or_default();
        see_other(&format!("{}/login?{query}", base(surface)))
    }
}

/// Somebody who is logged in on the administrators' pages.
pub(super) struct Admin(pub(super) Member);

impl FromRequestParts<AppState> for Admin {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Halt> {
        Member::enter(parts, state, Surface::Admin).await.map(Self)
    }
}

/// Somebody who is logged in on the self-service pages.
pub(super) struct SelfService(pub(super) Member);

impl FromRequestParts<AppState> for SelfService {
    type Rejection = Halt;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Halt> {
        Member::enter(parts, state, Surface::SelfService)
            .await
            .map(Self)
    }
}

/// A redirect to one of our own pages, to be fetched by GET.
pub(super) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(path) {
        Ok(location) => response.headers_mut().insert(LOCATION, location),
        Err(_) => response
            .headers_mut()
            .insert(LOCATION, HeaderValue::from_static("/")),
    };
    response
}

/// Remembers the language of the pages in this browser.
pub(super) fn set_language(state: &AppState, headers: &mut HeaderMap, locale: Locale) {
    let name = cookies::name(state, LANGUAGE_COOKIE);
    cookies::append(headers, cookies::set(state, &name, locale.tag()));
}
