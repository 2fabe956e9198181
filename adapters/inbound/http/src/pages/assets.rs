//! The static files. Their address holds a version made of their content, so that browsers may
//! keep them; they are all that may be kept.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::Uri;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::unsent::KeptAnyway;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// A version of all files together: what changes one of them changes it.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for name in Files::iter() {
        if let Some(file) = Files::get(&name) {
            hash.update(name.as_bytes());
            hash.update(&file.data);
        }
    }
    HEXLOWER.encode(&hash.finalize()[..6])
});

/// The address of a file.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{name}?v={}", *VERSION)
}

const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(super) async fn serve(Path(name): Path<String>, uri: Uri) -> Result<Response, Answer> {
    let kind = match name.rsplit_once('.').map(|(_, end)| end) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("jpg") => "image/jpeg",
        Some("txt") => "text/plain; charset=utf-8",
        _ => return Err(Answer::not_found()),
    };
    let file = Files::get(&name).ok_or_else(Answer::not_found)?;
    let kind = [(CONTENT_TYPE, HeaderValue::from_static(kind))];
    let mut response = (kind, bytes(file.data)).into_response();
    response.extensions_mut().insert(KeptAnyway);
    let current = uri.query().and_then(|query| query.strip_prefix("v="));
    if current == Some(VERSION.as_str()) {
        response.headers_mut().insert(CACHE_CONTROL, KEEP);
    }
    Ok(response)
}

/// Without a copy, where the file is a part of the program.
fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(uri: &'static str) -> Result<Response, Answer> {
        let uri = Uri::from_static(uri);
        let name = uri.path().rsplit('/').next().unwrap().to_owned();
        serve(Path(name), uri).await
    }

    #[tokio::test]
    async fn a_file_may_be_kept_under_the_address_of_its_version_only() {
        let address: Uri = address("warifu.css").parse().unwrap();
        let served = serve(Path("warifu.css".to_owned()), address).await.unwrap();
        assert_eq!(served.headers()[CACHE_CONTROL], KEEP);
        assert_eq!(served.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        for other in ["/assets/warifu.css", "/assets/warifu.css?v=000000000000"] {
            assert!(
                !get(other)
                    .await
                    .unwrap()
                    .headers()
                    .contains_key(CACHE_CONTROL),
                "{other}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_not_a_file_is_not_there() {
        for path in [
            "/assets/none.css",
            "/assets/warifu",
            "/assets/..%2FCargo.toml",
        ] {
            assert_eq!(get(path).await.unwrap_err(), Answer::not_found(), "{path}");
        }
    }
}
