//! What the writing thread does to the files of a log.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use warifu_core::domain::{AuditEvent, AuditOutcome, AuditRecord, RequestId, Timestamp};
use warifu_core::ports::{AuditQuery, Randomness};

use crate::counted::Counted;
use crate::family;
use crate::file::{self, Lock};
use crate::history::History;
use crate::line::Chain;
use crate::mark::{Checkpoints, Marking};
use crate::rotation::{self, Rotated, Rotation};
use crate::standing::Standing;
use crate::watch::Watch;

/// How much is written before the index is brought up to date, so that the next start finds little
/// to read.
const UNINDEXED: u64 = 4 * 1024 * 1024;

/// After a file could not be closed, how much it grows before that is tried again.
const BETWEEN_ROTATIONS: u64 = 1024 * 1024;

/// How often a file may be closed by others in the moment before it is locked.
const MOST_CLOSED: usize = 50;

/// How the writer of a log behaves.
#[derive(Clone, Default)]
pub struct LogOptions {
    /// When files are closed.
    pub rotation: Rotation,
    /// Whether and how often it is signed where the log stands.
    pub checkpoints: Option<Checkpoints>,
    /// An operator accepts, at this time, that the log has lost what it held.
    pub accept_loss: Option<Timestamp>,
}

pub(crate) struct LogWriter {
    path: PathBuf,
    file: File,
    chain: Chain,
    randomness: Arc<dyn Randomness>,
    options: LogOptions,
    watch: Arc<Watch>,
    history: Arc<Mutex<History>>,
    /// Where the log stands, as this process itself has read it.
    counted: Counted,
    /// The time of the last record, and when that was.
    clock: Option<(Timestamp, Instant)>,
    /// Since the last checkpoint of this process.
    unsigned: u64,
    signed_at: Instant,
    /// Since the index was brought up to date.
    unindexed: u64,
    /// What the file has to reach before closing it is tried again.
    rotate_again_at: u64,
}

impl LogWriter {
    pub(crate) fn new(
        (path, file): (PathBuf, File),
        randomness: Arc<dyn Randomness>,
        options: LogOptions,
        (watch, history): (Arc<Watch>, Arc<Mutex<History>>),
    ) -> io::Result<Self> {
        let counted = {
            let mut history = history.lock();
            let index = history.current()?;
            Counted::new(index.end(), index.standing())
        };
        Ok(Self {
            chain: Chain::begin(randomness.as_ref()),
            path,
            file,
            randomness,
            options,
            watch,
            history,
            counted,
            clock: None,
            unsigned: 0,
            signed_at: Instant::now(),
            unindexed: 0,
            rotate_again_at: 0,
        })
    }

    /// Writes records, durably, and what is due after them.
    pub(crate) fn append(&mut self, records: &[&AuditRecord]) -> io::Result<()> {
        let (before, end) = self.locked(|log, file| {
            let before = file.metadata()?.len();
            Ok((before, log.write(file, records)?))
        })?;
        self.unsigned += records.len() as u64;
        self.unindexed += end.saturating_sub(before);
        if let Some(last) = records.last() {
            self.clock = Some((last.time, Instant::now()));
            self.rotate_if_due(end, last.time);
        }
        Ok(())
    }

    /// Writes under the lock that the caller holds.
    fn write(&mut self, file: &File, records: &[&AuditRecord]) -> io::Result<u64> {
        let records = records.iter().copied();
        let end = file::append(file, &mut self.chain, self.randomness.as_ref(), records)?;
        let last = (!self.chain.is_new()).then(|| self.chain.last_hash().to_owned());
        self.watch.saw(file, end, last)?;
        Ok(end)
    }

    /// Makes sure that records could be written, durably.
    pub(crate) fn probe(&mut self) -> io::Result<()> {
        self.locked(|_, file| file::probe(file))
    }

    /// The file at the log's path, which is the one that was there before or follows it.
    fn held(&mut self) -> io::Result<File> {
        if let Some(file) = self.watch.successor(&self.file, &self.path)? {
            if self.counted.follow(&self.file, &file).is_err() {
                self.counted = Counted::at_beginning(&file)?;
            }
            self.file = file;
        }
        self.file.try_clone()
    }

    /// Acts on the file under its lock, where nothing of it is gone. Where another program closes it in
    /// the moment before, it is the next one.
    fn locked<T>(&mut self, act: impl Fn(&mut Self, &File) -> io::Result<T>) -> io::Result<T> {
        for _ in 0..MOST_CLOSED {
            let file = self.held()?;
            let _lock = Lock::exclusive(&file)?;
            if file::is_at(&file, &self.path) {
                self.watch.check(&file)?;
                return act(self, &file);
            }
        }
        let busy = "it is closed again and again, or was moved in this moment";
        Err(io::Error::new(ErrorKind::ResourceBusy, busy))
    }

    /// Writes down what was lost before this process began, and accepted.
    pub(crate) fn write_loss(&mut self, what: &str, now: Timestamp) -> io::Result<()> {
        let lost = AuditRecord {
            time: now,
            event: AuditEvent::RecordsLost,
            outcome: AuditOutcome::Failed,
            actor: None,
            contract: None,
            subject: None,
            source: None,
            request_id: RequestId::generate(self.randomness.as_ref()),
            detail: [("what".to_owned(), what.to_owned())].into(),
        };
        self.append(&[&lost])
    }

    fn rotate_if_due(&mut self, length: u64, now: Timestamp) {
        let Rotation { size, age } = self.options.rotation;
        let large = size.is_some_and(|size| length >= size);
        let due = large || age.is_some_and(|age| self.is_older(age, now));
        if !due || length < self.rotate_again_at {
            return;
        }
        match self.rotate(now) {
            Ok(_) => self.rotate_again_at = 0,
            Err(error) => {
                tracing::warn!(%error, "the file of the audit log could not be closed; it goes on");
                self.rotate_again_at = length + BETWEEN_ROTATIONS;
            }
        }
    }

    fn is_older(&self, age: Duration, now: Timestamp) -> bool {
        let first = family::beginning_time(&self.file);
        matches!(first, Ok(Some(first)) if first.plus(age) <= now)
    }

    /// Closes the file and begins a new one, which links to it. Nothing where it holds nothing.
    pub(crate) fn rotate(&mut self, now: Timestamp) -> io::Result<Option<Rotated>> {
        let store = self.newest_store()?;
        let file = self.held()?;
        // Most of it without keeping others from writing.
        self.counted.read(&file, file.metadata()?.len())?;
        self.locked(|log, file| log.close_file(file, store.as_ref(), now))
    }

    /// Closes the file under the lock that the caller holds.
    fn close_file(
        &mut self,
        file: &File,
        store: Option<&AuditRecord>,
        now: Timestamp,
    ) -> io::Result<Option<Rotated>> {
        let end = file::whole_lines(file)?;
        let standing = self.counted.read(file, end)?;
        let begin = family::beginning(file)?;
        let (Some(begin), Some(last)) = (begin, family::hash_before(file, end)?) else {
            return Ok(None);
        };
        for second in family::second_names(&self.path)? {
            fs::remove_file(second)?;
        }
        let formers = family::formers(&self.path)?;
        let number = formers
            .last()
            .map_or(begin.number, |former| begin.number.max(former.number + 1));
        let closed = family::name_of(&self.path, number, now);
        let name = closed.file_name().map(|name| name.to_string_lossy());
        let former = (name.unwrap_or_default().into_owned(), last);
        let link = self.marking(now).file_begun(&standing, number + 1, former);
        let mut chain = self.chain.clone();
        let mut lines = String::new();
        // The store that was used last is noted in each file: older ones may be moved elsewhere.
        for record in std::iter::once(&link).chain(store) {
            lines.push_str(&chain.append(record)?);
        }
        let fresh = rotation::put_new(&self.path, &closed, &lines)?;
        let last = chain.last_hash().to_owned();
        self.chain = chain;
        self.watch.saw(&fresh, lines.len() as u64, Some(last))?;
        self.counted = Counted::new(0, standing);
        self.file = fresh;
        self.note_signed();
        tracing::info!(closed = %closed.display(), "began a new file of the audit log");
        Ok(Some(Rotated { closed, number }))
    }

    /// What says which store was used last, to be said again.
    fn newest_store(&self) -> io::Result<Option<AuditRecord>> {
        let mut history = self.history.lock();
        let mut newest: Option<AuditRecord> = None;
        for event in [AuditEvent::StoreOpened, AuditEvent::StoreAdopted] {
            let query = AuditQuery {
                event: Some(event),
                limit: 1,
                ..AuditQuery::default()
            };
            let found = history.newest(&query).map_err(io::Error::other)?;
            let found = found.map(|stored| stored.record);
            newest = found
                .map(repeated)
                .into_iter()
                .chain(newest)
                .max_by_key(|record| record.time);
        }
        Ok(newest)
    }

    fn marking(&self, time: Timestamp) -> Marking<'_> {
        Marking {
            key: self.options.checkpoints.as_ref().map(|c| c.key.as_ref()),
            randomness: self.randomness.as_ref(),
            time,
        }
    }

    fn note_signed(&mut self) {
        self.unsigned = 0;
        self.signed_at = Instant::now();
    }

    /// Does what is due now and then.
    pub(crate) fn tidy(&mut self) {
        if let Some(checkpoints) = &self.options.checkpoints
            && self.unsigned > 0
            && (self.unsigned >= checkpoints.records
                || self.signed_at.elapsed() >= checkpoints.interval)
        {
            self.sign();
        }
        if self.unindexed >= UNINDEXED {
            self.bring_index_up();
        }
    }

    /// Does what is to be done before the program ends.
    pub(crate) fn close(&mut self) {
        if self.options.checkpoints.is_some() && self.unsigned > 0 {
            self.sign();
        }
        if self.unindexed > 0 {
            self.bring_index_up();
        }
    }

    fn bring_index_up(&mut self) {
        self.unindexed = 0;
        if let Err(error) = self.history.lock().current() {
            tracing::warn!(%error, "the index of the audit log could not be brought up to date");
        }
    }

    /// Writes a checkpoint.
    fn sign(&mut self) {
        let Some((time, then)) = self.clock else {
            return;
        };
        match self.write_checkpoint(time.plus(then.elapsed())) {
            Ok(()) => self.note_signed(),
            Err(error) => {
                tracing::warn!(%error, "where the audit log stands could not be signed");
                self.signed_at = Instant::now();
            }
        }
    }

    fn write_checkpoint(&mut self, now: Timestamp) -> io::Result<()> {
        let file = self.held()?;
        self.counted.read(&file, file.metadata()?.len())?;
        self.locked(|log, file| {
            let end = file::whole_lines(file)?;
            let standing: Standing = log.counted.read(file, end)?;
            let checkpoint = log.marking(now).checkpoint(&standing);
            log.write(file, &[&checkpoint]).map(drop)
        })
    }
}

/// The same record once more, which says so.
fn repeated(mut record: AuditRecord) -> AuditRecord {
    record
        .detail
        .insert("repeated".to_owned(), "true".to_owned());
    record
}
