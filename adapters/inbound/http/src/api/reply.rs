//! Answers with a body.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::answer::Answer;

/// Room for an answer with a secret, so that it does not move while it is written.
const ROOM: usize = 32 * 1024;

/// An answer with a body, in memory that is erased when it was sent.
pub(crate) fn reply(status: StatusCode, body: &impl Serialize) -> Response {
    let mut json = Zeroizing::new(Vec::with_capacity(ROOM));
    if serde_json::to_writer(&mut *json, body).is_err() {
        return Answer::unexpected().into_response();
    }
    let body = Body::from(Bytes::from_owner(json));
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
