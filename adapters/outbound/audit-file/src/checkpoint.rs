//! Checkpoints: where the chains of a log stood, signed, to be kept elsewhere. Whoever cuts the end
//! of a log, or takes a whole chain away, cannot take it out of there.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use warifu_core::domain::Timestamp;

use crate::line::Line;
use crate::signing::{self, SigningError, SigningKey, VerifyingKey};
use crate::verify::{Summary, VerificationError, scan};

const FORMAT: &str = "warifu-audit-checkpoint-1";

/// Where the chains of a log stood.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    format: String,
    /// When, RFC 3339.
    pub time: String,
    /// How many records there were.
    pub records: u64,
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
}

impl Checkpoint {
    /// Checks a log, and notes where its chains stand.
    pub fn of(log: impl Read, now: Timestamp) -> Result<Self, VerificationError> {
        let mut heads: BTreeMap<String, (u64, String)> = BTreeMap::new();
        let summary = scan(log, |_, line| {
            heads.insert(line.chain.clone(), (line.seq, line.hash.clone()));
            Ok(())
        })?;
        let head = |(chain, (seq, hash))| Head { chain, seq, hash };
        Ok(Self {
            format: FORMAT.to_owned(),
            time: now.to_string(),
            records: summary.records,
            chains: heads.into_iter().map(head).collect(),
        })
    }

    /// As a signed line.
    pub fn sign(&self, key: &SigningKey) -> Result<String, SigningError> {
        key.sign(self).map_err(|_| SigningError::Malformed)
    }

    /// Reads a checkpoint; checks its signature where a key is given.
    pub fn read(text: &str, key: Option<&VerifyingKey>) -> Result<Self, SigningError> {
        let checkpoint: Self = signing::read(text, key)?;
        if checkpoint.format == FORMAT {
            Ok(checkpoint)
        } else {
            Err(SigningError::Malformed)
        }
    }

    /// Checks a log, and that everything this checkpoint saw is still there.
    pub fn verify(&self, log: impl Read) -> Result<Summary, CheckpointError> {
        let mut expected: BTreeMap<&str, &Head> = BTreeMap::new();
        for head in &self.chains {
            expected.insert(&head.chain, head);
        }
        let mut another = None;
        let summary = scan(log, |_, line: &Line| {
            if let Some(head) = expected.get(line.chain.as_str())
                && head.seq == line.seq
            {
                if head.hash != line.hash && another.is_none() {
                    another = Some((line.chain.clone(), line.seq));
                }
                expected.remove(line.chain.as_str());
            }
            Ok(())
        })?;
        let time = || self.time.clone();
        if let Some((chain, seq)) = another {
            return Err(CheckpointError::Another {
                chain,
                seq,
                time: time(),
            });
        }
        match expected.into_values().next() {
            Some(head) => Err(CheckpointError::Missing {
                chain: head.chain.clone(),
                seq: head.seq,
                time: time(),
            }),
            None => Ok(summary),
        }
    }
}
