//! Bodies of requests and answers that tell how far their exchange has come.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use super::activity::{Exchange, Waiting};

/// The body of a request. While somebody waits for it, nothing is being carried out.
pub(super) struct AwaitedBody<B> {
    body: B,
    waiting: Waiting,
}

impl<B> AwaitedBody<B> {
    pub(super) fn new(body: B, waiting: Waiting) -> Self {
        Self { body, waiting }
    }
}

impl<B> Drop for AwaitedBody<B> {
    fn drop(&mut self) {
        self.waiting.ends();
    }
}

impl<B: HttpBody + Unpin> HttpBody for AwaitedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() {
            self.waiting.begins();
        } else {
            self.waiting.ends();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer, with the exchange it ends.
pub(super) struct TrackedBody {
    body: Body,
    _exchange: Exchange,
}

impl TrackedBody {
    pub(super) fn new(body: Body, exchange: Exchange) -> Self {
        Self {
            body,
            _exchange: exchange,
        }
    }
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
