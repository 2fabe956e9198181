//! Strict reading of bodies, queries, paths and the `Idempotency-Key`: what the interface does not
//! describe is refused, never ignored.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;
use warifu_core::domain::IdempotencyKey;
use warifu_wire::{Empty, Problem};

use crate::answer::Answer;
use crate::body;
use crate::state::AppState;

/// A JSON object with exactly the members of `T`, each once and of its type.
pub(crate) struct StrictJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for StrictJson<T> {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Answer> {
        if !is_json(request.headers()) {
            return Err(Answer::malformed_request());
        }
        let body = body::whole(request, state).await?;
        object(&body).map(Self)
    }
}

/// No body, or an empty JSON object.
pub(crate) struct NoContent;

impl FromRequest<AppState> for NoContent {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Answer> {
        let json = is_json(request.headers());
        let body = body::whole(request, state).await?;
        if body.is_empty() {
            return Ok(Self);
        }
        let Empty {} = if json {
            object(&body)?
        } else {
            return Err(Answer::malformed_request());
        };
        Ok(Self)
    }
}

/// Reads an object. An array would do for serde, in the order of the members; it does not here.
fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Answer> {
    let starts = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if starts != Some(&b'{') {
        return Err(Answer::malformed_request());
    }
    serde_json::from_slice(body).map_err(|_| Answer::malformed_request())
}

/// `application/json`, in UTF-8 if it says anything of it.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/json")
        && parts.all(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                !name.eq_ignore_ascii_case("charset")
                    || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
        })
}

/// The query, with parameters of `T` only, each at most once. An empty value is no value.
pub(crate) struct StrictQuery<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for StrictQuery<T> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Answer> {
        let query = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(query)
            .map(Self)
            .map_err(|_| Answer::malformed_request())
    }
}

/// The one variable part of a path. What cannot be decoded is not there.
pub(crate) struct PathText(pub(crate) String);

impl FromRequestParts<AppState> for PathText {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Answer> {
        let read: Result<Path<String>, PathRejection> =
            Path::from_request_parts(parts, state).await;
        read.map(|Path(text)| Self(text))
            .map_err(|_| Answer::not_found())
    }
}

/// The `Idempotency-Key`, if there is one.
pub(crate) struct MaybeIdempotencyKey(pub(crate) Option<IdempotencyKey>);

impl FromRequestParts<AppState> for MaybeIdempotencyKey {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Answer> {
        idempotency_key(&parts.headers).map(Self)
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Answer> {
    let mut values = headers.get_all("idempotency-key").iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .ok()
            .and_then(IdempotencyKey::parse)
            .map(Some)
            .ok_or_else(bad_idempotency_key),
        _ => Err(bad_idempotency_key()),
    }
}

fn bad_idempotency_key() -> Answer {
    Problem::malformed_idempotency_key().into()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    type Sample = warifu_wire::RedeemBody;

    #[test]
    fn an_object_with_the_described_members_is_read() {
        let body = r#" {"csr":"n","retrieval_password":"w\u00e9"} "#;
        let read: Sample = object(body.as_bytes()).unwrap();
        let password = read.retrieval_password.expose();
        assert_eq!((read.csr.as_deref(), password), (Some("n"), "wé"));
        assert!(read.pkcs12_passphrase.is_none());
    }

    #[test]
    fn everything_else_is_malformed() {
        let deep = format!(
            r#"{{"csr":{}1{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        for body in [
            "",
            "{",
            "[]",
            r#"["w","n"]"#,
            r#""n""#,
            "null",
            r#"{"csr":"n"}"#,
            r#"{"csr":"n","retrieval_password":null}"#,
            r#"{"csr":"n","retrieval_password":1}"#,
            r#"{"csr":1,"retrieval_password":"w"}"#,
            r#"{"csr":null,"retrieval_password":"w"}"#,
            r#"{"retrieval_password":"w","pkcs12_passphrase":null}"#,
            r#"{"csr":"n","retrieval_password":"w","more":1}"#,
            r#"{"csr":"n","csr":"n","retrieval_password":"w"}"#,
            r#"{"csr":"n","retrieval_password":"w"}{}"#,
            r#"{"csr":"n","retrieval_password":"w",}"#,
            "{\"csr\":\"n\",\"retrieval_password\":\"\u{0}\"}",
            deep.as_str(),
        ] {
            let refused = object::<Sample>(body.as_bytes()).err();
            assert_eq!(refused, Some(Answer::malformed_request()), "{body:.60}");
        }
        assert!(object::<Sample>(b"{\"csr\":\"\xff\",\"retrieval_password\":\"w\"}").is_err());
    }

    #[test]
    fn only_json_is_json() {
        let judge = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            is_json(&headers)
        };
        assert!(judge("application/json"));
        assert!(judge("Application/JSON; charset=UTF-8"));
        assert!(!judge("text/plain"));
        assert!(!judge("application/json; charset=shift_jis"));
        assert!(!judge("application/jsonp"));
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn an_idempotency_key_is_one_visible_word() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("idempotency-key", HeaderValue::from_str(value).unwrap());
            }
            idempotency_key(&headers).map(|key| key.map(|key| key.as_str().to_owned()))
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["0b5c"]), Ok(Some("0b5c".to_owned())));
        assert_eq!(read(&[""]), Err(bad_idempotency_key()));
        assert_eq!(read(&["a b"]), Err(bad_idempotency_key()));
        assert_eq!(read(&["a", "a"]), Err(bad_idempotency_key()));
        assert_eq!(read(&[&"x".repeat(129)]), Err(bad_idempotency_key()));
    }

    #[test]
    fn a_query_has_known_parameters_once_and_empty_ones_do_not_count() {
        let read = |query: &str| {
            let read = serde_urlencoded::from_str::<warifu_wire::UsersQuery>(query);
            read.map(|read| read.status)
        };
        assert_eq!(read("").unwrap(), None);
        assert_eq!(read("status=").unwrap(), None);
        assert_eq!(read("status=valid").unwrap().as_deref(), Some("valid"));
        assert!(read("status=a&status=b").is_err());
        assert!(read("state=a").is_err());
    }
}
