//! Extracts: the records of one contract, to the letter, with a signed statement of what they are. A
//! customer checks them with the bank's published key and nothing else.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use warifu_core::domain::{ContractNumber, Timestamp};

use crate::line::{Line, expected_hash};
use crate::mark::FORMER;
use crate::signing::{self, SigningError, SigningKey, VerifyingKey};
use crate::verify::{Expected, Fault, VerificationError, scan};

const FORMAT: &str = "warifu-audit-extract-1";

/// What an extract holds, as the bank signs it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    format: String,
    /// When it was made, RFC 3339.
    pub time: String,
    /// Whose records.
    pub contract: ContractNumber,
    /// Not before; nothing: from the beginning.
    pub from: Option<String>,
    /// Before; nothing: to the end.
    pub until: Option<String>,
    /// How many: all there are in that time.
    pub records: u64,
    sha256: String,
}

/// Why an extract was not made, or is not what the bank signed.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// The log is bad.
    #[error(transparent)]
    Log(#[from] VerificationError),
    /// It cannot be written or read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The statement.
    #[error("the statement {0}")]
    Statement(#[from] SigningError),
    /// A record is not what was hashed.
    #[error("line {0} was changed: its hash does not fit")]
    Changed(u64),
    /// A record is not of this contract, or none at all.
    #[error("line {0} is not a record of this contract")]
    Foreign(u64),
    /// A record does not follow the one before it.
    #[error("line {0} (chain {1}, seq {2}) is out of sequence")]
    OutOfSequence(u64, String, u64),
    /// Records are missing, or there are more.
    #[error("holds {found} records where the bank signed {signed}")]
    Count {
        /// In the statement.
        signed: u64,
        /// In the file.
        found: u64,
    },
    /// The file is another.
    #[error("is not the file that the bank signed")]
    Another,
}

/// Which records to extract.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of this contract.
    pub contract: ContractNumber,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

impl Extract {
    /// Checks a whole log and copies what is wanted of it to `out`.
    pub fn copy(
        log: impl Read,
        wanted: &Wanted,
        now: Timestamp,
        out: &mut impl Write,
    ) -> Result<Self, ExtractError> {
        let mut hash = Sha256::new();
        let mut records = 0;
        let mut stuck = None;
        // Earlier files may be kept elsewhere, where nothing of them is wanted.
        let expected = Expected {
            earlier_elsewhere: wanted.from.is_some(),
            ..Expected::default()
        };
        let mut first = true;
        scan(log, expected, |bytes, line, _| {
            let time = line.time();
            if std::mem::replace(&mut first, false)
                && let Some(former) = line.detail(FORMER)
                && wanted.from < time
            {
                let former = former.to_owned();
                return Err(Fault::BeginsLater { former });
            }
            let inside = line.contract() == Some(wanted.contract.as_str())
                && wanted.from.is_none_or(|from| time >= Some(from))
                && wanted.until.is_none_or(|until| time < Some(until));
            if inside {
                records += 1;
                hash.update(bytes);
                hash.update(b"\n");
                let written = out.write_all(bytes).and_then(|()| out.write_all(b"\n"));
                if let Err(error) = written {
                    let kind = error.kind();
                    stuck.get_or_insert(error);
                    return Err(Fault::Unreadable(kind.into()));
                }
            }
            Ok(())
        })
        .map_err(|error| match stuck.take() {
            Some(stuck) => ExtractError::Io(stuck),
            None => ExtractError::Log(error),
        })?;
        Ok(Self {
            format: FORMAT.to_owned(),
            time: now.to_string(),
            contract: wanted.contract.clone(),
            from: wanted.from.map(|from| from.to_string()),
            until: wanted.until.map(|until| until.to_string()),
            records,
            sha256: HEXLOWER.encode(&hash.finalize()),
        })
    }

    /// As a signed line.
    pub fn sign(&self, key: &SigningKey) -> Result<String, SigningError> {
        key.sign(self).map_err(|_| SigningError::Malformed)
    }

    /// Reads the bank's statement.
    pub fn read(text: &str, key: &VerifyingKey) -> Result<Self, ExtractError> {
        let extract: Self = signing::read(text, Some(key))?;
        if extract.format == FORMAT {
            Ok(extract)
        } else {
            Err(SigningError::Malformed.into())
        }
    }

    /// Checks that `records` are what the bank signed; names the first that is not.
    pub fn verify(&self, records: impl Read) -> Result<(), ExtractError> {
        let mut hash = Sha256::new();
        let mut number = 0;
        let mut last: HashMap<String, (u64, String)> = HashMap::new();
        let mut reader = BufReader::new(records);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes)? > 0 {
            number += 1;
            hash.update(&bytes);
            let whole = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            let line = Line::read(whole).ok_or(ExtractError::Foreign(number))?;
            if expected_hash(whole).as_deref() != Some(line.hash.as_str()) {
                return Err(ExtractError::Changed(number));
            }
            if line.contract() != Some(self.contract.as_str()) {
                return Err(ExtractError::Foreign(number));
            }
            // Records of others stand between; neighbours in a chain are linked.
            let follows = last.get(&line.chain).is_none_or(|(seq, hash)| {
                line.seq > *seq && (line.seq != seq + 1 || line.prev == *hash)
            });
            if !follows {
                return Err(ExtractError::OutOfSequence(number, line.chain, line.seq));
            }
            last.insert(line.chain, (line.seq, line.hash));
            bytes.clear();
        }
        if number != self.records {
            return Err(ExtractError::Count {
                signed: self.records,
                found: number,
            });
        }
        if HEXLOWER.encode(&hash.finalize()) == self.sha256 {
            Ok(())
        } else {
            Err(ExtractError::Another)
        }
    }
}
