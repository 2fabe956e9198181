//! What an HTTP/1 parser may forgive and a proxy in front may read differently is not forgiven:
//! a line that ends without a carriage return, a message with two kinds of length.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;

/// Stands for a byte that makes a head unacceptable. The parser answers it with 400 and closes.
const SPOILED: u8 = 0;

/// Longer names are not those that are looked for.
const LONGEST_NAME: usize = "transfer-encoding".len() + 1;

/// Reads heads along with the parser.
///
/// A head is looked at where the parser waits for one. A client that sends the next request before
/// it has the answer to the one before is left to the parser alone, which never reads a message in
/// two ways: it takes the chunks and closes.
pub(super) struct StrictHead<S> {
    stream: S,
    activity: Activity,
    head: Head,
    /// The exchanges that had begun when the last head ended.
    ended_at: Option<u64>,
    multiplexed: bool,
}

impl<S> StrictHead<S> {
    /// `multiplexed`: known to speak HTTP/2, which is not looked at.
    pub(super) fn new(stream: S, activity: Activity, multiplexed: bool) -> Self {
        Self {
            stream,
            activity,
            head: Head::default(),
            ended_at: None,
            multiplexed,
        }
    }

    fn look_at(&mut self, bytes: &mut [u8]) {
        let (begun, open) = self.activity.exchanges();
        if self.multiplexed || open > 0 || self.ended_at == Some(begun) {
            return;
        }
        match self.head.read(bytes) {
            Reading::Unfinished => {}
            Reading::Ended => {
                self.head = Head::default();
                self.ended_at = Some(begun);
            }
            Reading::Multiplexed => self.multiplexed = true,
        }
    }
}

/// A head as far as it has come.
#[derive(Default)]
struct Head {
    lines: usize,
    /// Bytes of the current line.
    length: usize,
    /// The first bytes of the current line.
    start: Vec<u8>,
    previous: u8,
    has_length: bool,
    has_encoding: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Unfinished,
    Ended,
    /// The preface of HTTP/2.
    Multiplexed,
}

impl Head {
    /// Reads on, and spoils what is not acceptable.
    fn read(&mut self, bytes: &mut [u8]) -> Reading {
        for byte in bytes {
            if *byte != b'\n' {
                self.previous = *byte;
                self.length += 1;
                if self.start.len() < LONGEST_NAME {
                    self.start.push(*byte);
                }
                continue;
            }
            if self.previous != b'\r' {
                *byte = SPOILED;
                return Reading::Ended;
            }
            let is_empty = self.length == 1;
            if self.lines == 0 && self.start.starts_with(b"PRI * HTTP/2") {
                return Reading::Multiplexed;
            }
            // An empty line before the request is no end of it.
            if is_empty && self.lines > 0 {
                if self.has_length && self.has_encoding {
                    *byte = SPOILED;
                }
                return Reading::Ended;
            }
            self.has_length |= self.is_named("content-length");
            self.has_encoding |= self.is_named("transfer-encoding");
            self.lines += usize::from(!is_empty);
            self.length = 0;
            self.start.clear();
            self.previous = b'\n';
        }
        Reading::Unfinished
    }

    fn is_named(&self, name: &str) -> bool {
        self.start
            .split(|byte| *byte == b':')
            .next()
            .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StrictHead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.look_at(&mut buffer.filled_mut()[before..]);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of `text` when it comes in pieces of `size`.
    fn read(text: &str, size: usize) -> (Reading, String) {
        let mut head = Head::default();
        let mut out = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            let mut piece = piece.to_vec();
            let reading = head.read(&mut piece);
            out.extend(piece);
            if reading != Reading::Unfinished {
                return (reading, String::from_utf8(out).unwrap());
            }
        }
        (Reading::Unfinished, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_good_head_passes_unchanged_however_it_is_cut() {
        let text = "\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n";
        for size in 1..=text.len() {
            assert_eq!(
                read(text, size),
                (Reading::Ended, text.to_owned()),
                "{size}"
            );
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_spoiled_however_it_is_cut() {
        for text in [
            "GET / HTTP/1.1\n",
            "GET / HTTP/1.1\r\nHost: a\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTRANSFER-ENCODING: x\r\nX: y\r\ncontent-length: 1\r\n\r\n",
        ] {
            for size in 1..=text.len() {
                let (reading, out) = read(text, size);
                assert_eq!(reading, Reading::Ended, "{text}");
                assert!(out.ends_with('\0'), "{text}");
            }
        }
    }

    #[test]
    fn the_other_protocol_is_recognised() {
        assert_eq!(
            read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 7).0,
            Reading::Multiplexed
        );
        assert_eq!(read("PRIZE / HTTP/1.1\r\n\r\n", 7).0, Reading::Ended);
    }
}
