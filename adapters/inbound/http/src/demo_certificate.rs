//! The expired certificate of the demonstration. Without TLS no browser shows one; whoever asks for it
//! on the demonstration's page is refused at the administrators' entry as if theirs had ended.

use http::{HeaderMap, HeaderValue};

use crate::cookies;
use crate::state::AppState;

const COOKIE: &str = "warifu-demo-certificate";
const EXPIRED: &str = "expired";

/// Whether this browser is to be treated so. Nowhere but in the demonstration.
pub(crate) fn is_expired(state: &AppState, headers: &HeaderMap) -> bool {
    state.demo.is_some() && cookies::value(headers, &cookies::name(state, COOKIE)) == Some(EXPIRED)
}

/// `Set-Cookie` for this browser from now on.
pub(crate) fn set(state: &AppState, expired: bool) -> HeaderValue {
    let name = cookies::name(state, COOKIE);
    if expired {
        cookies::set(state, &name, EXPIRED)
    } else {
        cookies::clear(state, &name)
    }
}
