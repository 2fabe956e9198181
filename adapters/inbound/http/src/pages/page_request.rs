//! A request for a page, and who makes it.

use askama::Template;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};
use warifu_core::domain::Surface;
use warifu_core::{RequestContext, Service};
use warifu_messages::Locale;
use zeroize::Zeroizing;

use super::destination::Destination;
use super::frame::{Frame, SessionLimits};
use super::told::{Tell, Told};
use crate::answer::Answer;
use crate::cookies;
use crate::request_context::preferred_locale;
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
pub(super) struct PageRequest {
    pub(super) state: AppState,
    pub(super) context: RequestContext,
    pub(super) locale: Locale,
    uri: Uri,
    told: Option<String>,
}

impl PageRequest {
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
            // At the first visit nobody has chosen anything but in the browser.
            locale: chosen
                .and_then(|tag| tag.parse().ok())
                .unwrap_or_else(|| preferred_locale(headers)),
            uri: uri.clone(),
            told: None,
        }
    }

    /// The request that `parts` are of.
    pub(super) fn of(parts: &Parts, state: &AppState, context: RequestContext) -> Self {
        let told = parts.extensions.get::<Told>();
        Self {
            told: told.map(|Told(notice)| notice.clone()),
            ..Self::new(state, context, &parts.uri, &parts.headers)
        }
    }

    /// What was done before this page is shown, if this is the page to tell it.
    pub(super) fn told(&self) -> Option<&str> {
        self.told.as_deref()
    }

    pub(super) fn service(&self) -> &Service {
        &self.state.use_cases.service
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The first parameter `name` of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        query_parameter(self.uri.query().unwrap_or_default(), name)
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
            addresses: state.addresses.clone(),
            title: state.messages.text(self.locale, title, &[]),
            whole_title: None,
            problems: Vec::new(),
            address: Some(address.to_owned()),
            secret: false,
            demo: state.demo.is_some(),
            session_limits: SessionLimits {
                idle: self.service().policy().session.idle,
                absolute: self.service().policy().session.absolute,
            },
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

/// The first parameter `name` of `query`.
pub(super) fn query_parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A page, without anything for a browser to keep.
pub(super) fn rendered(status: StatusCode, page: &impl Template) -> Response {
    let mut html = Zeroizing::new(String::with_capacity(PAGE_ROOM));
    if page.render_into(&mut *html).is_err() {
        return Answer::unexpected().into_response();
    }
    // No more than is needed is kept until the page is sent.
    let html = Zeroizing::new(html.as_bytes().to_vec());
    let mut response = Response::new(Body::from(Bytes::from_owner(html)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

impl FromRequestParts<AppState> for PageRequest {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Answer> {
        let context = parts.extensions.get::<RequestContext>().copied();
        let context = context.ok_or_else(Answer::unexpected)?;
        Ok(Self::of(parts, state, context))
    }
}

impl PageRequest {
    /// Away to the login page of `surface`, and back here afterwards.
    pub(super) fn to_login(&self, surface: Surface, notice: &str) -> Response {
        let destination = Destination::of(&self.uri);
        to_login_telling(surface, &destination, notice)
    }
}

/// Away to the login page of `surface`, which tells why and leads on to `destination`.
pub(super) fn to_login_telling(
    surface: Surface,
    destination: &Destination,
    notice: &str,
) -> Response {
    let mut response = see_other(&destination.login(surface));
    let tell = Tell::AtLogin(notice.to_owned());
    response.extensions_mut().insert(tell);
    response
}

/// A redirect to one of our own pages, which tells what was done.
pub(super) fn see_other_telling(path: &str, notice: &str) -> Response {
    let mut response = see_other(path);
    let tell = Tell::InSession(notice.to_owned());
    response.extensions_mut().insert(tell);
    response
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
