//! The layer that bounds what answers take until they are sent. A reader that does not read must not
//! make the server keep its answers: what does not fit is refused before anything is done for it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use warifu_core::RequestContext;

use crate::budget::{Budget, Room};

/// What an answer is expected to take, and what one takes that all share.
const EXPECTED: usize = 8 * 1024;

/// When to come again, in seconds.
const LATER: HeaderValue = HeaderValue::from_static("5");

/// More fields than any browser or proxy sends. HTTP/1 stops there, too.
const MOST_FIELDS: usize = 100;

/// Marks an answer whose bytes are kept in any case, and cost nothing to keep once more.
#[derive(Clone, Copy)]
pub(crate) struct KeptAnyway;

/// The layer. Everything that is behind it is done only where there is room for its answer.
pub(crate) async fn bound(State(budget): State<Budget>, request: Request, next: Next) -> Response {
    if request.headers().len() > MOST_FIELDS {
        return StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response();
    }
    let context = request.extensions().get::<RequestContext>();
    let mut room = budget.room(context.and_then(|context| context.source));
    if !room.take(EXPECTED) {
        // Without a body: this answer needs no room, not even that the client reads.
        let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
        response.headers_mut().insert(RETRY_AFTER, LATER);
        return response;
    }
    let mut response = next.run(request).await;
    let kept = response.extensions_mut().remove::<KeptAnyway>().is_some();
    if let Some(size) = response.body().size_hint().exact().filter(|_| !kept) {
        room.settle(usize::try_from(size).unwrap_or(usize::MAX));
    }
    response.map(|body| {
        let room = Arc::new(room);
        Body::new(UnsentBody { body, room })
    })
}

/// A body whose bytes hold their room until they are sent.
struct UnsentBody {
    body: Body,
    room: Arc<Room>,
}

impl HttpBody for UnsentBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let room = Arc::clone(&self.room);
        Pin::new(&mut self.body)
            .poll_frame(context)
            .map_ok(|frame| frame.map_data(|bytes| Bytes::from_owner(Held { bytes, _room: room })))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes of an answer, and the room they take.
struct Held {
    bytes: Bytes,
    _room: Arc<Room>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
