//! Checkpoints: where the chains of a log stood, signed, to be kept elsewhere. Whoever cuts the end
//! of a log, or takes a whole chain away, cannot take it out of there.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use warifu_core::domain::Timestamp;

use crate::line::Line;
use crate::mark::Statement;
use crate::signing::{self, SigningError, SigningKey, VerifyingKey};
use crate::standing::Standing;
use crate::verify::{Expected, Marks, Summary, VerificationError, scan};

const FORMAT: &str = "warifu-audit-checkpoint-1";

/// Where a log stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// When, RFC 3339.
    pub time: String,
    /// How many records there were.
    pub records: u64,
    seen: Seen,
}

/// What is known of a log as it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// The last record of each chain.
    Heads(Vec<Head>),
    /// All of it, by its digest: what a program signs by itself.
    Digest(Standing),
}

/// The last records of all chains, as they are signed.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Heads {
    format: String,
    time: String,
    records: u64,
    chains: Vec<Head>,
}

/// The last record of a chain.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
struct Head {
    chain: String,
    seq: u64,
    hash: String,
}

/// Why a log does not hold what a checkpoint saw, or is bad in itself.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The log itself.
    #[error(transparent)]
    Log(#[from] VerificationError),
    /// A record is gone, and all of its chain after it.
    #[error(
        "chain {chain}, seq {seq} is missing: the checkpoint of {time} saw it, so the log was cut"
    )]
    Missing {
        /// The chain.
        chain: String,
        /// Its last record at the time.
        seq: u64,
        /// The checkpoint's time.
        time: String,
    },
    /// Another record stands in its place.
    #[error(
        "chain {chain}, seq {seq} is not the record that the checkpoint of {time} saw: it was \
         written anew"
    )]
    Another {
        /// The chain.
        chain: String,
        /// The record.
        seq: u64,
        /// The checkpoint's time.
        time: String,
    },
    /// Records are gone.
    #[error("holds {found} records where the checkpoint of {time} saw {records}, so it was cut")]
    Cut {
        /// How many the checkpoint saw.
        records: u64,
        /// How many there are.
        found: u64,
        /// The checkpoint's time.
        time: String,
    },
    /// Some of the records are not those that were there.
    #[error("the first {records} records are not those that the checkpoint of {time} saw")]
    Rewritten {
        /// How many the checkpoint saw.
        records: u64,
        /// The checkpoint's time.
        time: String,
    },
}

impl Checkpoint {
    /// Checks a log, and notes where its chains stand.
    pub fn of(log: impl Read, now: Timestamp) -> Result<Self, VerificationError> {
        let mut heads: BTreeMap<String, (u64, String)> = BTreeMap::new();
        // What is kept elsewhere has checkpoints of its own.
        let expected = Expected {
            earlier_elsewhere: true,
            ..Expected::default()
        };
        let (summary, _) = scan(log, expected, |_, line, _| {
            heads.insert(line.chain.clone(), (line.seq, line.hash.clone()));
            Ok(())
        })?;
        let head = |(chain, (seq, hash))| Head { chain, seq, hash };
        Ok(Self {
            time: now.to_string(),
            records: summary.records,
            seen: Seen::Heads(heads.into_iter().map(head).collect()),
        })
    }

    /// As a signed line.
    pub fn sign(&self, key: &SigningKey) -> Result<String, SigningError> {
        let signed = match &self.seen {
            Seen::Heads(chains) => key.sign(&Heads {
                format: FORMAT.to_owned(),
                time: self.time.clone(),
                records: self.records,
                chains: chains.clone(),
            }),
            Seen::Digest(standing) => key.sign(&Statement::new(&self.time, standing)),
        };
        signed.map_err(|_| SigningError::Malformed)
    }

    /// Reads a checkpoint; checks its signature where a key is given.
    pub fn read(text: &str, key: Option<&VerifyingKey>) -> Result<Self, SigningError> {
        if let Ok(heads) = signing::read::<Heads>(text, None) {
            if heads.format != FORMAT {
                return Err(SigningError::Malformed);
            }
            let heads: Heads = signing::read(text, key)?;
            return Ok(Self {
                time: heads.time,
                records: heads.records,
                seen: Seen::Heads(heads.chains),
            });
        }
        let statement = Statement::read(text, key)?;
        let standing = statement.standing().ok_or(SigningError::Malformed)?;
        Ok(Self {
            records: standing.records,
            time: statement.time,
            seen: Seen::Digest(standing),
        })
    }

    /// Reads as many as there are, a line each.
    pub fn read_all(text: &str, key: Option<&VerifyingKey>) -> Result<Vec<Self>, SigningError> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let all: Vec<Self> = lines
            .map(|line| Self::read(line, key))
            .collect::<Result<_, _>>()?;
        if all.is_empty() {
            return Err(SigningError::Malformed);
        }
        Ok(all)
    }

    /// Checks a log, and that everything this checkpoint saw is still there.
    pub fn verify(&self, log: impl Read) -> Result<Summary, CheckpointError> {
        let checkpoints = std::slice::from_ref(self);
        Self::verify_all(checkpoints, log, Expected::default()).map(|(summary, _)| summary)
    }

    /// As [`Self::verify`], for several of one log.
    pub fn verify_all(
        checkpoints: &[Self],
        log: impl Read,
        expected: Expected<'_>,
    ) -> Result<(Summary, Marks), CheckpointError> {
        let mut open: Vec<Open<'_>> = checkpoints.iter().map(Open::new).collect();
        let mut last = 0;
        let found = scan(log, expected, |_, line, standing| {
            for open in &mut open {
                open.see(line, standing);
            }
            last = standing.records;
            Ok(())
        })?;
        for open in open {
            open.end(last)?;
        }
        Ok(found)
    }
}

/// A checkpoint while a log is read.
struct Open<'a> {
    checkpoint: &'a Checkpoint,
    heads: BTreeMap<&'a str, &'a Head>,
    /// Whether its last record was read, or is before the first that is there.
    reached: bool,
    begun: bool,
    bad: Option<CheckpointError>,
}

impl<'a> Open<'a> {
    fn new(checkpoint: &'a Checkpoint) -> Self {
        let heads = match &checkpoint.seen {
            Seen::Heads(heads) => heads.as_slice(),
            Seen::Digest(_) => &[],
        };
        Self {
            checkpoint,
            heads: heads
                .iter()
                .map(|head| (head.chain.as_str(), head))
                .collect(),
            reached: checkpoint.records == 0,
            begun: false,
            bad: None,
        }
    }

    fn see(&mut self, line: &Line, standing: &Standing) {
        if let Some(head) = self.heads.get(line.chain.as_str())
            && head.seq == line.seq
        {
            if head.hash != line.hash {
                self.bad.get_or_insert(CheckpointError::Another {
                    chain: line.chain.clone(),
                    seq: line.seq,
                    time: self.checkpoint.time.clone(),
                });
            }
            self.heads.remove(line.chain.as_str());
        }
        let first = !std::mem::replace(&mut self.begun, true);
        let Seen::Digest(seen) = &self.checkpoint.seen else {
            return;
        };
        if standing.records == seen.records {
            self.reached = true;
            if standing.digest != seen.digest {
                self.bad.get_or_insert(CheckpointError::Rewritten {
                    records: seen.records,
                    time: self.checkpoint.time.clone(),
                });
            }
        } else if first && standing.records > seen.records {
            self.reached = true;
        }
    }

    fn end(self, found: u64) -> Result<(), CheckpointError> {
        if let Some(bad) = self.bad {
            return Err(bad);
        }
        let time = self.checkpoint.time.clone();
        if let Some(head) = self.heads.into_values().next() {
            return Err(CheckpointError::Missing {
                chain: head.chain.clone(),
                seq: head.seq,
                time,
            });
        }
        match self.checkpoint.seen {
            Seen::Digest(_) if !self.reached => Err(CheckpointError::Cut {
                records: self.checkpoint.records,
                found,
                time,
            }),
            _ => Ok(()),
        }
    }
}
