//! The audit log: listed, checked, signed, handed to a customer.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tokio::task::block_in_place;
use warifu_config::Configuration;
use warifu_config::audit_tools::{
    self, Checkpoint, Expected, Marks, OpenedLog, Rotation, SigningKey, VerifyingKey, Wanted,
};
use warifu_core::domain::{AuditEvent, ContractNumber};
use warifu_core::ports::{AuditPage, StoredAuditRecord};
use warifu_core::{AuditFilter, InvalidField, Refusal};
use warifu_terminal::{Failure, Table, Terminal, exit, refuse_existing, write_new};
use warifu_wire::{AuditList, to_json};

use crate::arguments::{AuditExtractArguments, AuditListArguments};
use crate::audit_words::{good_extract, good_log, told};
use crate::bank::Bank;
use crate::setup::refused;

/// How many are fetched at a time.
const PAGE: usize = 100;

/// Lists records.
pub(crate) async fn list(bank: &Bank, arguments: AuditListArguments) -> Result<(), Failure> {
    let terminal = &bank.terminal;
    let whole = fetch(bank, &arguments).await?;
    if arguments.format.json {
        return terminal.print(&format!("{}\n", to_json(&AuditList::from(whole))));
    }
    if whole.records.is_empty() && !arguments.format.plain {
        terminal.say(&terminal.text("audit-none", &[]));
        return Ok(());
    }
    let moments = bank.moments();
    let zone = moments.zone();
    let mut heads = vec![terminal.text("audit-column-time", &[("zone", &zone)])];
    heads.extend(
        [
            "audit-column-actor",
            "audit-column-event",
            "audit-column-target",
            "audit-column-result",
            "audit-event-detail",
        ]
        .map(|head| terminal.text(head, &[])),
    );
    let mut table = Table::new(heads);
    for stored in &whole.records {
        let time = if arguments.format.plain {
            stored.record.time.to_string()
        } else {
            moments.date_time_seconds(stored.record.time)
        };
        table.push(&cells(stored, time));
    }
    terminal.print(&if arguments.format.plain {
        table.plain()
    } else {
        table.text(terminal.data_width())
    })
}

async fn fetch(bank: &Bank, arguments: &AuditListArguments) -> Result<AuditPage, Failure> {
    let refuse = |refusal: Refusal| bank.refuse(refusal);
    let event = match &arguments.event {
        Some(name) => Some(
            name.parse::<AuditEvent>()
                .map_err(|()| refuse(InvalidField::Event.into()))?,
        ),
        None => None,
    };
    let contract = bank
        .use_cases
        .contract(&arguments.contract)
        .await
        .map_err(refuse)?;
    let mut whole = AuditPage::default();
    while whole.records.len() < arguments.limit {
        let filter = AuditFilter {
            from: arguments.from,
            until: arguments.to,
            actor: arguments.actor.clone(),
            target: arguments.target.clone(),
            event,
            outcome: None,
            cursor: whole.next_cursor.take(),
            limit: (arguments.limit - whole.records.len()).min(PAGE),
        };
        let page = bank
            .use_cases
            .read_audit(bank.context, &contract, filter)
            .await
            .map_err(refuse)?;
        whole.records.extend(page.records);
        whole.next_cursor = page.next_cursor;
        if whole.next_cursor.is_none() {
            break;
        }
    }
    Ok(whole)
}

fn cells(stored: &StoredAuditRecord, time: String) -> Vec<String> {
    let record = &stored.record;
    let detail = record.detail.iter();
    let detail: Vec<String> = detail
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    vec![
        time,
        record.actor.clone().unwrap_or_default(),
        record.event.name().to_owned(),
        record.subject.clone().unwrap_or_default(),
        record.outcome.name().to_owned(),
        detail.join("; "),
    ]
}

/// What is kept elsewhere than the log.
pub(crate) struct Elsewhere<'a> {
    pub(crate) checkpoint: Option<&'a Path>,
    pub(crate) public_key: Option<&'a Path>,
    /// The files before the first.
    pub(crate) earlier: bool,
}

/// Checks a log in files or a folder, or an extract.
pub(crate) fn verify_files(
    files: &[PathBuf],
    elsewhere: &Elsewhere<'_>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let bad = |error| Failure::unexpected(told(&error, terminal));
    if let [folder] = files
        && folder.join(audit_tools::STATEMENT_FILE).exists()
    {
        return verify_extract(folder, elsewhere, terminal);
    }
    let kept = Kept::read(elsewhere, terminal)?;
    let log = match files {
        [folder] if folder.is_dir() => OpenedLog::folder(folder),
        [file] if elsewhere.earlier => OpenedLog::only(file),
        files => OpenedLog::files(files),
    };
    kept.compare(&mut log.map_err(bad)?, terminal)
}

fn verify_extract(
    folder: &Path,
    elsewhere: &Elsewhere<'_>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    if elsewhere.checkpoint.is_some() {
        return Err(Failure::usage(terminal.text("audit-no-checkpoint", &[])));
    }
    let key = verifying_key(elsewhere.public_key, terminal)?
        .ok_or_else(|| Failure::usage(terminal.text("audit-key-needed", &[])))?;
    let extract = audit_tools::verify_extract(folder, &key)
        .map_err(|error| Failure::unexpected(told(&error, terminal)))?;
    terminal.print(&format!("{}\n", good_extract(folder, &extract, terminal)))
}

/// Checks the log of the configuration.
pub(crate) async fn verify(
    configuration: &Configuration,
    elsewhere: &Elsewhere<'_>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let kept = Kept::read(elsewhere, terminal)?;
    let mut log = log_of(configuration, terminal).await?;
    block_in_place(|| kept.compare(&mut log, terminal))
}

/// What was kept elsewhere of a log: perhaps checkpoints, perhaps the key that they are signed with.
struct Kept {
    checkpoints: Vec<Checkpoint>,
    key: Option<VerifyingKey>,
    earlier: bool,
}

impl Kept {
    fn read(elsewhere: &Elsewhere<'_>, terminal: &Terminal) -> Result<Self, Failure> {
        let key = verifying_key(elsewhere.public_key, terminal)?;
        let checkpoints = elsewhere
            .checkpoint
            .map(|path| audit_tools::checkpoints(path, key.as_ref()))
            .transpose()
            .map_err(|error| Failure::unexpected(told(&error, terminal)))?;
        if checkpoints.is_some() && key.is_none() {
            terminal.caution(&terminal.text("audit-checkpoint-unchecked", &[]));
        }
        Ok(Self {
            checkpoints: checkpoints.unwrap_or_default(),
            key,
            earlier: elsewhere.earlier,
        })
    }

    fn compare(&self, log: &mut OpenedLog, terminal: &Terminal) -> Result<(), Failure> {
        let expected = Expected {
            key: self.key.as_ref(),
            earlier_elsewhere: self.earlier,
        };
        let found = audit_tools::verify(log, &self.checkpoints, expected);
        let (summary, marks) =
            found.map_err(|error| Failure::unexpected(told(&error, terminal)))?;
        let newest = self.checkpoints.iter().max_by_key(|kept| kept.records);
        let mut said = good_log(log.name(), &summary, newest, terminal);
        if let Some(files) = log.count_of_files().filter(|files| *files > 1) {
            said.push_str(&terminal.text("audit-files", &[("n", &files.to_string())]));
        }
        if self.key.is_some() {
            if marks.signed == 0 {
                terminal.caution(&terminal.text("audit-nothing-signed", &[]));
            } else {
                said.push_str(&signed(&marks, terminal));
            }
        } else if marks.found > 0 && self.checkpoints.is_empty() {
            terminal.caution(&terminal.text("audit-signatures-unchecked", &[]));
        }
        terminal.print(&format!("{said}\n"))
    }
}

/// What the checkpoints in a log say that are signed.
fn signed(marks: &Marks, terminal: &Terminal) -> String {
    let (signed, covered) = (marks.signed.to_string(), marks.covered.to_string());
    terminal.text("audit-signed", &[("n", &signed), ("covered", &covered)])
}

/// Closes the file of the log and begins a new one.
pub(crate) async fn rotate(
    configuration: &Configuration,
    json: bool,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let no_file = || Failure::new(exit::CONFIGURATION, terminal.text("audit-not-rotated", &[]));
    let rotation = audit_tools::rotate(configuration).await.map_err(refused)?;
    let closed = match rotation.ok_or_else(no_file)? {
        Rotation::Closed(closed) => Some(closed),
        Rotation::Empty => None,
    };
    if json {
        let (path, number) = closed
            .map(|closed| (closed.closed.display().to_string(), closed.number))
            .unzip();
        let said = serde_json::json!({ "closed": path, "number": number });
        return terminal.print(&format!("{said}\n"));
    }
    match closed {
        Some(closed) => {
            let file = closed.closed.display().to_string();
            terminal.done(&terminal.text("audit-rotated", &[("file", &file)]));
        }
        None => terminal.say(&terminal.text("audit-nothing-to-rotate", &[])),
    }
    Ok(())
}

/// Signs where the log stands.
pub(crate) async fn checkpoint(
    configuration: &Configuration,
    key: &Path,
    out: &Path,
    terminal: &Terminal,
) -> Result<(), Failure> {
    refuse_existing(out, terminal)?;
    let key = signing_key(key, terminal)?;
    let mut log = log_of(configuration, terminal).await?;
    let signed = block_in_place(|| audit_tools::make_checkpoint(&mut log, &key))
        .map_err(|error| Failure::unexpected(told(&error, terminal)))?;
    write_new(out, signed.as_bytes(), terminal)?;
    terminal.done(&terminal.text("audit-checkpoint-made", &[]));
    Ok(())
}

/// Copies the log into a file.
pub(crate) async fn export(
    configuration: &Configuration,
    out: &Path,
    terminal: &Terminal,
) -> Result<(), Failure> {
    refuse_existing(out, terminal)?;
    let mut log = log_of(configuration, terminal).await?;
    block_in_place(|| audit_tools::copy(&mut log, out))
        .map_err(|error| Failure::unexpected(told(&error, terminal)))?;
    terminal.done(&terminal.text("audit-exported", &[]));
    Ok(())
}

/// Hands a customer what is theirs.
pub(crate) async fn extract(
    configuration: &Configuration,
    arguments: &AuditExtractArguments,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let contract: ContractNumber = arguments
        .contract
        .parse()
        .map_err(|_| Failure::usage(terminal.text("M-F-02", &[("n", "6–12")])))?;
    let folder = &arguments.out;
    refuse_existing(folder, terminal)?;
    let key = signing_key(&arguments.signing_key_file, terminal)?;
    let mut log = log_of(configuration, terminal).await?;
    DirBuilder::new()
        .mode(0o700)
        .create(folder)
        .map_err(|error| {
            let (folder, reason) = (folder.display().to_string(), error.to_string());
            Failure::usage(terminal.text(
                "terminal-not-written",
                &[("file", &folder), ("reason", &reason)],
            ))
        })?;
    let wanted = Wanted {
        contract,
        from: arguments.from,
        until: arguments.to,
    };
    let made = block_in_place(|| audit_tools::extract(&mut log, &wanted, &key, folder));
    if made.is_err() {
        // Nothing half-written stays; the folder is new and ours.
        let _ = std::fs::remove_dir_all(folder);
    }
    let records = made
        .map_err(|error| Failure::unexpected(told(&error, terminal)))?
        .to_string();
    terminal.done(&terminal.text("audit-extracted", &[("n", &records)]));
    Ok(())
}

fn signing_key(path: &Path, terminal: &Terminal) -> Result<SigningKey, Failure> {
    audit_tools::signing_key(path).map_err(|error| Failure::usage(told(&error, terminal)))
}

fn verifying_key(
    path: Option<&Path>,
    terminal: &Terminal,
) -> Result<Option<VerifyingKey>, Failure> {
    path.map(audit_tools::verifying_key)
        .transpose()
        .map_err(|error| Failure::usage(told(&error, terminal)))
}

async fn log_of(configuration: &Configuration, terminal: &Terminal) -> Result<OpenedLog, Failure> {
    let opened = OpenedLog::of(configuration).await.map_err(refused)?;
    opened.ok_or_else(|| Failure::new(exit::CONFIGURATION, terminal.text("audit-no-file", &[])))
}
