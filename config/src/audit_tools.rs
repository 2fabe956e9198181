//! What programs at a terminal do with audit logs: check them, sign where they stand, copy them, and
//! hand a customer what is theirs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub use warifu_audit_file::Checkpoint;
use warifu_audit_file::{Extract, LinesReader, SigningKey, VerifyingKey, open_to_read};
use warifu_core::domain::{ContractNumber, Timestamp};
use warifu_core::ports::Clock;
use warifu_system::SystemClock;
use zeroize::Zeroizing;

use crate::assembly;
use crate::configuration::Configuration;
use crate::problem::{ConfigError, Problem};
use crate::secret_file;

/// The records of an extract.
pub const RECORDS_FILE: &str = "records.jsonl";
/// What the bank signed of them.
pub const STATEMENT_FILE: &str = "extract.json";

/// Reads a key to sign with, of a file that nobody else may read.
pub fn signing_key(path: &Path) -> Result<SigningKey, String> {
    if let Some(exposure) = secret_file::exposure(path) {
        return Err(exposure);
    }
    let text = fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| named(path, "cannot be read", &error))?;
    SigningKey::from_pem(&text).map_err(|error| about(path, &error))
}

/// Reads a key to check signatures with.
pub fn verifying_key(path: &Path) -> Result<VerifyingKey, String> {
    let text = fs::read(path).map_err(|error| named(path, "cannot be read", &error))?;
    VerifyingKey::from_pem(&text).map_err(|error| about(path, &error))
}

/// Reads a checkpoint. Without a key its signature is not checked: then it is worth as much as the
/// place where it was kept.
pub fn checkpoint(path: &Path, key: Option<&VerifyingKey>) -> Result<Checkpoint, String> {
    let text = fs::read_to_string(path).map_err(|error| named(path, "cannot be read", &error))?;
    Checkpoint::read(&text, key).map_err(|error| about(path, &error))
}

/// An audit log to read from the beginning, as far as it is written at this moment.
pub struct OpenedLog {
    name: String,
    text: Box<dyn Read + Send>,
}

impl OpenedLog {
    /// The log in a file.
    pub fn file(path: &Path) -> Result<Self, String> {
        let text = open_to_read(path).map_err(|error| named(path, "cannot be opened", &error))?;
        Ok(Self {
            name: path.display().to_string(),
            text: Box::new(text),
        })
    }

    /// The log of a configuration; nothing where it is collected elsewhere. What comes from a server
    /// must be read where a thread may wait, such as in `tokio::task::block_in_place`.
    pub async fn of(configuration: &Configuration) -> Result<Option<Self>, ConfigError> {
        if let Some(path) = configuration.audit_file() {
            let opened = Self::file(&path).map_err(|message| {
                let origin = configuration.tree().origin_at("audit_log.file.path");
                ConfigError::one(Problem::new(origin, "audit_log.file.path", message))
            });
            return opened.map(Some);
        }
        let Some(lines) = assembly::audit_log(configuration).await?.lines() else {
            return Ok(None);
        };
        Ok(Some(Self {
            name: format!("audit_log.{}", configuration.audit_log.name),
            text: Box::new(LinesReader::open(lines).await?),
        }))
    }

    fn about(&self, what: &dyn std::fmt::Display) -> String {
        format!("{}: {what}", self.name)
    }
}

/// Checks an audit log, link by link, and against a checkpoint where one is given. Says in one line
/// what it holds, or which record is the first bad one.
pub fn verify(log: &mut OpenedLog, checkpoint: Option<&Checkpoint>) -> Result<String, String> {
    let summary = match checkpoint {
        Some(checkpoint) => checkpoint
            .verify(&mut log.text)
            .map_err(|error| log.about(&error))?,
        None => warifu_audit_file::verify(&mut log.text).map_err(|error| log.about(&error))?,
    };
    let seen = checkpoint.map_or_else(String::new, |checkpoint| {
        format!(
            ", with all {} of the checkpoint of {}",
            checkpoint.records, checkpoint.time
        )
    });
    Ok(format!(
        "{}: {} records in {} chains, all good{seen}",
        log.name, summary.records, summary.chains
    ))
}

/// Checks a whole log and signs where its chains stand: one line, to be kept elsewhere.
pub fn make_checkpoint(log: &mut OpenedLog, key: &SigningKey) -> Result<String, String> {
    let checkpoint = Checkpoint::of(&mut log.text, SystemClock.now());
    let checkpoint = checkpoint.map_err(|error| log.about(&error))?;
    checkpoint.sign(key).map_err(|error| log.about(&error))
}

/// Copies a whole log, to the letter, into a new file, readable by its owner only and durable
/// afterwards. Checks nothing: a bad log can be kept as evidence too.
pub fn copy(log: &mut OpenedLog, out: &Path) -> Result<(), String> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(out);
    let mut file = file.map_err(|error| named(out, "cannot be written", &error))?;
    let copied = io::copy(&mut log.text, &mut file).and_then(|_| file.sync_all());
    copied.map_err(|error| {
        // Nothing half-written stays; the file is new and ours.
        let _ = fs::remove_file(out);
        log.about(&format!("cannot be copied: {error}"))
    })
}

/// Which records to extract.
pub struct Wanted {
    /// Of this contract.
    pub contract: ContractNumber,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// Checks a whole log and copies what is wanted of it into `folder`, which is there and empty. Says
/// how many records.
pub fn extract(
    log: &mut OpenedLog,
    wanted: Wanted,
    key: &SigningKey,
    folder: &Path,
) -> Result<u64, String> {
    let wanted = warifu_audit_file::Wanted {
        contract: wanted.contract,
        from: wanted.from,
        until: wanted.until,
    };
    let path = folder.join(RECORDS_FILE);
    let unwritten = |error: &dyn std::fmt::Display| named(&path, "cannot be written", error);
    let file = File::create_new(&path).map_err(|error| unwritten(&error))?;
    let mut out = BufWriter::new(file);
    let extract = Extract::copy(&mut log.text, &wanted, SystemClock.now(), &mut out)
        .map_err(|error| log.about(&error))?;
    out.flush()
        .and_then(|()| out.get_ref().sync_all())
        .map_err(|error| unwritten(&error))?;
    let statement = extract.sign(key).map_err(|error| log.about(&error))?;
    let path = folder.join(STATEMENT_FILE);
    File::create_new(&path)
        .and_then(|mut file| {
            file.write_all(statement.as_bytes())?;
            file.sync_all()
        })
        .map_err(|error| named(&path, "cannot be written", &error))?;
    Ok(extract.records)
}

/// Checks an extract with the bank's published key.
pub fn verify_extract(folder: &Path, key: &VerifyingKey) -> Result<String, String> {
    let statement = folder.join(STATEMENT_FILE);
    let text = fs::read_to_string(&statement)
        .map_err(|error| named(&statement, "cannot be read", &error))?;
    let extract = Extract::read(&text, key).map_err(|error| about_log(&statement, &error))?;
    let records = folder.join(RECORDS_FILE);
    let file = File::open(&records).map_err(|error| named(&records, "cannot be opened", &error))?;
    extract
        .verify(file)
        .map_err(|error| about_log(&records, &error))?;
    Ok(format!(
        "{}: {} records of contract {}, complete from {} to {}, as the bank signed them at {}",
        folder.display(),
        extract.records,
        extract.contract,
        extract.from.as_deref().unwrap_or("the beginning"),
        extract.until.as_deref().unwrap_or(&extract.time),
        extract.time
    ))
}

fn named(path: &Path, what: &str, reason: &dyn std::fmt::Display) -> String {
    format!("{}: {what}: {reason}", path.display())
}

fn about(path: &Path, what: &dyn std::fmt::Display) -> String {
    format!("{} {what}", path.display())
}

fn about_log(path: &Path, what: &dyn std::fmt::Display) -> String {
    format!("{}: {what}", path.display())
}
