//! Where the messages of an HTTP/1 connection begin and end (RFC 9112), read strictly: what a parser
//! may forgive and a proxy in front may read differently is found, in whichever message of the
//! connection it stands.

/// So much of a line is kept: more than the lines hold that say where a message ends.
const KEPT: usize = 64;

/// Digits of a chunk's size. More would be larger than any body that is taken.
const LONGEST_SIZE: usize = 8;

/// Digits of a `Content-Length`. More would be larger than any body that is taken.
const LONGEST_LENGTH: usize = 18;

/// Reads the bytes of a connection along with the parser and finds what can be read in two ways.
#[derive(Default)]
pub(super) struct MessageFraming {
    part: Part,
    line: Line,
    head: Head,
    messages: u64,
}

/// Which part of a message comes next.
#[derive(Default)]
enum Part {
    #[default]
    Head,
    /// So many bytes of a body, then the next message.
    Body(u64),
    ChunkSize,
    Chunk(u64),
    /// The line end behind a chunk.
    ChunkEnd,
    Trailers,
    /// HTTP/2, which says itself where messages end.
    Multiplexed,
}

/// A line as far as it has come.
#[derive(Default)]
struct Line {
    start: Vec<u8>,
    length: usize,
    previous: u8,
}

/// What a head has said so far.
#[derive(Default)]
struct Head {
    lines: usize,
    length: Option<u64>,
    chunked: bool,
}

/// Somewhere a message can be read in two ways.
struct Ambiguous;

/// So many of the bytes were good; nothing behind them is a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GoodUntil(pub(super) usize);

impl MessageFraming {
    /// For a connection that is known to speak HTTP/2: nothing is looked at.
    pub(super) fn multiplexed() -> Self {
        Self {
            part: Part::Multiplexed,
            ..Self::default()
        }
    }

    /// Reads on. After an error there is nothing to be read any more.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), GoodUntil> {
        let mut rest = bytes;
        while let Some(next) = rest.first() {
            match &mut self.part {
                Part::Multiplexed => break,
                Part::Body(left) | Part::Chunk(left) => {
                    let passed = usize::try_from(*left).map_or(rest.len(), |n| n.min(rest.len()));
                    *left -= passed as u64;
                    if *left == 0 {
                        self.part = match self.part {
                            Part::Chunk(_) => Part::ChunkEnd,
                            _ => Part::Head,
                        };
                    }
                    rest = &rest[passed..];
                }
                Part::Head | Part::ChunkSize | Part::ChunkEnd | Part::Trailers => {
                    let good = bytes.len() - rest.len();
                    self.byte(*next).map_err(|Ambiguous| GoodUntil(good))?;
                    rest = &rest[1..];
                }
            }
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Result<(), Ambiguous> {
        if byte != b'\n' {
            return self.line.push(byte);
        }
        let line = std::mem::take(&mut self.line);
        let line = line.ended()?;
        self.part = match self.part {
            Part::Head => return self.head_line(&line),
            Part::ChunkSize => match chunk_size(&line)? {
                0 => Part::Trailers,
                size => Part::Chunk(size),
            },
            Part::ChunkEnd if line.is_empty() => Part::ChunkSize,
            Part::Trailers if line.is_empty() => Part::Head,
            Part::Trailers => Part::Trailers,
            _ => return Err(Ambiguous),
        };
        Ok(())
    }

    fn head_line(&mut self, line: &[u8]) -> Result<(), Ambiguous> {
        if line.is_empty() && self.head.lines == 0 {
            // An empty line before a request is no end of it (RFC 9112 §2.2).
            return Ok(());
        }
        if line.is_empty() {
            let head = std::mem::take(&mut self.head);
            self.messages += 1;
            self.part = head.body();
            return Ok(());
        }
        if self.head.lines == 0 && self.messages == 0 && line.starts_with(b"PRI * HTTP/2") {
            self.part = Part::Multiplexed;
            return Ok(());
        }
        self.head.line(line)
    }
}

impl Line {
    fn push(&mut self, byte: u8) -> Result<(), Ambiguous> {
        // A carriage return ends a line, together with what must follow it, or is refused.
        if self.previous == b'\r' {
            return Err(Ambiguous);
        }
        self.previous = byte;
        self.length += 1;
        if self.start.len() < KEPT {
            self.start.push(byte);
        }
        Ok(())
    }

    /// The line without its end, as far as it is kept.
    fn ended(mut self) -> Result<Vec<u8>, Ambiguous> {
        if self.previous != b'\r' {
            return Err(Ambiguous);
        }
        if self.start.len() == self.length {
            self.start.pop();
        }
        Ok(self.start)
    }
}

impl Head {
    fn line(&mut self, line: &[u8]) -> Result<(), Ambiguous> {
        self.lines += 1;
        if self.lines == 1 {
            // What follows it is no message, and nothing here opens a tunnel.
            let is_tunnel = line.starts_with(b"CONNECT ");
            return if is_tunnel { Err(Ambiguous) } else { Ok(()) };
        }
        // A line that goes on with the one before (RFC 9112 §5.2).
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return Err(Ambiguous);
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next().unwrap_or_default();
        let value = parts.next().unwrap_or_default().trim_ascii();
        if is_like(name, b"content-length") {
            if self.length.is_some() || self.chunked || name.len() != b"content-length".len() {
                return Err(Ambiguous);
            }
            self.length = Some(number(value, LONGEST_LENGTH, 10)?);
        } else if is_like(name, b"transfer-encoding") {
            let known = value.eq_ignore_ascii_case(b"chunked");
            if !known || self.chunked || self.length.is_some() || name.len() != 17 {
                return Err(Ambiguous);
            }
            self.chunked = true;
        }
        Ok(())
    }

    /// What follows the head.
    fn body(&self) -> Part {
        match self.length {
            _ if self.chunked => Part::ChunkSize,
            None | Some(0) => Part::Head,
            Some(length) => Part::Body(length),
        }
    }
}

/// Whether `name` is `wanted`, or would be for a reader that forgives white space around it.
fn is_like(name: &[u8], wanted: &[u8]) -> bool {
    name.trim_ascii().eq_ignore_ascii_case(wanted)
}

/// The size in `line`, which may have extensions (RFC 9112 §7.1.1).
fn chunk_size(line: &[u8]) -> Result<u64, Ambiguous> {
    let size = line.split(|byte| *byte == b';').next();
    number(size.unwrap_or_default().trim_ascii_end(), LONGEST_SIZE, 16)
}

/// `digits` and nothing else, at most so many of them.
fn number(digits: &[u8], most: usize, radix: u32) -> Result<u64, Ambiguous> {
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    if digits.len() > most || !digits.iter().all(is_digit) {
        return Err(Ambiguous);
    }
    let text = std::str::from_utf8(digits).map_err(|_| Ambiguous)?;
    u64::from_str_radix(text, radix).map_err(|_| Ambiguous)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So much of `text` is good when it comes in pieces of `size`.
    fn read(text: &str, size: usize) -> usize {
        let mut framing = MessageFraming::default();
        let mut good = 0;
        for piece in text.as_bytes().chunks(size) {
            match framing.read(piece) {
                Ok(()) => good += piece.len(),
                Err(GoodUntil(more)) => return good + more,
            }
        }
        good
    }

    const FIRST: [&str; 5] = [
        "",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\n\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         3\r\n\n\nx\r\n1A;a=b\r\n26 bytes of \r\n\r\n and nothi\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding:chunked\r\n\r\n0\r\nDigest: x\r\n\r\n",
    ];

    #[test]
    fn good_messages_pass_unchanged_however_they_are_cut() {
        let all: String = FIRST.concat();
        for size in 1..=all.len() {
            assert_eq!(read(&all, size), all.len(), "{size}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_found_behind_every_good_message() {
        for (bad, passes) in [
            ("GET / HTTP/1.1\n", 14),
            ("\nGET / HTTP/1.1\r\n", 0),
            ("GET / HTTP/1.1\r\nHost: a\n\r\n", 23),
            ("GET / HTTP/1.1\r\nHost: a\rb\r\n", 24),
            ("GET / HTTP/1.1\r\nA: b\r\n c: d\r\n", 28),
            (
                "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                63,
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n",
                63,
            ),
            (
                "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
                54,
            ),
            ("POST / HTTP/1.1\r\nContent-Length: +1\r\n", 36),
            ("POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n", 38),
            ("POST / HTTP/1.1\r\nContent-Length : 1\r\n", 36),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n", 45),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: x, chunked\r\n", 47),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
                48,
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n",
                52,
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx",
                51,
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: b\n\r\n",
                54,
            ),
            ("CONNECT a:1 HTTP/1.1\r\n", 21),
        ] {
            for first in FIRST {
                let text = format!("{first}{bad}GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                let good = first.len() + passes;
                for size in [1, 2, 7, text.len()] {
                    let found = read(&text, size);
                    assert!(
                        found == good || found == good + 1,
                        "{bad:?} behind {first:?} in pieces of {size}: {found}, not {good}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_other_protocol_is_not_looked_at_and_is_no_second_message() {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\n\n\n";
        assert_eq!(read(preface, 7), preface.len());
        let late = format!("{}{preface}", FIRST[1]);
        assert!(read(&late, late.len()) < late.len());
        let like_it = "PRIZE / HTTP/1.1\n";
        assert!(read(like_it, 3) < like_it.len());
    }
}
