//! What was done, told on the page that comes next: once, and only because it was done. No parameter of an
//! address makes a notice. It travels in a cookie that scripts cannot read, sealed for the session and
//! for the page; what has no session any more, such as that one has logged out, is not sealed and is
//! believed on login pages alone. Whichever server shows the page takes it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderMap, Method, Uri};
use warifu_core::domain::Surface;
use warifu_core::{NOTICE_LIFETIME, Secret};

use crate::cookies;
use crate::paths;
use crate::state::AppState;

/// Between a notice and its seal.
const SEPARATOR: char = '.';

/// On an answer that leads to another page: what that page is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tell {
    /// Within the session of this request.
    InSession(String),
    /// On a login page.
    AtLogin(String),
}

/// On a request: what the page that is asked for is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told(pub(super) String);

/// The layer around all pages that takes notices from cookies and puts them there.
pub(super) async fn carry(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let Some(surface) = paths::surface(&path) else {
        return next.run(request).await;
    };
    let session = cookies::session_token(&state, request.headers(), surface).map(Secret::from);
    let session = session.as_ref().map(Secret::expose);
    let told = if request.method() == Method::GET {
        take(&state, surface, &path, session, request.headers()).await
    } else {
        None
    };
    if let Some(tell) = &told {
        let (Tell::InSession(notice) | Tell::AtLogin(notice)) = tell;
        request.extensions_mut().insert(Told(notice.clone()));
    }
    let mut response = next.run(request).await;
    let leads_on = response.status().is_redirection();
    // A page that leads on, such as by a change of the language, has not told anything.
    let tell = response.extensions_mut().remove::<Tell>();
    let tell = tell.or_else(|| told.clone().filter(|_| leads_on));
    let name = cookie_name(&state, surface);
    let set = match tell {
        Some(tell) => cookie_value(&state, session, &tell, response.headers())
            .map(|value| cookies::set_for(&state, &name, &value, NOTICE_LIFETIME)),
        None => told.map(|_| cookies::clear(&state, &name)),
    };
    if let Some(set) = set {
        cookies::append(response.headers_mut(), set);
    }
    response
}

fn cookie_name(state: &AppState, surface: Surface) -> String {
    cookies::name(state, &format!("warifu-{}-notice", surface.name()))
}

fn is_login(path: &str) -> bool {
    path.ends_with("/login")
}

/// A notice is about one page: on another it would speak of something else.
fn sealed_text(notice: &str, path: &str) -> String {
    format!("{notice} {path}")
}

async fn take(
    state: &AppState,
    surface: Surface,
    path: &str,
    session: Option<&str>,
    headers: &HeaderMap,
) -> Option<Tell> {
    let value = cookies::value(headers, &cookie_name(state, surface))?;
    let Some((notice, seal)) = value.split_once(SEPARATOR) else {
        return is_login(path).then(|| Tell::AtLogin(value.to_owned()));
    };
    let notices = &state.use_cases.notices;
    let genuine = notices
        .take(session?, &sealed_text(notice, path), seal)
        .await;
    genuine.then(|| Tell::InSession(notice.to_owned()))
}

fn cookie_value(
    state: &AppState,
    session: Option<&str>,
    tell: &Tell,
    headers: &HeaderMap,
) -> Option<String> {
    match tell {
        Tell::AtLogin(notice) => Some(notice.clone()),
        Tell::InSession(notice) => {
            let target: Uri = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
            let text = sealed_text(notice, target.path());
            let seal = state.use_cases.notices.seal(session?, &text)?;
            Some(format!("{notice}{SEPARATOR}{seal}"))
        }
    }
}
