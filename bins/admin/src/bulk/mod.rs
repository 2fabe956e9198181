//! Reissuing for many users in one run.

mod journal;
mod list;
mod run;
mod summary;

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use warifu_core::Refusal;
use warifu_core::customers::Operator;
use warifu_core::domain::UserId;
use warifu_core::terminal::{Approver, BulkReissueForm};
use warifu_terminal::{
    Asked, Doing, Failure, Interrupts, Secrets, SheetKind, Table, Terminal, exit, refuse_existing,
    visible, write_new,
};

use crate::arguments::BulkArguments;
use crate::bank::Bank;
use crate::reissue::acknowledge;

use journal::{Journal, Plan};
use run::{Folder, Run};

const APPROVERS_PASSWORD: Asked<'_> = Asked {
    label: "bulk-approvers-password",
    flag: "--approver-password-file",
    visible: false,
};

/// A file with the sheet of a user.
fn sheet_of(folder: &Path, user: &UserId, kind: SheetKind) -> PathBuf {
    folder.join(format!("{user}.{}", kind.ending()))
}

/// The file with a user's sheet that is there already, of whatever kind.
fn found_sheet(folder: &Path, user: &UserId) -> Option<PathBuf> {
    let files = SheetKind::ALL.map(|kind| sheet_of(folder, user, kind));
    files
        .into_iter()
        .find(|file| fs::symlink_metadata(file).is_ok())
}

/// Reissues for all users of a list, or goes on with a run that was interrupted.
pub(crate) async fn run(
    bank: &Bank,
    interrupts: &Interrupts,
    arguments: BulkArguments,
) -> Result<(), Failure> {
    let terminal = &bank.terminal;
    let operator = bank.operator(&arguments.operator).await?;
    if arguments.dry_run {
        return dry_run(bank, &operator, &arguments).await;
    }
    if let Some(summary) = &arguments.summary {
        refuse_existing(summary, terminal)?;
    }
    let journal_path = arguments.journal_path();
    let (users, journal) = if let Some(journal) = Journal::reopen(&journal_path, terminal)? {
        journal.expect_same(&operator, terminal)?;
        if arguments.users_file.is_some() {
            let listed = listed(bank, &operator, &arguments).await?;
            journal.expect_list(&listed, terminal)?;
        }
        (journal.plan().users.clone(), Some(journal))
    } else {
        let users = listed(bank, &operator, &arguments).await?;
        refuse_old_sheets(&arguments.sheets, &users, bank)?;
        (users, None)
    };
    confirm_count(bank, &arguments, users.len())?;
    let form = form(bank, &operator, &arguments, users.len())?;
    let bulk = bank
        .use_cases
        .begin_bulk_reissue(&operator, form)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;

    interrupts.now(Doing::Many);
    make_folder(&arguments.sheets, &bank.terminal)?;
    let journal = match journal {
        Some(journal) => journal,
        None => Journal::begin(
            &journal_path,
            Plan {
                contract: operator.contract.number.clone(),
                operator: operator.user.id().clone(),
                users,
            },
            terminal,
        )?,
    };
    let sheets = bank.sheets_of(&operator);
    let folder = Folder {
        path: arguments.sheets.clone(),
        format: arguments.sheet_format,
    };
    let mut run = Run::new(bank, &bulk, journal, folder, sheets);
    let ended = run.work(interrupts).await;
    // What was done is written down, however it ended.
    let (reissued, failed) = (run.reissued_now(), run.failed());
    bulk.finish(bank.context, reissued, failed)
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    report(bank, &run, &arguments, &journal_path)?;
    ended
}

/// The users to reissue for: of a file, or those whose certificates are about to end.
async fn listed(
    bank: &Bank,
    operator: &Operator,
    arguments: &BulkArguments,
) -> Result<Vec<UserId>, Failure> {
    let users = match (&arguments.users_file, arguments.expiring_within) {
        (Some(path), _) => list::read(path, &bank.terminal)?,
        (None, Some(within)) => bank
            .use_cases
            .users_expiring_within(operator, within)
            .await
            .map_err(|refusal| bank.refuse(refusal))?,
        (None, None) => Vec::new(),
    };
    if users.is_empty() {
        let text = bank.terminal.text("bulk-nobody", &[]);
        return Err(Failure::new(exit::NOT_FOUND, text));
    }
    Ok(users)
}

/// A sheet that is there already belongs to another run: nothing is done.
fn refuse_old_sheets(folder: &Path, users: &[UserId], bank: &Bank) -> Result<(), Failure> {
    for user in users {
        if let Some(sheet) = found_sheet(folder, user) {
            let file = sheet.display().to_string();
            return Err(Failure::new(
                exit::CONFLICT,
                bank.terminal
                    .text("terminal-file-exists", &[("file", &file)]),
            ));
        }
    }
    Ok(())
}

fn make_folder(folder: &Path, terminal: &Terminal) -> Result<(), Failure> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if !folder.is_dir() => {
            let (folder, reason) = (folder.display().to_string(), error.to_string());
            Err(Failure::usage(terminal.text(
                "terminal-not-written",
                &[("file", &folder), ("reason", &reason)],
            )))
        }
        _ => Ok(()),
    }
}

/// The number of users, typed or given: who does not know it does not know the list.
fn confirm_count(bank: &Bank, arguments: &BulkArguments, users: usize) -> Result<(), Failure> {
    let terminal = &bank.terminal;
    let count = users.to_string();
    let given = match arguments.confirm {
        Some(given) => given.to_string(),
        None => terminal.ask(
            &terminal.text("bulk-type-count", &[("n", &count)]),
            "--confirm",
        )?,
    };
    if given.trim() == count {
        return Ok(());
    }
    Err(Failure::usage(
        terminal.text("bulk-wrong-count", &[("n", &count)]),
    ))
}

fn form(
    bank: &Bank,
    operator: &Operator,
    arguments: &BulkArguments,
    users: usize,
) -> Result<BulkReissueForm, Failure> {
    if bank.use_cases.service.policy().bulk.second_approver && arguments.approver.is_none() {
        return Err(bank.refuse(Refusal::ApproverRequired));
    }
    let not_instructed_by_others = acknowledge(bank, arguments.not_instructed_by_others)?;
    let secrets = Secrets::new(&bank.terminal);
    if bank.terminal.answers() {
        let name = visible(&operator.user.name);
        bank.terminal.say(&format!(
            "{}: {name}",
            bank.terminal.text("bulk-operator", &[])
        ));
    }
    let transaction_password = Bank::transaction_password(&secrets, &arguments.operator)?;
    let approver = match &arguments.approver {
        None => None,
        Some(user_id) => Some(Approver {
            user_id: user_id.clone(),
            transaction_password: secrets.get(
                arguments.approver_password_file.as_deref(),
                APPROVERS_PASSWORD,
            )?,
        }),
    };
    Ok(BulkReissueForm {
        users,
        transaction_password,
        not_instructed_by_others,
        approver,
    })
}

/// Says for whom a run would reissue, and for whom it could not.
async fn dry_run(
    bank: &Bank,
    operator: &Operator,
    arguments: &BulkArguments,
) -> Result<(), Failure> {
    let terminal = &bank.terminal;
    operator
        .require_reissue_right()
        .await
        .map_err(|refusal| bank.refuse(refusal))?;
    let users = listed(bank, operator, arguments).await?;
    refuse_old_sheets(&arguments.sheets, &users, bank)?;
    let heads = ["label-user-id", "select-column-name", "bulk-result"];
    let mut table = Table::new(heads.map(|head| terminal.text(head, &[])).to_vec());
    let mut documents = Vec::new();
    let mut failed = 0;
    for user in &users {
        let checked = bank
            .use_cases
            .check_bulk_target(operator, user.as_str())
            .await;
        let (name, problem) = match checked {
            Ok(target) => (target.name, None),
            Err(refusal) => {
                failed += 1;
                (String::new(), Some(bank.refuse(refusal).to_string()))
            }
        };
        if arguments.json {
            documents.push(serde_json::json!({
                "user_id": user.as_str(), "name": name, "problem": problem,
            }));
        } else {
            let result = problem.unwrap_or_else(|| terminal.text("bulk-would", &[]));
            table.push(&[user.to_string(), name, result]);
        }
    }
    terminal.print(&if arguments.json {
        let document = serde_json::json!({
            "users": users.len(), "failed": failed, "targets": documents,
        });
        format!("{document}\n")
    } else {
        table.text(terminal.data_width())
    })?;
    let count = users.len().to_string();
    terminal.say(&terminal.text("bulk-dry-run", &[("n", &count)]));
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::shown(exit::PARTIAL))
    }
}

/// Says how the run ended, and files it.
fn report(
    bank: &Bank,
    run: &Run<'_>,
    arguments: &BulkArguments,
    journal: &Path,
) -> Result<(), Failure> {
    let terminal = &bank.terminal;
    let results = run.results();
    let (users, done, failed) = (results.len(), run.done(), run.failed());
    let remaining = users - done - failed;
    if arguments.json {
        let failures: Vec<_> = results
            .iter()
            .filter_map(|(user, result)| {
                let detail = result.as_ref()?.failure.as_ref()?;
                Some(serde_json::json!({ "user_id": user.as_str(), "detail": detail }))
            })
            .collect();
        let document = serde_json::json!({
            "users": users, "reissued": done, "failed": failed, "remaining": remaining,
            "failures": failures,
        });
        terminal.print(&format!("{document}\n"))?;
    } else {
        for (user, result) in results {
            if let Some(detail) = result.as_ref().and_then(|result| result.failure.as_ref()) {
                terminal.print(&format!("{user}\t{}\n", visible(detail)))?;
            }
        }
    }
    if remaining == 0
        && let Some(path) = &arguments.summary
    {
        let content = summary::csv(results, terminal)?;
        write_new(path, &content, terminal)?;
    }
    let [n, s, f] = [users, done, failed].map(|count| count.to_string());
    let said = terminal.text("M-BK-02", &[("n", &n), ("s", &s), ("f", &f)]);
    if remaining > 0 {
        let (left, journal) = (remaining.to_string(), journal.display().to_string());
        terminal.caution(&terminal.text("bulk-so-far", &[("n", &n), ("s", &s)]));
        terminal.say(&terminal.text("bulk-remaining", &[("n", &left), ("journal", &journal)]));
    } else if failed > 0 {
        terminal.caution(&said);
    } else {
        terminal.done(&terminal.text("bulk-all-done", &[("n", &n)]));
        terminal.caution(&terminal.text("M-SEC-03", &[]));
    }
    Ok(())
}
