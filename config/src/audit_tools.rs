//! What programs at a terminal do with audit logs: check them, sign where they stand, copy them, and
//! hand a customer what is theirs. Whoever calls says in words what was found.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
pub use warifu_audit_file::{
    Checkpoint, CheckpointError, Expected, Extract, ExtractError, Fault, Marks, Rotated,
    SigningError, SigningKey, Summary, VerificationError, VerifyingKey, Wanted,
};
use warifu_audit_file::{FileAuditLog, LinesReader, LogFiles, LogOptions};
use warifu_core::ports::Clock;
use warifu_system::{OsRandomness, SystemClock};
use zeroize::Zeroizing;

use crate::assembly;
use crate::audit_log;
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
    /// It holds no record.
    #[error("holds no record: a log that was used holds some")]
    Empty,
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

/// Reads the checkpoints in a file, a line each. Without a key their signatures are not checked: then
/// they are worth as much as the place where they were kept.
pub fn checkpoints(
    path: &Path,
    key: Option<&VerifyingKey>,
) -> Result<Vec<Checkpoint>, AuditToolError> {
    let text = fs::read_to_string(path).map_err(unreadable(path))?;
    Checkpoint::read_all(&text, key).map_err(of(path))
}

/// An audit log to read from the beginning, as far as it is written at this moment.
pub struct OpenedLog {
    name: PathBuf,
    text: Text,
}

enum Text {
    /// All files of it.
    Files(LogFiles),
    /// The lines of a store.
    Lines(LinesReader),
}

impl OpenedLog {
    /// The log in a file, with the files before it that lie beside it.
    pub fn file(path: &Path) -> Result<Self, AuditToolError> {
        Self::opened(path, LogFiles::ending_with(path))
    }

    /// The log in a folder, with all files of it.
    pub fn folder(path: &Path) -> Result<Self, AuditToolError> {
        Self::opened(path, LogFiles::in_folder(path))
    }

    /// The log in several files, in whatever order they are given; of one that is given alone, those
    /// before it that lie beside it belong to it.
    pub fn files(paths: &[PathBuf]) -> Result<Self, AuditToolError> {
        match paths {
            [path] => Self::file(path),
            [first, ..] => Self::opened(first, LogFiles::in_order(paths)),
            [] => Err(of(Path::new(""))(AuditFault::Empty)),
        }
    }

    /// One file of a log, and no other.
    pub fn only(path: &Path) -> Result<Self, AuditToolError> {
        Self::opened(path, LogFiles::in_order(&[path.to_owned()]))
    }

    fn opened(path: &Path, files: io::Result<LogFiles>) -> Result<Self, AuditToolError> {
        Ok(Self {
            name: path.to_owned(),
            text: Text::Files(files.map_err(unreadable(path))?),
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
        let Some(lines) = assembly::only_audit_log(configuration).await?.lines() else {
            return Ok(None);
        };
        Ok(Some(Self {
            name: format!("audit_log.{}", configuration.chosen.audit_log.name).into(),
            text: Text::Lines(LinesReader::open(lines).await?),
        }))
    }

    /// What it is called.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// How many files it is in; nothing where it is not in files.
    pub fn count_of_files(&self) -> Option<usize> {
        match &self.text {
            Text::Files(files) => Some(files.paths().count()),
            Text::Lines(_) => None,
        }
    }

    /// Says in which file of it, and where in that, the first bad record is.
    fn bad(&self, mut error: VerificationError) -> AuditToolError {
        let mut path = self.name.clone();
        if let Text::Files(files) = &self.text
            && let Some((file, line)) = files.place_of(error.line)
        {
            file.clone_into(&mut path);
            error.line = line;
        }
        of(&path)(error)
    }

    fn bad_for(&self, error: CheckpointError) -> AuditToolError {
        match error {
            CheckpointError::Log(error) => self.bad(error),
            other => of(&self.name)(other),
        }
    }
}

impl Read for OpenedLog {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &mut self.text {
            Text::Files(files) => files.read(out),
            Text::Lines(lines) => lines.read(out),
        }
    }
}

/// Checks an audit log, link by link, and against checkpoints that were kept elsewhere. Says what it
/// holds and what it says of itself, or which record is the first bad one. A log without a record is
/// no good log.
pub fn verify(
    log: &mut OpenedLog,
    checkpoints: &[Checkpoint],
    expected: Expected<'_>,
) -> Result<(Summary, Marks), AuditToolError> {
    let found = Checkpoint::verify_all(checkpoints, &mut *log, expected);
    let (summary, marks) = found.map_err(|error| log.bad_for(error))?;
    if summary.records == 0 {
        return Err(of(&log.name)(AuditFault::Empty));
    }
    Ok((summary, marks))
}

/// Checks a whole log and signs where its chains stand: one line, to be kept elsewhere.
pub fn make_checkpoint(log: &mut OpenedLog, key: &SigningKey) -> Result<String, AuditToolError> {
    let checkpoint = Checkpoint::of(&mut *log, SystemClock.now());
    let checkpoint = checkpoint.map_err(|error| log.bad(error))?;
    checkpoint.sign(key).map_err(of(&log.name))
}

/// Closes the file of a configuration's log and begins a new one, also beside a server at work.
/// Nothing where the log is not in a file.
pub async fn rotate(configuration: &Configuration) -> Result<Option<Rotation>, ConfigError> {
    let Some(path) = configuration.audit_file() else {
        return Ok(None);
    };
    let signing = audit_log::signing(configuration)?;
    let options = LogOptions {
        checkpoints: signing.as_ref().and_then(audit_log::checkpoints),
        ..LogOptions::default()
    };
    let opened = FileAuditLog::open_with(&path, Arc::new(OsRandomness), options);
    let log = opened.map_err(|error| {
        let origin = configuration.tree().origin_at("audit_log.file.path");
        ConfigError::one(Problem::new(
            origin,
            "audit_log.file.path",
            error.to_string(),
        ))
    })?;
    Ok(Some(match log.rotate(SystemClock.now()).await? {
        Some(rotated) => Rotation::Closed(rotated),
        None => Rotation::Empty,
    }))
}

/// What became of a wish to begin a new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// This file was closed.
    Closed(Rotated),
    /// There is no record in the file yet.
    Empty,
}

/// Copies a whole log, to the letter, into a new file, readable by its owner only and durable
/// afterwards. Checks nothing: a bad log can be kept as evidence too.
pub fn copy(log: &mut OpenedLog, out: &Path) -> Result<(), AuditToolError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(out);
    let mut file = file.map_err(unwritten(out))?;
    let copied = io::copy(log, &mut file).and_then(|_| file.sync_all());
    let name = log.name.clone();
    copied.map_err(|error| {
        // Nothing half-written stays; the file is new and ours.
        let _ = fs::remove_file(out);
        of(&name)(AuditFault::Uncopied(error))
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
    let extract = Extract::copy(&mut *log, wanted, SystemClock.now(), &mut out).map_err(
        |error| match error {
            ExtractError::Io(error) => unwritten(&records)(error),
            ExtractError::Log(error) => log.bad(error),
            error => of(&log.name)(error),
        },
    )?;
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
