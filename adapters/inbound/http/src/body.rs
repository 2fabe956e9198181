//! The layer that reads request bodies: all of it, but no more than allowed and not for longer.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::state::AppState;

/// Handlers behind this layer find the whole body in memory that is erased when dropped.
pub(crate) async fn read(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let reading = collect(body, state.max_body_bytes);
    match tokio::time::timeout(state.body_timeout, reading).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, body)).await,
        Ok(Err(answer)) => answer.into_response(),
        Err(_) => Answer::request_timeout().into_response(),
    }
}

async fn collect(mut body: Body, limit: usize) -> Result<Body, Answer> {
    let announced = body.size_hint();
    if body.is_end_stream() {
        return Ok(Body::empty());
    }
    let least = usize::try_from(announced.lower()).unwrap_or(usize::MAX);
    if least > limit {
        return Err(Answer::payload_too_large());
    }
    // All room at once where the length is not known: growing would leave copies behind.
    let room = announced
        .upper()
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(limit);
    let mut whole = Zeroizing::new(Vec::with_capacity(room.min(limit)));
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Answer::malformed_request());
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if whole.len().saturating_add(data.len()) > limit {
            return Err(Answer::payload_too_large());
        }
        whole.extend_from_slice(&data);
    }
    Ok(Body::from(Bytes::from_owner(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit_and_not_beyond() {
        let whole = collect(Body::from("12345"), 5).await.unwrap();
        assert_eq!(whole.collect().await.unwrap().to_bytes(), "12345");
        assert_eq!(
            collect(Body::from("123456"), 5).await.unwrap_err(),
            Answer::payload_too_large()
        );
    }

    #[tokio::test]
    async fn a_body_of_unknown_length_is_read_up_to_the_limit_too() {
        let chunks = |count: usize| {
            let chunks = (0..count).map(|_| Ok::<_, std::convert::Infallible>("123"));
            Body::from_stream(futures_util::stream::iter(chunks))
        };
        assert!(collect(chunks(3), 9).await.is_ok());
        assert_eq!(
            collect(chunks(4), 9).await.unwrap_err(),
            Answer::payload_too_large()
        );
    }
}
