//! What programs at a terminal do with audit logs in files: check them, sign where they stand, and
//! hand a customer what is theirs. Whoever calls says in words what was found.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;
pub use warifu_audit_file::{
    Checkpoint, CheckpointError, Extract, ExtractError, Fault, SigningError, SigningKey, Summary,
    VerificationError, VerifyingKey, Wanted,
};
use warifu_core::ports::Clock;
use warifu_system::SystemClock;
use zeroize::Zeroizing;

use crate::secret_file;

/// The records of an extract.
pub const RECORDS_FILE: &str = "records.jsonl";
/// What the bank signed of them.
pub const STATEMENT_FILE: &str = "extract.json";

/// What is wrong with which file.
#[derive(Debug, Error)]
#[error("{}: {what}", path.display())]
pub struct AuditToolError {
    /// The file.
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

/// Checks an audit log, link by link, and against a checkpoint where one is given. Says what it
/// holds, or which record is the first bad one.
pub fn verify(path: &Path, checkpoint: Option<&Checkpoint>) -> Result<Summary, AuditToolError> {
    let log = warifu_audit_file::open_to_read(path).map_err(unreadable(path))?;
    match checkpoint {
        Some(checkpoint) => checkpoint.verify(log).map_err(of(path)),
        None => warifu_audit_file::verify(log).map_err(of(path)),
    }
}

/// Checks a whole log and signs where its chains stand: one line, to be kept elsewhere.
pub fn make_checkpoint(path: &Path, key: &SigningKey) -> Result<String, AuditToolError> {
    let log = warifu_audit_file::open_to_read(path).map_err(unreadable(path))?;
    let checkpoint = Checkpoint::of(log, SystemClock.now()).map_err(of(path))?;
    checkpoint.sign(key).map_err(of(path))
}

/// Checks a whole log and copies what is wanted of it into `folder`, which is there and empty. Says
/// how many records.
pub fn extract(
    log: &Path,
    wanted: &Wanted,
    key: &SigningKey,
    folder: &Path,
) -> Result<u64, AuditToolError> {
    let source = warifu_audit_file::open_to_read(log).map_err(unreadable(log))?;
    let records = folder.join(RECORDS_FILE);
    let file = File::create_new(&records).map_err(unwritten(&records))?;
    let mut out = BufWriter::new(file);
    let extract =
        Extract::copy(source, wanted, SystemClock.now(), &mut out).map_err(
            |error| match error {
                ExtractError::Io(error) => unwritten(&records)(error),
                error => of(log)(error),
            },
        )?;
    out.flush()
        .and_then(|()| out.get_ref().sync_all())
        .map_err(unwritten(&records))?;
    let statement = extract.sign(key).map_err(of(log))?;
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
