//! The stream of a connection, read strictly along with the parser.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::message_framing::{GoodUntil, MessageFraming};

/// What the parser gets instead of the rest of a message that can be read in two ways: it ends the
/// head, so that the parser looks at it, and cannot be a part of one. The parser answers 400 and
/// closes.
const SPOILED: &[u8] = b"\0\r\n\r\n";

/// Spoils, on their way to the parser, messages that can be read in two ways: the first of the
/// connection and every one behind it, also those that a client sends before it has an answer.
pub(super) struct StrictHead<S> {
    stream: S,
    framing: MessageFraming,
    /// What the parser still gets, instead of anything that comes.
    instead: Option<&'static [u8]>,
}

impl<S> StrictHead<S> {
    /// `multiplexed`: known to speak HTTP/2, which is not looked at.
    pub(super) fn new(stream: S, multiplexed: bool) -> Self {
        let framing = if multiplexed {
            MessageFraming::multiplexed()
        } else {
            MessageFraming::default()
        };
        Self {
            stream,
            framing,
            instead: None,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StrictHead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.instead.is_none() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
            let Err(GoodUntil(good)) = self.framing.read(&buffer.filled()[before..]) else {
                return Poll::Ready(Ok(()));
            };
            buffer.set_filled(before + good);
            self.instead = Some(SPOILED);
        }
        let instead = self.instead.unwrap_or_default();
        if instead.is_empty() {
            // It closes the connection itself, once it has answered what came before.
            return Poll::Pending;
        }
        let (now, later) = instead.split_at(instead.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.instead = Some(later);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StrictHead<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
