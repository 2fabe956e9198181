//! Under which reference a request is known, where it comes from and in which language to answer.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use ipnet::IpNet;
use warifu_core::RequestContext;
use warifu_messages::Locale;

use crate::paths;
pub(crate) use crate::peer::Peer;
use crate::peer::is_among;
use crate::state::AppState;

/// The outermost layer but one: from here on every request has `Extension<RequestContext>`.
pub(crate) async fn attach(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    if let (Some(watch), Some(Peer(address))) = (&state.proxy_watch, peer)
        && !paths::is_ops(request.uri().path())
        && !is_among(address, &state.trusted_proxies)
    {
        watch.look(address, request.headers());
    }
    let source =
        peer.map(|Peer(address)| source(address, request.headers(), &state.trusted_proxies));
    let context = RequestContext {
        request_id: state.use_cases.service.new_request_id(),
        source,
    };
    request.extensions_mut().insert(context);
    next.run(request).await
}

/// The address that a request comes from: the peer, or, where the peer is a trusted proxy, the
/// last address in `X-Forwarded-For` that is not one. What stands before that is the client's own
/// claim. An entry that is no address ends the search at the proxy that let it through.
fn source(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut source = peer.to_canonical();
    let forwarded = headers.get_all("x-forwarded-for");
    let entries: Vec<&str> = forwarded
        .iter()
        .flat_map(|header| header.to_str().unwrap_or("?").split(','))
        .map(str::trim)
        .collect();
    for entry in entries.into_iter().rev() {
        if !is_among(source, trusted) {
            break;
        }
        match parse_address(entry) {
            Some(address) => source = address,
            None => break,
        }
    }
    source
}

/// An address as proxies write it: bare, in brackets, with or without a port.
fn parse_address(entry: &str) -> Option<IpAddr> {
    let bare = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(entry);
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| {
            entry
                .parse::<std::net::SocketAddr>()
                .ok()
                .map(|socket| socket.ip())
        })
        .map(|address| address.to_canonical())
}

/// The language that the client prefers among ours; Japanese where it names none.
pub(crate) fn preferred_locale(headers: &HeaderMap) -> Locale {
    let ranges: Vec<&str> = headers
        .get_all(ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .collect();
    Locale::from_accept_language(&ranges.join(","))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn forwarded(peer: &str, lines: &[&'static str]) -> String {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"]
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        headers.append("forwarded", HeaderValue::from_static("for=203.0.113.99"));
        headers.append("x-real-ip", HeaderValue::from_static("203.0.113.98"));
        source(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn an_untrusted_peer_is_believed_nothing() {
        assert_eq!(forwarded("198.51.100.1", &["203.0.113.5"]), "198.51.100.1");
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_address_counts() {
        assert_eq!(forwarded("10.0.0.1", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(
            forwarded("10.0.0.1", &["1.2.3.4, 203.0.113.5, 10.0.0.2"]),
            "203.0.113.5"
        );
        assert_eq!(
            forwarded("10.0.0.1", &["1.2.3.4", "203.0.113.5"]),
            "203.0.113.5"
        );
        assert_eq!(
            forwarded("::ffff:10.0.0.1", &["[2001:db8::5]:4711"]),
            "2001:db8::5"
        );
        assert_eq!(forwarded("10.0.0.1", &["203.0.113.5:80"]), "203.0.113.5");
    }

    #[test]
    fn an_entry_that_is_no_address_ends_the_search() {
        assert_eq!(forwarded("10.0.0.1", &["203.0.113.5, unknown"]), "10.0.0.1");
        assert_eq!(
            forwarded("10.0.0.1", &["203.0.113.5, nonsense, 10.0.0.2"]),
            "10.0.0.2"
        );
        assert_eq!(forwarded("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_language_is_read_from_all_lines_and_japanese_without_any() {
        let mut headers = HeaderMap::new();
        assert_eq!(preferred_locale(&headers), Locale::Ja);
        headers.append(ACCEPT_LANGUAGE, HeaderValue::from_static("fr"));
        headers.append(ACCEPT_LANGUAGE, HeaderValue::from_static("en;q=0.5"));
        assert_eq!(preferred_locale(&headers), Locale::En);
    }
}
