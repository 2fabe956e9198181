//! Checking a log, link by link.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use thiserror::Error;

use crate::line::{Line, NO_PREDECESSOR, expected_hash};
use crate::mark::Mark;
use crate::signing::VerifyingKey;
use crate::standing::Standing;

/// No line that was ever written is as long.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// How many records of others may stand between what a checkpoint saw and the checkpoint.
const REMEMBERED: usize = 65_536;

/// What a good log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Records.
    pub records: u64,
    /// Chains: processes that wrote.
    pub chains: u64,
}

/// What the records say that tell where the log stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// How many there are. What stands before each is what it says.
    pub found: u64,
    /// How many of them are signed with the key that was given.
    pub signed: u64,
    /// How many records the last signed one covers.
    pub covered: u64,
}

/// How to check a log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// The key of who signs checkpoints; without it signatures are not looked at.
    pub key: Option<&'a VerifyingKey>,
    /// That the log may begin with a later file, where earlier ones are kept elsewhere.
    pub earlier_elsewhere: bool,
}

/// The first bad record of a log.
#[derive(Debug, Error)]
pub struct VerificationError {
    /// Its line, from 1, over all files.
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
    /// The record says something else of the records before it than what is there.
    #[error(
        "says of the {records} records before it what is not so: some were changed, removed or \
         added, or a file is missing"
    )]
    Unfounded {
        /// How many it speaks of.
        records: u64,
    },
    /// A checkpoint that is signed with another key, or was changed.
    #[error("is a checkpoint that was changed, or signed with another key")]
    Forged,
    /// The log begins with a later file.
    #[error("begins a file that follows {former}, which is not there")]
    BeginsLater {
        /// The file before it.
        former: String,
    },
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
/// taken away after its last checkpoint.
pub fn verify(reader: impl Read) -> Result<Summary, VerificationError> {
    verify_against(reader, Expected::default()).map(|(summary, _)| summary)
}

/// As [`verify`]; tells what the log's checkpoints say as well.
pub fn verify_against(
    reader: impl Read,
    expected: Expected<'_>,
) -> Result<(Summary, Marks), VerificationError> {
    scan(reader, expected, |_, _, _| Ok(()))
}

/// Checks every record of a log and shows each, with its bytes and where the log stands after it, to
/// `good`.
pub(crate) fn scan(
    reader: impl Read,
    expected: Expected<'_>,
    mut good: impl FnMut(&[u8], &Line, &Standing) -> Result<(), Fault>,
) -> Result<(Summary, Marks), VerificationError> {
    let mut reader = BufReader::new(reader);
    let mut scan = Scan::new(expected);
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
            let chains = scan.chains.len() as u64;
            let records = number;
            return Ok((Summary { records, chains }, scan.marks));
        }
        let Some(line) = line.strip_suffix(b"\n") else {
            let what = if length as u64 == LONGEST_LINE {
                Fault::Malformed
            } else {
                Fault::CutOff
            };
            return Err(fault(what));
        };
        scan.line(line, &mut good).map_err(|what| {
            let place = Line::read(line).map(|line| (line.chain, line.seq)).unzip();
            VerificationError {
                chain: place.0,
                seq: place.1,
                ..fault(what)
            }
        })?;
        number += 1;
    }
}

/// What was read so far.
struct Scan<'a> {
    expected: Expected<'a>,
    chains: HashMap<String, Seen>,
    standing: Standing,
    /// The digests after the last records, the newest at the end.
    recent: VecDeque<[u8; 32]>,
    marks: Marks,
    begun: bool,
    /// Whether what was before the first file is not there.
    is_later: bool,
}

impl<'a> Scan<'a> {
    fn new(expected: Expected<'a>) -> Self {
        Self {
            expected,
            chains: HashMap::new(),
            standing: Standing::default(),
            recent: VecDeque::from([Standing::default().digest]),
            marks: Marks::default(),
            begun: false,
            is_later: false,
        }
    }

    fn line(
        &mut self,
        bytes: &[u8],
        good: &mut impl FnMut(&[u8], &Line, &Standing) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let expected = expected_hash(bytes).ok_or(Fault::Malformed)?;
        let record = Line::read(bytes).ok_or(Fault::Malformed)?;
        if record.hash != expected {
            return Err(Fault::Changed);
        }
        let mark = Mark::read(&record);
        self.begin(&record, mark.as_ref())?;
        let (seq, prev) = match self.chains.get(&record.chain) {
            Some(seen) => (seen.seq + 1, seen.hash.as_str()),
            None if self.is_later => (record.seq, record.prev.as_str()),
            None => (1, NO_PREDECESSOR),
        };
        if record.seq != seq {
            return Err(Fault::OutOfSequence { expected: seq });
        }
        if record.prev != prev {
            return Err(Fault::Unlinked);
        }
        if let Some(mark) = mark {
            self.check_mark(&mark, &record)?;
        }
        self.standing.add(&record.hash);
        self.recent.push_back(self.standing.digest);
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
        good(bytes, &record, &self.standing)?;
        let (seq, hash) = (record.seq, record.hash);
        self.chains.insert(record.chain, Seen { seq, hash });
        Ok(())
    }

    /// Where the first record says that something is before it.
    fn begin(&mut self, record: &Line, mark: Option<&Mark>) -> Result<(), Fault> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        let Some(mark) = mark.filter(|mark| mark.begins_file) else {
            return Ok(());
        };
        if !self.expected.earlier_elsewhere {
            let former = record.detail(crate::mark::FORMER).unwrap_or_default();
            let former = former.to_owned();
            return Err(Fault::BeginsLater { former });
        }
        self.is_later = true;
        self.standing = mark.standing;
        self.recent = VecDeque::from([mark.standing.digest]);
        Ok(())
    }

    fn check_mark(&mut self, mark: &Mark, record: &Line) -> Result<(), Fault> {
        let records = mark.standing.records;
        let digest = self
            .standing
            .records
            .checked_sub(records)
            .and_then(|since| {
                let place = self.recent.len().checked_sub(1)?;
                self.recent
                    .get(place.checked_sub(usize::try_from(since).ok()?)?)
            });
        if digest != Some(&mark.standing.digest) {
            return Err(Fault::Unfounded { records });
        }
        self.marks.found += 1;
        if let Some(key) = self.expected.key {
            let signed = mark.check(record.time_text(), key);
            if signed.map_err(|_| Fault::Forged)? {
                self.marks.signed += 1;
                self.marks.covered = records;
            }
        }
        Ok(())
    }
}
