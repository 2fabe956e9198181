//! Cookies: one session cookie a surface, one by which the browser is known, and nothing that a script
//! could read.

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use warifu_core::domain::{BROWSER_KNOWN_FOR, SessionToken, Surface};

use crate::state::AppState;

/// The name of a cookie of ours. Over TLS it has the prefix that makes browsers refuse it from
/// elsewhere than this very host, over TLS and for all paths.
pub(crate) fn name(state: &AppState, plain: &str) -> String {
    if state.secure {
        format!("__Host-{plain}")
    } else {
        plain.to_owned()
    }
}

/// The name of a surface's session cookie. Sessions of different surfaces live side by side.
pub(crate) fn session_cookie_name(state: &AppState, surface: Surface) -> String {
    name(state, &format!("warifu-{}", surface.name()))
}

/// The value of cookie `name` as the browser sent it. Nothing where it was sent twice: one of the
/// two was planted.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// The session token of `surface` that the browser sent.
pub(crate) fn session_token<'a>(
    state: &AppState,
    headers: &'a HeaderMap,
    surface: Surface,
) -> Option<&'a str> {
    value(headers, &session_cookie_name(state, surface))
}

/// `Set-Cookie` for a new session. It ends with the browser or with the session, whichever is
/// first.
///
/// `SameSite=Strict`: every step of every flow is a form or link of our own pages. Who comes by a
/// link from elsewhere sees the login page, which is what a phishing mail should achieve.
pub(crate) fn set_session(state: &AppState, surface: Surface, token: &SessionToken) -> HeaderValue {
    set(state, &session_cookie_name(state, surface), token.expose())
}

/// `Set-Cookie` that removes the session cookie of `surface`.
pub(crate) fn clear_session(state: &AppState, surface: Surface) -> HeaderValue {
    clear(state, &session_cookie_name(state, surface))
}

/// `Set-Cookie: name=value` with all protection there is. `name` as made by [`name`].
pub(crate) fn set(state: &AppState, name: &str, value: &str) -> HeaderValue {
    header(&built(state, name, value))
}

/// As [`set`], for as long as a browser is known.
pub(crate) fn set_lasting(state: &AppState, name: &str, value: &str) -> HeaderValue {
    set_for(state, name, value, BROWSER_KNOWN_FOR)
}

/// As [`set`], for so long.
pub(crate) fn set_for(state: &AppState, name: &str, value: &str, time: Duration) -> HeaderValue {
    let mut lasting = built(state, name, value);
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    lasting.set_max_age(cookie::time::Duration::seconds(seconds));
    header(&lasting)
}

/// `Set-Cookie` that removes cookie `name`.
pub(crate) fn clear(state: &AppState, name: &str) -> HeaderValue {
    let mut removal = built(state, name, "");
    removal.set_max_age(cookie::time::Duration::ZERO);
    header(&removal)
}

/// Adds a `Set-Cookie` header beside those that are there.
pub(crate) fn append(headers: &mut HeaderMap, set_cookie: HeaderValue) {
    headers.append(SET_COOKIE, set_cookie);
}

fn built<'a>(state: &AppState, name: &'a str, value: &'a str) -> Cookie<'a> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(state.secure)
        .same_site(SameSite::Strict)
        .build()
}

/// What cannot be a header value is not set at all: a cookie of ours never holds such text.
fn header(cookie: &Cookie<'_>) -> HeaderValue {
    let mut value =
        HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_static(cookie));
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let sent = headers(&["a=1; warifu-admin=token; b=2"]);
        assert_eq!(value(&sent, "warifu-admin"), Some("token"));
        assert_eq!(value(&sent, "admin"), None);
    }

    #[test]
    fn a_cookie_that_was_sent_twice_is_not_believed() {
        assert_eq!(value(&headers(&["s=1; s=2"]), "s"), None);
        assert_eq!(value(&headers(&["s=1", "s=1"]), "s"), None);
    }
}
