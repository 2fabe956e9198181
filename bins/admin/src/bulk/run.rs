//! The work of a run: as many reissues at once as keep the hasher busy, and no more.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinSet, spawn_blocking};
use warifu_core::domain::UserId;
use warifu_core::terminal::BulkReissue;
use warifu_core::{Refusal, Reissued, RequestContext, Service};
use warifu_terminal::{
    Failure, Interrupts, Progress, Sheet, SheetFormat, SheetSite, Terminal, exit, write_new,
};

use super::journal::{Entry, Journal};
use super::{found_sheet, sheet_of};
use crate::bank::Bank;

/// So many are begun before the first is finished: enough for a machine of many cores, and few
/// enough that memory does not grow with the list.
const AT_ONCE: usize = 32;
/// When the hasher's queue is full.
const PAUSE: Duration = Duration::from_millis(20);

/// What became of each user so far, in the order of the list.
pub(crate) type Results = Vec<(UserId, Option<Entry>)>;

/// Where the sheets go, and as what.
#[derive(Clone)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) format: SheetFormat,
}

/// A run at work.
pub(crate) struct Run<'a> {
    bank: &'a Bank,
    bulk: &'a BulkReissue,
    journal: Journal,
    folder: Folder,
    site: Arc<SheetSite>,
    results: Results,
    reissued_now: usize,
}

/// What one reissue came to.
enum Came {
    Through(Entry),
    Refused(Refusal),
    /// Reissued, but the sheet could not be written: nobody has the password.
    Unwritten(Failure),
}

impl<'a> Run<'a> {
    /// A run that goes on where `journal` and the sheets say.
    pub(crate) fn new(
        bank: &'a Bank,
        bulk: &'a BulkReissue,
        journal: Journal,
        folder: Folder,
        site: SheetSite,
    ) -> Self {
        let mut known: BTreeMap<&UserId, &Entry> = BTreeMap::new();
        for entry in journal.entries() {
            known.insert(&entry.user_id, entry);
        }
        let result = |user: &UserId| {
            let entry = known.get(user).filter(|entry| entry.failure.is_none());
            match entry {
                Some(entry) => Some((*entry).clone()),
                // Reissued, but what the journal said of it was lost.
                None if found_sheet(&folder.path, user).is_some() => Some(Entry {
                    user_id: user.clone(),
                    reissue_id: None,
                    expires_at: None,
                    failure: None,
                }),
                None => None,
            }
        };
        let users = journal.plan().users.iter();
        let results = users.map(|user| (user.clone(), result(user))).collect();
        Self {
            bank,
            bulk,
            journal,
            folder,
            site: Arc::new(site),
            results,
            reissued_now: 0,
        }
    }

    /// What became of each user.
    pub(crate) fn results(&self) -> &Results {
        &self.results
    }

    /// How many have a new password, from this run or an earlier part of it.
    pub(crate) fn done(&self) -> usize {
        self.count(|entry| entry.failure.is_none())
    }

    /// How many could not be reissued for.
    pub(crate) fn failed(&self) -> usize {
        self.count(|entry| entry.failure.is_some())
    }

    /// How many were reissued for in this part of the run.
    pub(crate) fn reissued_now(&self) -> usize {
        self.reissued_now
    }

    fn count(&self, which: impl Fn(&Entry) -> bool) -> usize {
        let entries = self.results.iter().filter_map(|(_, entry)| entry.as_ref());
        entries.filter(|entry| which(entry)).count()
    }

    /// Reissues for everybody who is left.
    pub(crate) async fn work(&mut self, interrupts: &Interrupts) -> Result<(), Failure> {
        let terminal = &self.bank.terminal;
        let mut waiting: VecDeque<usize> = (0..self.results.len())
            .filter(|index| self.results[*index].1.is_none())
            .collect();
        let mut progress = Progress::new(terminal, waiting.len());
        let mut working: JoinSet<(usize, Came)> = JoinSet::new();
        let mut stopped: Option<Failure> = None;
        loop {
            while stopped.is_none() && working.len() < AT_ONCE {
                let Some(index) = waiting.pop_front() else {
                    break;
                };
                self.begin(index, &mut working);
            }
            let finished = tokio::select! {
                finished = working.join_next() => finished,
                () = interrupts.asked_to_stop(), if stopped.is_none() => {
                    stopped = Some(Failure::shown(exit::INTERRUPTED));
                    continue;
                }
            };
            match finished {
                None => break,
                Some(Err(error)) => stopped = Some(Failure::unexpected(error.to_string())),
                Some(Ok((index, came))) => {
                    let ended = self.settle(index, came);
                    progress.advance();
                    if let Err(failure) = ended {
                        stopped.get_or_insert(failure);
                    }
                }
            }
        }
        let rate = format!("{:.1}", progress.end());
        self.journal.sync(terminal)?;
        terminal.say(&terminal.text("bulk-rate", &[("rate", &rate)]));
        match stopped {
            Some(failure) => Err(failure),
            None if self.failed() > 0 => Err(Failure::shown(exit::PARTIAL)),
            None => Ok(()),
        }
    }

    fn begin(&self, index: usize, working: &mut JoinSet<(usize, Came)>) {
        let (service, bulk) = (self.bank.use_cases.service.clone(), self.bulk.clone());
        let (site, terminal) = (Arc::clone(&self.site), self.bank.terminal.clone());
        let user = self.results[index].0.clone();
        let folder = self.folder.clone();
        working.spawn(async move {
            let reissued = match reissue(&service, &bulk, &user).await {
                Ok(reissued) => reissued,
                Err(refusal) => return (index, Came::Refused(refusal)),
            };
            let entry = Entry {
                user_id: user,
                reissue_id: Some(reissued.reissue_id.to_string()),
                expires_at: Some(reissued.expires_at.to_string()),
                failure: None,
            };
            let written =
                spawn_blocking(move || write_sheet(&folder, &site, &reissued, &terminal)).await;
            let came = match written {
                Ok(Ok(())) => Came::Through(entry),
                Ok(Err(failure)) => Came::Unwritten(failure),
                Err(error) => Came::Unwritten(Failure::unexpected(error.to_string())),
            };
            (index, came)
        });
    }

    /// Writes down what came of a user. Fails where the run had better stop.
    fn settle(&mut self, index: usize, came: Came) -> Result<(), Failure> {
        let user = self.results[index].0.clone();
        let failed = |detail: String| Entry {
            user_id: user.clone(),
            reissue_id: None,
            expires_at: None,
            failure: Some(detail),
        };
        let (entry, end) = match came {
            Came::Through(entry) => {
                self.reissued_now += 1;
                (entry, Ok(()))
            }
            Came::Refused(refusal) => {
                // A back end that is gone is gone for all: those who are left stay as they are.
                let end_of_all = matches!(
                    refusal,
                    Refusal::Unavailable(_) | Refusal::NotPermitted | Refusal::Unexpected
                );
                let failure = self.bank.refuse(refusal);
                let entry = failed(failure.to_string());
                (entry, if end_of_all { Err(failure) } else { Ok(()) })
            }
            Came::Unwritten(failure) => {
                // The next sheets would fail as well, each at the price of somebody's password.
                (failed(failure.to_string()), Err(failure))
            }
        };
        self.journal.note(&entry, &self.bank.terminal)?;
        self.results[index].1 = Some(entry);
        end
    }
}

/// Reissues for one user; waits where the hasher has too much to do.
async fn reissue(
    service: &Service,
    bulk: &BulkReissue,
    user: &UserId,
) -> Result<Reissued, Refusal> {
    loop {
        let context = RequestContext {
            request_id: service.new_request_id(),
            source: None,
        };
        match bulk.reissue(context, user.as_str()).await {
            Err(Refusal::Overloaded) => tokio::time::sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
}

fn write_sheet(
    folder: &Folder,
    site: &SheetSite,
    reissued: &Reissued,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let sheet = Sheet::new(site, reissued);
    for kind in folder.format.kinds() {
        let path = sheet_of(&folder.path, reissued.user.id(), *kind);
        write_new(&path, &sheet.bytes(*kind)?, terminal)?;
    }
    Ok(())
}
