//! The audit log: listed, checked, signed, handed to a customer.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use tokio::task::block_in_place;
use warifu_config::Configuration;
use warifu_config::audit_tools::{self, Checkpoint, OpenedLog, SigningKey, VerifyingKey, Wanted};
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

/// Checks a log in a file, or an extract.
pub(crate) fn verify_file(
    file: &Path,
    checkpoint: Option<&Path>,
    public_key: Option<&Path>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let bad = |error| Failure::unexpected(told(&error, terminal));
    if !file.is_dir() {
        let kept = Kept::read(checkpoint, public_key, terminal)?;
        let mut log = OpenedLog::file(file).map_err(bad)?;
        return kept.compare(&mut log, terminal);
    }
    if checkpoint.is_some() {
        return Err(Failure::usage(terminal.text("audit-no-checkpoint", &[])));
    }
    let key = verifying_key(public_key, terminal)?
        .ok_or_else(|| Failure::usage(terminal.text("audit-key-needed", &[])))?;
    let extract = audit_tools::verify_extract(file, &key).map_err(bad)?;
    terminal.print(&format!("{}\n", good_extract(file, &extract, terminal)))
}

/// Checks the log of the configuration.
pub(crate) async fn verify(
    configuration: &Configuration,
    checkpoint: Option<&Path>,
    public_key: Option<&Path>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let kept = Kept::read(checkpoint, public_key, terminal)?;
    let mut log = log_of(configuration, terminal).await?;
    block_in_place(|| kept.compare(&mut log, terminal))
}

/// What was kept elsewhere of a log: perhaps a checkpoint.
struct Kept(Option<Checkpoint>);

impl Kept {
    fn read(
        checkpoint: Option<&Path>,
        public_key: Option<&Path>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let key = verifying_key(public_key, terminal)?;
        let checkpoint = checkpoint
            .map(|path| audit_tools::checkpoint(path, key.as_ref()))
            .transpose()
            .map_err(|error| Failure::unexpected(told(&error, terminal)))?;
        if checkpoint.is_some() && key.is_none() {
            terminal.caution(&terminal.text("audit-checkpoint-unchecked", &[]));
        }
        Ok(Self(checkpoint))
    }

    fn compare(&self, log: &mut OpenedLog, terminal: &Terminal) -> Result<(), Failure> {
        let checkpoint = self.0.as_ref();
        let summary = audit_tools::verify(log, checkpoint)
            .map_err(|error| Failure::unexpected(told(&error, terminal)))?;
        let found = good_log(log.name(), &summary, checkpoint, terminal);
        terminal.print(&format!("{found}\n"))
    }
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
