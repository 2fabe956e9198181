//! What stands before every page: forms come from our own pages only, and a change of language
//! leads back to where it was asked for.

use axum::extract::{Extension, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Uri};
use warifu_core::RequestContext;
use warifu_messages::Locale;

use super::page_request::{see_other, set_language};
use crate::answer::Answer;
use crate::cross_origin::{MadeBy, has_query, made_by};
use crate::state::AppState;

pub(super) async fn check(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::POST {
        if let Some(reason) = fault(&state, request.uri(), request.headers()) {
            state.use_cases.customers.note_denied(context, reason).await;
            return Answer::cross_origin().into_response();
        }
        // What is entered belongs into the body: addresses are kept in histories and logs.
        if has_query(request.uri()) {
            return Answer::malformed_request().into_response();
        }
    } else if let Some((locale, target)) = language_change(request.uri()) {
        let mut response = see_other(&target);
        set_language(&state, response.headers_mut(), locale);
        return response;
    }
    next.run(request).await
}

/// Why a form is not accepted: not from a page of ours, or not a form at all, which is how pages
/// of others send JSON without asking first.
fn fault(state: &AppState, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    if made_by(state, uri, headers) != MadeBy::Us {
        return Some("cross-origin");
    }
    (!is_form(headers)).then_some("not-a-form")
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(
        essence.as_str(),
        "application/x-www-form-urlencoded" | "multipart/form-data"
    )
}

/// The language that `?lang=` asks for, and the same address without it. Always a path of this
/// host: what begins with two slashes would name another one.
fn language_change(uri: &Uri) -> Option<(Locale, String)> {
    let query = uri.query()?;
    let is_language = |pair: &&str| *pair == "lang" || pair.starts_with("lang=");
    let asked = query.split('&').find(is_language)?;
    let locale = match asked {
        "lang=ja" => Locale::Ja,
        "lang=en" => Locale::En,
        _ => return None,
    };
    let rest: Vec<&str> = query.split('&').filter(|pair| !is_language(pair)).collect();
    let path = uri.path().trim_start_matches(['/', '\\']);
    let separator = if rest.is_empty() { "" } else { "?" };
    Some((locale, format!("/{path}{separator}{}", rest.join("&"))))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn change(uri: &str) -> Option<(Locale, String)> {
        language_change(&uri.parse().unwrap())
    }

    #[test]
    fn a_change_of_language_leads_back_without_it() {
        assert_eq!(change("/?lang=en"), Some((Locale::En, "/".to_owned())));
        assert_eq!(
            change("/admin/users/cert-password?q=a%26b&lang=ja&page=2"),
            Some((
                Locale::Ja,
                "/admin/users/cert-password?q=a%26b&page=2".to_owned()
            ))
        );
        assert_eq!(change("/cert/login?next=otp"), None);
        assert_eq!(change("/?lang=fr"), None);
        assert_eq!(change("/?language=en"), None);
    }

    #[test]
    fn a_change_of_language_never_leads_to_another_host() {
        assert_eq!(
            change("//evil.example/?lang=en").unwrap().1,
            "/evil.example/"
        );
        assert_eq!(
            change("https://evil.example//other?lang=en").unwrap().1,
            "/other"
        );
    }

    #[test]
    fn only_forms_are_forms() {
        let sent = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            is_form(&headers)
        };
        assert!(sent("application/x-www-form-urlencoded"));
        assert!(sent("Multipart/Form-Data; boundary=x"));
        assert!(!sent("text/plain"));
        assert!(!sent("application/json"));
        assert!(!is_form(&HeaderMap::new()));
    }
}
