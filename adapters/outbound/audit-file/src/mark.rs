//! Records that say what stands before them: where a file begins, and checkpoints. Signed, where the
//! program has a key.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use warifu_core::domain::{AuditEvent, AuditOutcome, AuditRecord, RequestId, Timestamp};
use warifu_core::ports::Randomness;

use crate::line::Line;
use crate::signing::{self, SigningError, SigningKey, VerifyingKey};
use crate::standing::Standing;

const FORMAT: &str = "warifu-audit-checkpoint-2";

/// The members of `detail`.
pub(crate) const RECORDS: &str = "records";
pub(crate) const DIGEST: &str = "digest";
const SIGNATURE: &str = "signature";
/// Of a file that begins: its number, the name of the one before it, and the hash of that one's last
/// record.
pub(crate) const FILE: &str = "file";
pub(crate) const FORMER: &str = "former";
pub(crate) const LAST: &str = "last";

/// Where a log stood, as it is signed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    format: String,
    /// When, RFC 3339.
    pub(crate) time: String,
    pub(crate) records: u64,
    digest: String,
}

impl Statement {
    pub(crate) fn new(time: &str, standing: &Standing) -> Self {
        Self {
            format: FORMAT.to_owned(),
            time: time.to_owned(),
            records: standing.records,
            digest: standing.digest_hex(),
        }
    }

    /// Reads a signed line; checks its signature where a key is given.
    pub(crate) fn read(text: &str, key: Option<&VerifyingKey>) -> Result<Self, SigningError> {
        let statement: Self = signing::read(text, key)?;
        if statement.format == FORMAT {
            Ok(statement)
        } else {
            Err(SigningError::Malformed)
        }
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        Standing::parse(&self.records.to_string(), &self.digest)
    }
}

/// What a record says of the log before it.
pub(crate) struct Mark {
    pub(crate) standing: Standing,
    pub(crate) begins_file: bool,
    signature: Option<String>,
}

impl Mark {
    /// The mark in a line, where it is one.
    pub(crate) fn read(line: &Line) -> Option<Self> {
        let begins_file = line.event() == AuditEvent::FileBegun.name();
        if !begins_file && line.event() != AuditEvent::Checkpoint.name() {
            return None;
        }
        Some(Self {
            standing: Standing::parse(line.detail(RECORDS)?, line.detail(DIGEST)?)?,
            begins_file,
            signature: line.detail(SIGNATURE).map(str::to_owned),
        })
    }

    /// Whether it is signed; whether by whoever has `key`.
    pub(crate) fn check(&self, time: &str, key: &VerifyingKey) -> Result<bool, SigningError> {
        let Some(signature) = &self.signature else {
            return Ok(false);
        };
        let statement = Statement::new(time, &self.standing);
        let text = serde_json::to_string(&statement).map_err(|_| SigningError::Malformed)?;
        key.check(&text, signature).map(|()| true)
    }
}

/// How often the writer of a log says by itself, with a signature, where the log stands.
#[derive(Clone)]
pub struct Checkpoints {
    /// The key.
    pub key: Arc<SigningKey>,
    /// After so many records.
    pub records: u64,
    /// After so long, where there was any record.
    pub interval: std::time::Duration,
}

/// Makes records of where a log stands.
pub(crate) struct Marking<'a> {
    pub(crate) key: Option<&'a SigningKey>,
    pub(crate) randomness: &'a dyn Randomness,
    pub(crate) time: Timestamp,
}

impl Marking<'_> {
    /// A checkpoint. The same is told to the program's own log, which is collected elsewhere.
    pub(crate) fn checkpoint(&self, standing: &Standing) -> AuditRecord {
        self.record(AuditEvent::Checkpoint, standing, [])
    }

    /// The first record of file `number`, which follows `former`.
    pub(crate) fn file_begun(
        &self,
        standing: &Standing,
        number: u64,
        (former, last): (String, String),
    ) -> AuditRecord {
        let more = [(FILE, number.to_string()), (FORMER, former), (LAST, last)];
        self.record(AuditEvent::FileBegun, standing, more)
    }

    fn record<const N: usize>(
        &self,
        event: AuditEvent,
        standing: &Standing,
        more: [(&str, String); N],
    ) -> AuditRecord {
        let mut detail: BTreeMap<String, String> = more
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        detail.insert(RECORDS.to_owned(), standing.records.to_string());
        detail.insert(DIGEST.to_owned(), standing.digest_hex());
        if let Some(key) = self.key {
            let statement = Statement::new(&self.time.to_string(), standing);
            // Texts and a number are always JSON.
            if let Ok(signature) = key.signature(&statement) {
                detail.insert(SIGNATURE.to_owned(), signature);
            }
            if let Ok(signed) = key.sign(&statement) {
                tracing::info!(
                    checkpoint = signed.trim_end(),
                    "signed where the audit log stands"
                );
            }
        }
        AuditRecord {
            time: self.time,
            event,
            outcome: AuditOutcome::Success,
            actor: None,
            contract: None,
            subject: None,
            source: None,
            request_id: RequestId::generate(self.randomness),
            detail,
        }
    }
}
