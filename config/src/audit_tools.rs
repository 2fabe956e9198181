//! What programs at a terminal do with audit logs in files: check them, sign where they stand, and
//! hand a customer what is theirs.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use warifu_audit_file::{Checkpoint, Extract, SigningKey, VerifyingKey, open_to_read};
use warifu_core::domain::{ContractNumber, Timestamp};
use warifu_core::ports::Clock;
use warifu_system::SystemClock;
use zeroize::Zeroizing;

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

/// Checks an audit log, link by link, and against a checkpoint where one is given. Says in one line
/// what it holds, or which record is the first bad one.
pub fn verify(path: &Path, checkpoint: Option<&Checkpoint>) -> Result<String, String> {
    let log = open_to_read(path).map_err(|error| named(path, "cannot be opened", &error))?;
    let summary = match checkpoint {
        Some(checkpoint) => checkpoint
            .verify(log)
            .map_err(|error| about_log(path, &error))?,
        None => warifu_audit_file::verify(log).map_err(|error| about_log(path, &error))?,
    };
    let seen = checkpoint.map_or_else(String::new, |checkpoint| {
        format!(
            ", with all {} of the checkpoint of {}",
            checkpoint.records, checkpoint.time
        )
    });
    Ok(format!(
        "{}: {} records in {} chains, all good{seen}",
        path.display(),
        summary.records,
        summary.chains
    ))
}

/// Checks a whole log and signs where its chains stand: one line, to be kept elsewhere.
pub fn make_checkpoint(path: &Path, key: &SigningKey) -> Result<String, String> {
    let log = open_to_read(path).map_err(|error| named(path, "cannot be opened", &error))?;
    let checkpoint =
        Checkpoint::of(log, SystemClock.now()).map_err(|error| about_log(path, &error))?;
    checkpoint.sign(key).map_err(|error| about(path, &error))
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
pub fn extract(log: &Path, wanted: Wanted, key: &SigningKey, folder: &Path) -> Result<u64, String> {
    let source = open_to_read(log).map_err(|error| named(log, "cannot be opened", &error))?;
    let wanted = warifu_audit_file::Wanted {
        contract: wanted.contract,
        from: wanted.from,
        until: wanted.until,
    };
    let path = folder.join(RECORDS_FILE);
    let unwritten = |error: &dyn std::fmt::Display| named(&path, "cannot be written", error);
    let file = File::create_new(&path).map_err(|error| unwritten(&error))?;
    let mut out = BufWriter::new(file);
    let extract = Extract::copy(source, &wanted, SystemClock.now(), &mut out)
        .map_err(|error| about_log(log, &error))?;
    out.flush()
        .and_then(|()| out.get_ref().sync_all())
        .map_err(|error| unwritten(&error))?;
    let statement = extract.sign(key).map_err(|error| about(log, &error))?;
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
