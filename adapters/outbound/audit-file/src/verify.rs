//! Checking a log, link by link.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use thiserror::Error;

use crate::line::{Line, NO_PREDECESSOR, expected_hash};

/// No line that was ever written is as long.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// What a good log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Records.
    pub records: u64,
    /// Chains: processes that wrote.
    pub chains: u64,
}

/// The first bad record of a log.
#[derive(Debug, Error)]
pub struct VerificationError {
    /// Its line, from 1.
    pub line: u64,
    /// The chain it says to be of, where that can be read.
    pub chain: Option<String>,
    /// The place it says to have, where that can be read.
    pub seq: Option<u64>,
    /// What is wrong with it.
    pub what: Fault,
}

/// What is wrong with a record.
#[derive(Debug, Error)]
pub enum Fault {
    /// The file could not be read.
    #[error("could not be read: {0}")]
    Unreadable(io::Error),
    /// Not a record at all.
    #[error("is not a record")]
    Malformed,
    /// The last line has no end. A process was stopped while it wrote, before anybody was told of
    /// the record, or the file was cut.
    #[error("is cut off")]
    CutOff,
    /// The record is not what was hashed.
    #[error("was changed: its hash does not fit")]
    Changed,
    /// Records before this one are missing, out of order or there twice.
    #[error("is out of sequence: the chain's next record is number {expected}")]
    OutOfSequence {
        /// The number that should stand there.
        expected: u64,
    },
    /// The record does not follow the one before it.
    #[error("does not follow the chain's record before: that one was replaced")]
    Unlinked,
}

impl fmt::Display for VerificationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}", self.line)?;
        if let (Some(chain), Some(seq)) = (&self.chain, self.seq) {
            write!(formatter, " (chain {chain}, seq {seq})")?;
        }
        write!(formatter, " {}", self.what)
    }
}

/// The last record seen of a chain.
struct Seen {
    seq: u64,
    hash: String,
}

/// Checks every record of a log: that it is what was hashed, and that it follows the one before it
/// in its chain. Stops at the first that is not or does not.
///
/// What a log cannot tell by itself is whether whole chains, or the last records of one, were
/// taken away.
pub fn verify(reader: impl Read) -> Result<Summary, VerificationError> {
    scan(reader, |_, _| Ok(()))
}

/// Checks every record of a log and shows each, with its bytes, to `good`.
pub(crate) fn scan(
    reader: impl Read,
    mut good: impl FnMut(&[u8], &Line) -> Result<(), Fault>,
) -> Result<Summary, VerificationError> {
    let mut reader = BufReader::new(reader);
    let mut chains: HashMap<String, Seen> = HashMap::new();
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let fault = |what| VerificationError {
            line: number + 1,
            chain: None,
            seq: None,
            what,
        };
        let length = reader
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|error| fault(Fault::Unreadable(error)))?;
        if length == 0 {
            return Ok(Summary {
                records: number,
                chains: chains.len() as u64,
            });
        }
        number += 1;
        let Some(line) = line.strip_suffix(b"\n") else {
            let what = if length as u64 == LONGEST_LINE {
                Fault::Malformed
            } else {
                Fault::CutOff
            };
            return Err(VerificationError {
                line: number,
                chain: None,
                seq: None,
                what,
            });
        };
        verify_line(&mut chains, line, &mut good).map_err(|what| {
            let place = Line::read(line).map(|line| (line.chain, line.seq)).unzip();
            VerificationError {
                line: number,
                chain: place.0,
                seq: place.1,
                what,
            }
        })?;
    }
}

fn verify_line(
    chains: &mut HashMap<String, Seen>,
    line: &[u8],
    good: &mut impl FnMut(&[u8], &Line) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let bytes = line;
    let expected = expected_hash(line).ok_or(Fault::Malformed)?;
    let record = Line::read(line).ok_or(Fault::Malformed)?;
    if record.hash != expected {
        return Err(Fault::Changed);
    }
    let (seq, prev) = match chains.get(&record.chain) {
        Some(seen) => (seen.seq + 1, seen.hash.as_str()),
        None => (1, NO_PREDECESSOR),
    };
    if record.seq != seq {
        return Err(Fault::OutOfSequence { expected: seq });
    }
    if record.prev != prev {
        return Err(Fault::Unlinked);
    }
    good(bytes, &record)?;
    chains.insert(
        record.chain,
        Seen {
            seq,
            hash: record.hash,
        },
    );
    Ok(())
}
