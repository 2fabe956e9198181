//! Users in and out: a users file is filled from CSV or TOML, and a contract's users leave as one of them.

use std::path::{Path, PathBuf};

use csv::{Terminator, WriterBuilder};
use warifu_config::{
    ConfigError, Configuration, Import, assemble_terminal, import_users, tools, users_file_text,
};
use warifu_core::RequestContext;
use warifu_core::domain::{Permission, Subject, User};
use warifu_messages::harmless_line;
use warifu_terminal::{Failure, Terminal, exit};

use crate::arguments::ExportFormat;
use crate::bank::Bank;
use crate::setup::{Setup, refused};

/// Spreadsheets take a file for UTF-8 only if it begins so.
const BYTE_ORDER_MARK: &str = "\u{FEFF}";
/// More wrong lines than anybody reads at once.
const SHOWN: usize = 20;

/// Brings users into a users file.
pub(crate) fn import(
    setup: &Setup,
    file: &Path,
    into: Option<PathBuf>,
    dry_run: bool,
    json: bool,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let target = if let Some(target) = into {
        target
    } else {
        let configuration = setup.load()?;
        match configuration.users_file() {
            Some(target) => target,
            None => return import_into_directory(&configuration, file, dry_run, json, terminal),
        }
    };
    let settings = tools::settings(&setup.layers).map_err(refused)?;
    let judge = tools::hash_judge(&settings);
    let import = Import::plan(file, &target, &judge).map_err(|problems| {
        let mut lines: Vec<String> = problems.iter().take(SHOWN).cloned().collect();
        if problems.len() > SHOWN {
            let more = (problems.len() - SHOWN).to_string();
            lines.push(terminal.text("bulk-list-more", &[("n", &more)]));
        }
        Failure::usage(format!(
            "{}\n  {}",
            terminal.text("import-wrong", &[]),
            lines.join("\n  ")
        ))
    })?;
    if !dry_run {
        import.write().map_err(|error| {
            let (file, reason) = (target.display().to_string(), error.to_string());
            Failure::unexpected(terminal.text(
                "terminal-not-written",
                &[("file", &file), ("reason", &reason)],
            ))
        })?;
    }
    if json {
        let document = serde_json::json!({
            "added": import.added, "changed": import.changed, "unchanged": import.unchanged,
        });
        terminal.print(&format!("{document}\n"))?;
    }
    let [added, changed, unchanged] =
        [import.added, import.changed, import.unchanged].map(|count| count.to_string());
    let id = if dry_run {
        "import-would"
    } else {
        "import-done"
    };
    let said = terminal.text(
        id,
        &[
            ("added", &added),
            ("changed", &changed),
            ("unchanged", &unchanged),
        ],
    );
    if dry_run {
        terminal.say(&said);
    } else {
        terminal.done(&said);
    }
    Ok(())
}

/// Brings whole contracts into a directory that servers share.
fn import_into_directory(
    configuration: &Configuration,
    file: &Path,
    dry_run: bool,
    json: bool,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let summary = crate::with_runtime(async {
        let imported = import_users(configuration, file, dry_run).await;
        let imported = imported.map_err(|error| match error {
            ConfigError::Refused(_) => Failure::usage(error.to_string()),
            ConfigError::Unavailable(_) => refused(error),
        })?;
        let imported = imported.ok_or_else(|| {
            let words = terminal.text("import-no-users-file", &[]);
            Failure::new(exit::CONFIGURATION, words)
        })?;
        if !dry_run && !imported.withdrawn.is_empty() {
            end_sessions(configuration, &imported.withdrawn, terminal).await?;
        }
        Ok(imported.summary)
    })?;
    if json {
        let document = serde_json::json!({
            "added": summary.added, "changed": summary.changed,
            "removed": summary.removed, "unchanged": summary.unchanged,
        });
        terminal.print(&format!("{document}\n"))?;
    }
    let [added, changed, removed, unchanged] = [
        summary.added,
        summary.changed,
        summary.removed,
        summary.unchanged,
    ]
    .map(|count| count.to_string());
    let id = if dry_run {
        "import-whole-would"
    } else {
        "import-whole-done"
    };
    let said = terminal.text(
        id,
        &[
            ("added", &added),
            ("changed", &changed),
            ("removed", &removed),
            ("unchanged", &unchanged),
        ],
    );
    if dry_run {
        terminal.say(&said);
    } else {
        terminal.done(&said);
    }
    Ok(())
}

/// Ends the sessions of users whom an import switched off or removed.
async fn end_sessions(
    configuration: &Configuration,
    withdrawn: &[Subject],
    terminal: &Terminal,
) -> Result<(), Failure> {
    let failed = |reason: String| {
        let words = terminal.text("import-sessions-go-on", &[("reason", &reason)]);
        Failure::new(exit::UNAVAILABLE, words)
    };
    let bank = assemble_terminal(configuration).await;
    let bank = bank.map_err(|error| failed(error.to_string()))?;
    let context = RequestContext {
        request_id: bank.service.new_request_id(),
        source: None,
    };
    let ended = bank.end_sessions_of_withdrawn(context, withdrawn).await;
    ended.map_err(|refusal| failed(refusal.to_string()))
}

/// Prints the users of a contract.
pub(crate) async fn export(
    bank: &Bank,
    contract: &str,
    format: ExportFormat,
) -> Result<(), Failure> {
    let contract = bank
        .use_cases
        .contract(contract)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    let users = bank
        .use_cases
        .all_users(&contract)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    let text = match format {
        ExportFormat::Csv => as_csv(&users)?,
        ExportFormat::Toml => users_file_text(&contract, &users),
    };
    bank.terminal.print(&text)
}

fn as_csv(users: &[User]) -> Result<String, Failure> {
    let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(&mut bytes);
    let failed = |error: csv::Error| Failure::unexpected(error.to_string());
    writer
        .write_record([
            "contract_number",
            "user_id",
            "name",
            "service_administrator",
            "permissions",
            "mail",
            "disabled",
        ])
        .map_err(failed)?;
    for user in users {
        let permissions = user
            .permissions
            .iter()
            .map(|permission| Permission::name(*permission));
        let permissions: Vec<&str> = permissions.collect();
        let cells = [
            user.subject.contract.to_string(),
            user.id().to_string(),
            harmless_line(&user.name).into_owned(),
            user.service_administrator.to_string(),
            permissions.join(";"),
            user.mail.clone().unwrap_or_default(),
            user.disabled.to_string(),
        ];
        writer
            .write_record(cells.iter().map(|text| cell(text)))
            .map_err(failed)?;
    }
    writer
        .flush()
        .map_err(|error| Failure::unexpected(error.to_string()))?;
    drop(writer);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell that a spreadsheet would take for a formula is marked as text; `users import` takes the
/// mark away.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
