//! What programs at a terminal do with audit logs: check them, sign where they stand, copy them, and
//! hand a customer what is theirs. Whoever calls says in words what was found.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use thiserror::Error;
use warifu_audit_file::LinesReader;
pub use warifu_audit_file::{
    Checkpoint, CheckpointError, Extract, ExtractError, Fault, SigningError, SigningKey, Summary,
    VerificationError, VerifyingKey, Wanted,
};
use warifu_core::ports::Clock;
use warifu_system::SystemClock;
use zeroize::Zeroizing;

use crate::assembly;
use crate::configuration::Configuration;
use crate::problem::{ConfigError, Problem};
use warifu_adapter_kit::secret_file;

/// The records of an extract.
pub const RECORDS_FILE: &str = "records.jsonl";
/// What the bank signed of them.
pub const STATEMENT_FILE: &str = "extract.json";

/// What is wrong with which file.
#[derive(Debug, Error)]
#[error("{}: {what}", path.display())]
pub struct AuditToolError {
    /// The file; of a log that is elsewhere, where the configuration sets it up.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: AuditFault,
}

/// What is wrong with a file.
#[derive(Debug, Error)]
pub enum AuditFault {
    /// It holds a secret key, and others than its owner may read it.
    #[error("holds a secret and others may read it (mode {mode:04o})")]
    Exposed {
        /// Its permissions.
        mode: u32,
    },
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It cannot be written.
    #[error("cannot be written: {0}")]
    Unwritten(#[source] io::Error),
    /// It cannot be copied.
    #[error("cannot be copied: {0}")]
    Uncopied(#[source] io::Error),
    /// It is not the key or the signed document that it should be.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The log is bad.
    #[error(transparent)]
    Log(#[from] VerificationError),
    /// The log is not the one of the checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The extract is not what the bank signed.
    #[error(transparent)]
    Extract(#[from] ExtractError),
}

/// Says of which file a fault is.
fn of<E: Into<AuditFault>>(path: &Path) -> impl FnOnce(E) -> AuditToolError {
    |what| AuditToolError {
        path: path.to_owned(),
        what: what.into(),
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> AuditToolError {
    |error| of(path)(AuditFault::Unreadable(error))
}

fn unwritten(path: &Path) -> impl FnOnce(io::Error) -> AuditToolError {
    |error| of(path)(AuditFault::Unwritten(error))
}

/// Reads a key to sign with, of a file that nobody else may read.
pub fn signing_key(path: &Path) -> Result<SigningKey, AuditToolError> {
    if let Some(mode) = secret_file::exposed_mode(path) {
        return Err(of(path)(AuditFault::Exposed { mode }));
    }
    let text = fs::read(path)
        .map(Zeroizing::new)
        .map_err(unreadable(path))?;
    SigningKey::from_pem(&text).map_err(of(path))
}

/// Reads a key to check signatures with.
pub fn verifying_key(path: &Path) -> Result<VerifyingKey, AuditToolError> {
    let text = fs::read(path).map_err(unreadable(path))?;
    VerifyingKey::from_pem(&text).map_err(of(path))
}

/// Reads a checkpoint. Without a key its signature is not checked: then it is worth as much as the
/// place where it was kept.
pub fn checkpoint(path: &Path, key: Option<&VerifyingKey>) -> Result<Checkpoint, AuditToolError> {
    let text = fs::read_to_string(path).map_err(unreadable(path))?;
    Checkpoint::read(&text, key).map_err(of(path))
}

/// An audit log to read from the beginning, as far as it is written at this moment.
pub struct OpenedLog {
    name: PathBuf,
    text: Box<dyn Read + Send>,
}

impl OpenedLog {
    /// The log in a file.
    pub fn file(path: &Path) -> Result<Self, AuditToolError> {
        let text = warifu_audit_file::open_to_read(path).map_err(unreadable(path))?;
        Ok(Self {
            name: path.to_owned(),
            text: Box::new(text),
        })
    }

    /// The log of a configuration; nothing where it is collected elsewhere. What comes from a server
    /// must be read where a thread may wait, such as in `tokio::task::block_in_place`.
    pub async fn of(configuration: &Configuration) -> Result<Option<Self>, ConfigError> {
        if let Some(path) = configuration.audit_file() {
            let opened = Self::file(&path).map_err(|error| {
                let origin = configuration.tree().origin_at("audit_log.file.path");
                let message = error.to_string();
                ConfigError::one(Problem::new(origin, "audit_log.file.path", message))
            });
            return opened.map(Some);
        }
        let Some(lines) = assembly::audit_log(configuration).await?.lines() else {
            return Ok(None);
        };
        Ok(Some(Self {
            name: format!("audit_log.{}", configuration.chosen.audit_log.name).into(),
            text: Box::new(LinesReader::open(lines).await?),
        }))
    }

    /// What it is called.
    pub fn name(&self) -> &Path {
        &self.name
    }
}

/// Checks an audit log, link by link, and against a checkpoint where one is given. Says what it
/// holds, or which record is the first bad one.
pub fn verify(
    log: &mut OpenedLog,
    checkpoint: Option<&Checkpoint>,
) -> Result<Summary, AuditToolError> {
    match checkpoint {
        Some(checkpoint) => checkpoint.verify(&mut log.text).map_err(of(&log.name)),
        None => warifu_audit_file::verify(&mut log.text).map_err(of(&log.name)),
    }
}

/// Checks a whole log and signs where its chains stand: one line, to be kept elsewhere.
pub fn make_checkpoint(log: &mut OpenedLog, key: &SigningKey) -> Result<String, AuditToolError> {
    let checkpoint = Checkpoint::of(&mut log.text, SystemClock.now()).map_err(of(&log.name))?;
    checkpoint.sign(key).map_err(of(&log.name))
}

/// Copies a whole log, to the letter, into a new file, readable by its owner only and durable
/// afterwards. Checks nothing: a bad log can be kept as evidence too.
pub fn copy(log: &mut OpenedLog, out: &Path) -> Result<(), AuditToolError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(out);
    let mut file = file.map_err(unwritten(out))?;
    let copied = io::copy(&mut log.text, &mut file).and_then(|_| file.sync_all());
    copied.map_err(|error| {
        // Nothing half-written stays; the file is new and ours.
        let _ = fs::remove_file(out);
        of(&log.name)(AuditFault::Uncopied(error))
    })
}

/// Checks a whole log and copies what is wanted of it into `folder`, which is there and empty. Says
/// how many records.
pub fn extract(
    log: &mut OpenedLog,
    wanted: &Wanted,
    key: &SigningKey,
    folder: &Path,
) -> Result<u64, AuditToolError> {
    let records = folder.join(RECORDS_FILE);
    let file = File::create_new(&records).map_err(unwritten(&records))?;
    let mut out = BufWriter::new(file);
    let extract =
        Extract::copy(&mut log.text, wanted, SystemClock.now(), &mut out).map_err(|error| {
            match error {
                ExtractError::Io(error) => unwritten(&records)(error),
                error => of(&log.name)(error),
            }
        })?;
    out.flush()
        .and_then(|()| out.get_ref().sync_all())
        .map_err(unwritten(&records))?;
    let statement = extract.sign(key).map_err(of(&log.name))?;
    let path = folder.join(STATEMENT_FILE);
    File::create_new(&path)
        .and_then(|mut file| {
            file.write_all(statement.as_bytes())?;
            file.sync_all()
        })
        .map_err(unwritten(&path))?;
    Ok(extract.records)
}

/// Checks an extract with the bank's published key. Says what the bank signed.
pub fn verify_extract(folder: &Path, key: &VerifyingKey) -> Result<Extract, AuditToolError> {
    let statement = folder.join(STATEMENT_FILE);
    let text = fs::read_to_string(&statement).map_err(unreadable(&statement))?;
    let extract = Extract::read(&text, key).map_err(of(&statement))?;
    let records = folder.join(RECORDS_FILE);
    let file = File::open(&records).map_err(unreadable(&records))?;
    extract.verify(file).map_err(|error| match error {
        ExtractError::Io(error) => unreadable(&records)(error),
        error => of(&records)(error),
    })?;
    Ok(extract)
}
