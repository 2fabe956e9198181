//! The layer that refuses requests that name no host, or two (RFC 9112 §3.2).

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::HOST;
use http::{HeaderMap, Version};

use crate::answer::Answer;

pub(crate) async fn check(request: Request, next: Next) -> Response {
    if names_one(request.version(), request.headers()) {
        next.run(request).await
    } else {
        Answer::malformed_request().into_response()
    }
}

/// HTTP/2 names the host elsewhere; HTTP/1.0 need not name one.
fn names_one(version: Version, headers: &HeaderMap) -> bool {
    let count = headers.get_all(HOST).iter().count();
    count == 1 || (count == 0 && version != Version::HTTP_11)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn one_host_is_named() {
        let mut headers = HeaderMap::new();
        assert!(!names_one(Version::HTTP_11, &headers));
        assert!(names_one(Version::HTTP_10, &headers));
        assert!(names_one(Version::HTTP_2, &headers));
        headers.append(HOST, HeaderValue::from_static("a"));
        assert!(names_one(Version::HTTP_11, &headers));
        headers.append(HOST, HeaderValue::from_static("b"));
        assert!(!names_one(Version::HTTP_11, &headers));
        assert!(!names_one(Version::HTTP_2, &headers));
    }
}
