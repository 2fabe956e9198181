//! Request bodies: read when somebody asks for one, which is after it is known who sends it where
//! that matters; all of it, but no more than allowed, not for longer, and only while there is room.

use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::EXPECT;
use http::{HeaderMap, Version};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use warifu_core::{Refusal, RequestContext};
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::budget::Room;
use crate::state::AppState;

/// The least room that is made.
const LEAST: usize = 1024;

/// How long to wait for the rest of a body that nobody wanted, so that the client, which still
/// sends it, gets to read the answer.
const LEFTOVER: Duration = Duration::from_secs(1);

/// The layer. What is announced as too large is refused; what a handler did not read of a body is
/// taken and thrown away before the answer goes out.
pub(crate) async fn lend(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, Body::empty())).await;
    }
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > state.max_body_bytes {
        return Answer::payload_too_large().into_response();
    }
    let takes_leftovers = parts.version != Version::HTTP_2 && !waits(&parts.headers);
    let back = Arc::new(Mutex::new(None));
    let lent = Lent {
        body: Some(body),
        back: Arc::clone(&back),
    };
    let request = Request::from_parts(parts, Body::new(lent));
    let response = next.run(request).await;
    let rest = back.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(rest) = rest.filter(|_| takes_leftovers) {
        let taken = throw_away(rest, state.max_body_bytes);
        // Whoever is slower reads the answer or does not.
        let _ = tokio::time::timeout(LEFTOVER, taken).await;
    }
    response
}

/// Whether the client sends its body only when it is asked to.
fn waits(headers: &HeaderMap) -> bool {
    headers.contains_key(EXPECT)
}

async fn throw_away(mut body: Body, limit: usize) {
    let mut left = limit;
    while let Some(Ok(frame)) = body.frame().await {
        let size = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(size) else {
            return;
        };
        left = rest;
    }
}

/// A body that comes back when it is dropped before its end.
struct Lent {
    body: Option<Body>,
    back: Arc<Mutex<Option<Body>>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(body).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if rest.is_some() {
            *self.back.lock().unwrap_or_else(PoisonError::into_inner) = rest;
        }
    }
}

/// A whole body. Erased when dropped; only then its room is given back.
pub(crate) struct Whole {
    bytes: Zeroizing<Vec<u8>>,
    _room: Room,
}

impl Deref for Whole {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Reads the body of `request`.
pub(crate) async fn whole(request: Request, state: &AppState) -> Result<Whole, Answer> {
    let context = request.extensions().get::<RequestContext>();
    let room = state
        .bodies
        .room(context.and_then(|context| context.source));
    let reading = collect(request.into_body(), state.max_body_bytes, room);
    tokio::time::timeout(state.body_timeout, reading)
        .await
        .unwrap_or_else(|_| Err(Answer::request_timeout()))
}

async fn collect(mut body: Body, limit: usize, mut room: Room) -> Result<Whole, Answer> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Answer::malformed_request());
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let needed = bytes.len().saturating_add(data.len());
        if needed > limit {
            return Err(Answer::payload_too_large());
        }
        if needed > bytes.capacity() {
            let larger = needed.max(bytes.capacity() * 2).max(LEAST).min(limit);
            if !room.take(larger) {
                return Err(Refusal::Overloaded.into());
            }
            // The one before is erased; growing by itself would leave a copy behind.
            let mut grown = Zeroizing::new(Vec::with_capacity(larger));
            grown.extend_from_slice(&bytes);
            bytes = grown;
            room.settle(larger);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Whole { bytes, _room: room })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;

    fn chunks(count: usize) -> Body {
        let chunks = (0..count).map(|_| Ok::<_, std::convert::Infallible>("123"));
        Body::from_stream(futures_util::stream::iter(chunks))
    }

    fn room() -> Room {
        Budget::new(0, 1 << 20).room(None)
    }

    async fn read(body: Body, limit: usize) -> Result<Vec<u8>, Answer> {
        let whole = collect(body, limit, room()).await;
        whole.map(|whole| whole.to_vec())
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit_and_not_beyond() {
        assert_eq!(read(Body::from("12345"), 5).await.unwrap(), b"12345");
        let refused = Answer::payload_too_large();
        assert_eq!(read(Body::from("123456"), 5).await.unwrap_err(), refused);
        assert_eq!(read(chunks(3), 9).await.unwrap(), b"123123123");
        assert_eq!(read(chunks(4), 9).await.unwrap_err(), refused);
        let long = read(chunks(9_000), 64 * 1024).await.unwrap();
        assert_eq!(long, "123".repeat(9_000).as_bytes());
    }

    #[tokio::test]
    async fn a_body_takes_room_as_it_comes_and_is_refused_where_there_is_none() {
        let budget = Budget::new(0, 2 * LEAST);
        let source = Some("192.0.2.1".parse().unwrap());
        let whole = collect(chunks(1), 64 * 1024, budget.room(source)).await;
        assert!(whole.is_ok());
        let second = collect(chunks(1_000), 64 * 1024, budget.room(source)).await;
        let refused = second.map(|whole| whole.len()).unwrap_err();
        assert_eq!(refused, Refusal::Overloaded.into());
        assert!(refused.problem.retry_after().is_some());
        drop(whole);
        assert!(budget.room(source).take(2 * LEAST));
    }

    #[tokio::test]
    async fn what_nobody_read_comes_back() {
        let back = Arc::new(Mutex::new(None));
        let lend = |body| Lent {
            body: Some(body),
            back: Arc::clone(&back),
        };
        drop(lend(chunks(2)));
        let rest = back.lock().unwrap().take().unwrap();
        assert_eq!(read(rest, 9).await.unwrap(), b"123123");
        assert_eq!(
            read(Body::new(lend(chunks(2))), 9).await.unwrap(),
            b"123123"
        );
        assert!(back.lock().unwrap().is_none());
    }
}
