//! One record as one line, and the link of a line to the one before.
//!
//! A line is a JSON object with the members `chain`, `seq`, `time`, `event`, `outcome`, `actor`,
//! `contract`, `subject`, `source`, `request_id`, `detail`, `prev` and `hash`, in this order and
//! without white space between them. What is unknown is `null`; `detail` is an object of strings.
//! `hash` is the SHA-256, in lower-case hexadecimal, over the bytes of the line up to and
//! including the value of `prev`, followed by `}`: the line with `,"hash":"…"` taken out. `prev` is
//! the `hash` of the chain's record before, 64 zeros for its first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use warifu_core::domain::{AuditOutcome, AuditRecord, ContractNumber, RequestId, Timestamp};
use warifu_core::ports::{Randomness, StoredAuditRecord};

/// `prev` of the first record of a chain.
pub(crate) const NO_PREDECESSOR: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// Longer texts are cut: nobody's input fills the disk.
const LONGEST_TEXT: usize = 512;

const BEFORE_HASH: &str = ",\"hash\":\"";
const AFTER_HASH: &str = "\"}";
const HASH_LENGTH: usize = 64;

/// The records that one process writes, one linked to the next.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    id: String,
    written: u64,
    last_hash: String,
}

#[derive(Serialize)]
struct Unhashed<'a> {
    chain: &'a str,
    seq: u64,
    time: String,
    event: &'a str,
    outcome: AuditOutcome,
    actor: Option<Cow<'a, str>>,
    contract: Option<&'a str>,
    subject: Option<Cow<'a, str>>,
    source: Option<IpAddr>,
    request_id: RequestId,
    detail: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    prev: &'a str,
}

/// A line as it is read back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) chain: String,
    pub(crate) seq: u64,
    time: String,
    event: String,
    outcome: AuditOutcome,
    actor: Option<String>,
    contract: Option<String>,
    subject: Option<String>,
    source: Option<IpAddr>,
    request_id: RequestId,
    detail: BTreeMap<String, String>,
    pub(crate) prev: String,
    pub(crate) hash: String,
}

/// What an index needs of a line.
#[derive(Deserialize)]
pub(crate) struct Head<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    contract: Option<Cow<'a, str>>,
}

impl<'a> Head<'a> {
    /// Reads a line, with or without its line feed.
    pub(crate) fn read(line: &'a [u8]) -> Option<Self> {
        Self::read_quickly(line).or_else(|| serde_json::from_slice(line).ok())
    }

    /// Reads what stands where every version wrote it, without looking at the rest.
    fn read_quickly(line: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let rest = text.strip_prefix("{\"chain\":\"")?;
        let (_, rest) = rest.split_once("\",\"seq\":")?;
        let (_, rest) = rest.split_once(",\"time\":\"")?;
        let (time, rest) = rest.split_once("\",\"event\":\"")?;
        let (event, rest) = rest.split_once("\",\"outcome\":\"")?;
        let (_, rest) = rest.split_once("\",\"actor\":")?;
        let rest = if let Some(rest) = rest.strip_prefix("null,") {
            rest
        } else {
            let (actor, rest) = rest.strip_prefix('"')?.split_once('"')?;
            // A name with an escape in it is left to the thorough way.
            if actor.contains('\\') {
                return None;
            }
            rest.strip_prefix(',')?
        };
        let rest = rest.strip_prefix("\"contract\":")?;
        let contract = if rest.starts_with("null,") {
            None
        } else {
            let (contract, _) = rest.strip_prefix('"')?.split_once("\",")?;
            Some(contract.into())
        };
        Some(Self {
            time: time.into(),
            event: event.into(),
            contract,
        })
    }

    pub(crate) fn time_text(&self) -> &str {
        &self.time
    }

    pub(crate) fn time(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(&self.time)
    }

    pub(crate) fn event(&self) -> &str {
        &self.event
    }

    pub(crate) fn contract(&self) -> Option<&str> {
        self.contract.as_deref()
    }
}

impl Chain {
    /// A new chain, of a random name.
    pub(crate) fn begin(randomness: &dyn Randomness) -> Self {
        let mut id = [0; 16];
        randomness.fill(&mut id);
        Self {
            id: HEXLOWER.encode(&id),
            written: 0,
            last_hash: NO_PREDECESSOR.to_owned(),
        }
    }

    /// Its name.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// How many records it has: the number of the last one.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// The hash of its last record.
    pub(crate) fn last_hash(&self) -> &str {
        &self.last_hash
    }

    /// Whether nothing was written yet.
    pub(crate) const fn is_new(&self) -> bool {
        self.written == 0
    }

    /// The line of the next record, with its line feed.
    pub(crate) fn append(&mut self, record: &AuditRecord) -> serde_json::Result<String> {
        let seq = self.written + 1;
        let unhashed = Unhashed {
            chain: &self.id,
            seq,
            time: record.time.to_string(),
            event: record.event.name(),
            outcome: record.outcome,
            actor: record.actor.as_deref().map(shortened),
            contract: record.contract.as_ref().map(ContractNumber::as_str),
            subject: record.subject.as_deref().map(shortened),
            source: record.source,
            request_id: record.request_id,
            detail: record
                .detail
                .iter()
                .map(|(name, value)| (shortened(name), shortened(value)))
                .collect(),
            prev: &self.last_hash,
        };
        let mut line = escape(&serde_json::to_string(&unhashed)?);
        let hash = HEXLOWER.encode(&Sha256::digest(&line));
        line.truncate(line.len() - 1);
        line.push_str(BEFORE_HASH);
        line.push_str(&hash);
        line.push_str(AFTER_HASH);
        line.push('\n');
        self.written = seq;
        self.last_hash = hash;
        Ok(line)
    }
}

/// The text, or its beginning and how long it was.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_TEXT) {
        None => text.into(),
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()).into(),
    }
}

/// Escapes what JSON allows inside strings but what would fool the reader of a terminal or a
/// browser: delete and C1 controls, line separators, invisible characters and those that turn
/// the direction of writing. (JSON itself escapes the controls below U+0020.) None of them occurs
/// outside of strings.
fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() + 80);
    for character in json.chars() {
        if is_deceptive(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

const fn is_deceptive(character: char) -> bool {
    matches!(
        character,
        '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// How many bytes of a line, at its end, hold its hash.
pub(crate) const TAIL_LENGTH: usize = HASH_LENGTH + AFTER_HASH.len() + 1;

/// The hash that a line says to have, from its end with the line feed.
pub(crate) fn hash_at_end(line: &[u8]) -> Option<&str> {
    let end = line
        .strip_suffix(b"\n")?
        .strip_suffix(AFTER_HASH.as_bytes())?;
    let hash = end.get(end.len().checked_sub(HASH_LENGTH)?..)?;
    let is_hash = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    std::str::from_utf8(hash)
        .ok()
        .filter(|_| hash.iter().all(is_hash))
}

/// The hash that a line (without its line feed) ought to have, where it has the shape of one.
pub(crate) fn expected_hash(line: &[u8]) -> Option<String> {
    let end = line.strip_suffix(AFTER_HASH.as_bytes())?;
    let rest = end.get(..end.len().checked_sub(HASH_LENGTH)?)?;
    let unhashed = rest.strip_suffix(BEFORE_HASH.as_bytes())?;
    Some(
        HEXLOWER.encode(
            &Sha256::new()
                .chain_update(unhashed)
                .chain_update(b"}")
                .finalize(),
        ),
    )
}

/// The record in a line, and its hash. Nothing where it is none, or of a later version.
pub(crate) fn read_back(line: &[u8]) -> Option<(StoredAuditRecord, String)> {
    let line = Line::read(line)?;
    let hash = line.hash.clone();
    Some((line.into_record()?, hash))
}

impl Line {
    /// Reads a line, with or without its line feed.
    pub(crate) fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// Its moment.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(&self.time)
    }

    /// As it is written.
    pub(crate) fn time_text(&self) -> &str {
        &self.time
    }

    /// The name of its event.
    pub(crate) fn event(&self) -> &str {
        &self.event
    }

    /// A member of its `detail`.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.detail.get(name).map(String::as_str)
    }

    /// Its contract.
    pub(crate) fn contract(&self) -> Option<&str> {
        self.contract.as_deref()
    }

    /// The record in it. Nothing where the line is of a later version.
    pub(crate) fn into_record(self) -> Option<StoredAuditRecord> {
        let record = AuditRecord {
            time: Timestamp::parse_rfc3339(&self.time)?,
            event: self.event.parse().ok()?,
            outcome: self.outcome,
            actor: self.actor,
            contract: self
                .contract
                .map(|number| number.parse())
                .transpose()
                .ok()?,
            subject: self.subject,
            source: self.source,
            request_id: self.request_id,
            detail: self.detail,
        };
        Some(StoredAuditRecord {
            chain: self.chain,
            seq: self.seq,
            record,
        })
    }
}
