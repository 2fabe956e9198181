//! What a run has done, line by line, so that an interrupted one can go on. It holds no secret.
//!
//! The first line names everybody the run is for, and is durable before the first reissue: a sheet
//! of one of them can only be of this run. Sheets are durable one by one, the journal's other lines
//! only at the end; what of them is lost with the machine is seen from the sheets.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use warifu_core::customers::Operator;
use warifu_core::domain::{ContractNumber, UserId};
use warifu_terminal::{Failure, Terminal, exit};

/// For whom a run is, and by whom.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) contract: ContractNumber,
    pub(crate) operator: UserId,
    pub(crate) users: Vec<UserId>,
}

/// What became of one user.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reissue_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<String>,
    /// Why it failed; nothing where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
}

/// The journal of one run, held so that no other process goes on with it at the same time.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    plan: Plan,
    entries: Vec<Entry>,
}

impl Journal {
    /// The journal that is there already, if one is.
    pub(crate) fn reopen(path: &Path, terminal: &Terminal) -> Result<Option<Self>, Failure> {
        let mut file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(broken(path, &error.to_string(), terminal)),
        };
        hold(&file, path, terminal)?;
        let mut text = String::new();
        file.read_to_string(&mut text)
            .map_err(|error| broken(path, &error.to_string(), terminal))?;
        // A line that a killed process did not finish says nothing.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut lines = text[..whole].lines();
        let plan = lines
            .next()
            .and_then(|line| serde_json::from_str(line).ok());
        let plan: Plan = plan.ok_or_else(|| {
            let reason = terminal.text("bulk-journal-foreign", &[]);
            broken(path, &reason, terminal)
        })?;
        let mut entries = Vec::new();
        for line in lines {
            entries.push(
                serde_json::from_str(line)
                    .map_err(|error| broken(path, &error.to_string(), terminal))?,
            );
        }
        file.set_len(whole as u64)
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .map_err(|error| broken(path, &error.to_string(), terminal))?;
        Ok(Some(Self {
            path: path.to_owned(),
            file,
            plan,
            entries,
        }))
    }

    /// A new journal, durable before anything is done.
    pub(crate) fn begin(path: &Path, plan: Plan, terminal: &Terminal) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| broken(path, &error.to_string(), terminal);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        hold(&file, path, terminal)?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            plan,
            entries: Vec::new(),
        };
        let plan = serde_json::to_string(&journal.plan)
            .map_err(|error| Failure::unexpected(error.to_string()))?;
        journal
            .file
            .write_all(format!("{plan}\n").as_bytes())
            .and_then(|()| journal.file.sync_all())
            .and_then(|()| File::open(folder_of(path))?.sync_all())
            .map_err(failed)?;
        Ok(journal)
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What was written by earlier runs.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Writes down what became of a user.
    pub(crate) fn note(&mut self, entry: &Entry, terminal: &Terminal) -> Result<(), Failure> {
        let line =
            serde_json::to_string(entry).map_err(|error| Failure::unexpected(error.to_string()))?;
        self.file
            .write_all(format!("{line}\n").as_bytes())
            .map_err(|error| broken(&self.path, &error.to_string(), terminal))
    }

    /// Makes everything written durable.
    pub(crate) fn sync(&self, terminal: &Terminal) -> Result<(), Failure> {
        self.file
            .sync_all()
            .map_err(|error| broken(&self.path, &error.to_string(), terminal))
    }

    /// Refuses to go on with somebody else's run.
    pub(crate) fn expect_same(
        &self,
        operator: &Operator,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let own = operator.contract.number == self.plan.contract
            && *operator.user.id() == self.plan.operator;
        if own {
            Ok(())
        } else {
            Err(self.conflict("bulk-journal-of-another", terminal))
        }
    }

    /// Refuses to go on with a run for other users.
    pub(crate) fn expect_list(&self, users: &[UserId], terminal: &Terminal) -> Result<(), Failure> {
        if users == self.plan.users {
            Ok(())
        } else {
            Err(self.conflict("bulk-journal-other-list", terminal))
        }
    }

    fn conflict(&self, id: &str, terminal: &Terminal) -> Failure {
        let file = self.path.display().to_string();
        Failure::new(exit::CONFLICT, terminal.text(id, &[("file", &file)]))
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn hold(file: &File, path: &Path, terminal: &Terminal) -> Result<(), Failure> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(fs::TryLockError::WouldBlock) => {
            let file = path.display().to_string();
            Err(Failure::new(
                exit::CONFLICT,
                terminal.text("bulk-journal-held", &[("file", &file)]),
            ))
        }
        Err(fs::TryLockError::Error(error)) => Err(broken(path, &error.to_string(), terminal)),
    }
}

fn broken(path: &Path, reason: &str, terminal: &Terminal) -> Failure {
    let file = path.display().to_string();
    Failure::usage(terminal.text(
        "bulk-journal-unusable",
        &[("file", &file), ("reason", reason)],
    ))
}
