//! Whether a request was made by a page of ours, as one of ours would be.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Uri};

use crate::paths;
use crate::public_addresses::PublicAddresses;
use crate::state::AppState;

/// What the headers say of the page that made a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MadeBy {
    /// A page of ours.
    Us,
    /// A page of somebody else, or one that hides where it is from.
    SomebodyElse,
    /// Nothing is said: not a browser, or an old one.
    Unknown,
}

/// Reads `Origin` and `Sec-Fetch-Site`. A form of ours is accepted from [`MadeBy::Us`] only; an
/// API call, which carries its token in a header, from all but [`MadeBy::SomebodyElse`].
pub(crate) fn made_by(state: &AppState, uri: &Uri, headers: &HeaderMap) -> MadeBy {
    judge(&state.addresses, state.secure, uri, headers)
}

/// Whether parameters stand in the address. Nothing that changes something takes any.
pub(crate) fn has_query(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| !query.is_empty())
}

fn judge(addresses: &PublicAddresses, secure: bool, uri: &Uri, headers: &HeaderMap) -> MadeBy {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return MadeBy::SomebodyElse;
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => match origin.to_str() {
            Ok(origin) if is_ours(origin, addresses, secure, uri, headers) => MadeBy::Us,
            // Hidden by a policy of the browser, which says itself that the page is ours.
            Ok("null") if site == Some(b"same-origin") => MadeBy::Us,
            _ => MadeBy::SomebodyElse,
        },
        (Some(_), Some(_)) => MadeBy::SomebodyElse,
        (None, _) if site == Some(b"same-origin") => MadeBy::Us,
        (None, _) => MadeBy::Unknown,
    }
}

fn is_ours(
    origin: &str,
    addresses: &PublicAddresses,
    secure: bool,
    uri: &Uri,
    headers: &HeaderMap,
) -> bool {
    if let Some(own) = addresses.own_origins(paths::surface(uri.path())) {
        return own.into_iter().any(|own| same(origin, own));
    }
    let host = uri
        .authority()
        .map(http::uri::Authority::as_str)
        .or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()));
    let scheme = if secure { "https" } else { "http" };
    host.is_some_and(|host| same(origin, &format!("{scheme}://{host}")))
}

/// Whether two origins are one, whether or not they spell out the scheme's own port.
fn same(left: &str, right: &str) -> bool {
    match (split(left), split(right)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

fn split(origin: &str) -> Option<(String, String, u16)> {
    let uri: Uri = origin.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let port = uri.port_u16().unwrap_or(own_port);
    Some((scheme, uri.host()?.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{HttpSettings, PublicOrigins, ServedSurface};

    fn made(public_origin: Option<&str>, sent: &[(&'static str, &'static str)]) -> MadeBy {
        let settings = HttpSettings {
            public_origin: public_origin.map(str::to_owned),
            ..HttpSettings::default()
        };
        made_at(&settings, &[ServedSurface::Admin], sent)
    }

    fn made_at(
        settings: &HttpSettings,
        surfaces: &[ServedSurface],
        sent: &[(&'static str, &'static str)],
    ) -> MadeBy {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
        for (name, value) in sent {
            headers.append(*name, HeaderValue::from_static(value));
        }
        judge(
            &PublicAddresses::new(settings, surfaces),
            false,
            &Uri::from_static("/admin/login"),
            &headers,
        )
    }

    #[test]
    fn our_own_origin_is_recognised() {
        assert_eq!(
            made(None, &[("origin", "http://127.0.0.1:8080")]),
            MadeBy::Us
        );
        assert_eq!(made(None, &[("sec-fetch-site", "same-origin")]), MadeBy::Us);
        let hidden = [("origin", "null"), ("sec-fetch-site", "same-origin")];
        assert_eq!(made(None, &hidden), MadeBy::Us);
        let public = Some("https://cert.bank.example");
        assert_eq!(
            made(public, &[("origin", "https://cert.bank.example")]),
            MadeBy::Us
        );
        assert_eq!(
            made(public, &[("origin", "https://cert.bank.example:443")]),
            MadeBy::Us
        );
    }

    #[test]
    fn every_other_origin_is_foreign_whatever_host_is_claimed() {
        for origin in [
            "null",
            "https://evil.example",
            "http://127.0.0.1",
            "https://127.0.0.1:8080",
        ] {
            assert_eq!(
                made(None, &[("origin", origin)]),
                MadeBy::SomebodyElse,
                "{origin}"
            );
        }
        let public = Some("https://cert.bank.example");
        assert_eq!(
            made(public, &[("origin", "http://127.0.0.1:8080")]),
            MadeBy::SomebodyElse
        );
        let twice = [
            ("origin", "http://127.0.0.1:8080"),
            ("origin", "http://127.0.0.1:8080"),
        ];
        assert_eq!(made(None, &twice), MadeBy::SomebodyElse);
    }

    #[test]
    fn a_surface_takes_forms_of_its_own_origin_and_of_no_other_surfaces() {
        let settings = HttpSettings {
            public_origin: Some("https://cert.bank.example".to_owned()),
            public_origins: PublicOrigins {
                admin: Some("https://admin.bank.example".to_owned()),
                ..PublicOrigins::default()
            },
            ..HttpSettings::default()
        };
        let admin = [("origin", "https://admin.bank.example")];
        let other = [("origin", "https://cert.bank.example")];
        let alone = [ServedSurface::Admin];
        assert_eq!(made_at(&settings, &alone, &admin), MadeBy::Us);
        assert_eq!(made_at(&settings, &alone, &other), MadeBy::SomebodyElse);
        // A listener that serves both links between them relatively.
        let both = [ServedSurface::SelfService, ServedSurface::Admin];
        assert_eq!(made_at(&settings, &both, &other), MadeBy::Us);
    }

    #[test]
    fn a_browser_that_says_cross_site_is_believed() {
        for site in ["cross-site", "same-site"] {
            let sent = [
                ("sec-fetch-site", site),
                ("origin", "http://127.0.0.1:8080"),
            ];
            assert_eq!(made(None, &sent), MadeBy::SomebodyElse, "{site}");
        }
    }

    #[test]
    fn silence_is_neither() {
        assert_eq!(made(None, &[]), MadeBy::Unknown);
        assert_eq!(made(None, &[("sec-fetch-site", "none")]), MadeBy::Unknown);
    }
}
