//! The token by which a browser, or a program, is known at its next login.

use http::{HeaderMap, HeaderName, HeaderValue};
use warifu_core::ShownAtLogin;
use warifu_core::domain::{DeviceToken, Surface};

use crate::cookies;
use crate::state::AppState;

/// The header in which programs show it.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("warifu-device");

fn cookie_name(state: &AppState, surface: Surface) -> String {
    cookies::name(state, &format!("warifu-device-{}", surface.name()))
}

/// What a program shows at a login. What cannot be a token is none.
pub(crate) fn of_program(headers: &HeaderMap) -> ShownAtLogin {
    let mut values = headers.get_all(HEADER).iter();
    let shown = match (values.next(), values.next()) {
        (Some(only), None) => only.to_str().ok().and_then(DeviceToken::parse),
        _ => None,
    };
    ShownAtLogin {
        device_token: shown,
        own_certificate: false,
    }
}

/// What a browser shows at a login on `surface`.
pub(crate) fn of_browser(state: &AppState, headers: &HeaderMap, surface: Surface) -> ShownAtLogin {
    let shown = cookies::value(headers, &cookie_name(state, surface));
    ShownAtLogin {
        device_token: shown.and_then(DeviceToken::parse),
        own_certificate: false,
    }
}

/// `Set-Cookie` for the next login in this browser.
pub(crate) fn remember(state: &AppState, surface: Surface, token: &DeviceToken) -> HeaderValue {
    cookies::set_lasting(state, &cookie_name(state, surface), token.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_twice_or_is_no_token_is_none() {
        let token = "a".repeat(43);
        let shown = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HEADER, HeaderValue::from_str(value).unwrap());
            }
            of_program(&headers).device_token.is_some()
        };
        assert!(shown(&[&token]));
        assert!(!shown(&[]));
        assert!(!shown(&[&token, &token]));
        assert!(!shown(&["a token"]));
    }
}
