//! Where the records of a file are, so that a query reads only those that it may want.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use warifu_core::domain::Timestamp;
use warifu_core::ports::{AuditPage, AuditQuery, AuditQueryError, Unavailable};

use crate::PORT;
use crate::conditions::Conditions;
use crate::file::{self, Lock};
use crate::line::{Head, Line, read_back};

/// Grown with the file: 24 bytes a record.
pub(crate) struct Index {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
    /// Up to where the file was read.
    end: u64,
}

struct Entry {
    offset: u64,
    length: u32,
    /// Of the contract, 0 for none. May be another contract's too: the record tells.
    contract: u32,
    seconds: i64,
}

impl Index {
    pub(crate) fn new(path: PathBuf, file: File) -> Self {
        Self {
            path,
            file,
            entries: Vec::new(),
            end: 0,
        }
    }

    /// Answers a query on what the file holds now.
    pub(crate) fn query(&mut self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        let unavailable = |error: io::Error| {
            Unavailable::new(PORT, format!("the audit log cannot be read: {error}"))
        };
        self.refresh().map_err(unavailable)?;
        let newest = match &query.cursor {
            None => self.entries.len(),
            Some(cursor) => self
                .find(cursor)
                .map_err(unavailable)?
                .ok_or(AuditQueryError::BadCursor)?,
        };
        let wanted = Wanted::new(query);
        let mut page = AuditPage::default();
        let mut last = None;
        for (place, entry) in self.entries[..newest].iter().enumerate().rev() {
            if page.records.len() > query.limit || query.limit == 0 {
                break;
            }
            if !wanted.may_be(entry) {
                continue;
            }
            let line = self.line(entry).map_err(unavailable)?;
            let Some((record, hash)) = read_back(&line) else {
                continue;
            };
            if !wanted.conditions.hold_for(&record) {
                continue;
            }
            if page.records.len() == query.limit {
                page.next_cursor = last;
                break;
            }
            last = Some(cursor(place, &hash));
            page.records.push(record);
        }
        Ok(page)
    }

    /// Reads what came in since the last time.
    fn refresh(&mut self) -> io::Result<()> {
        if !file::is_at(&self.file, &self.path) {
            self.file = file::open(&self.path)?;
            self.start_over();
        }
        let length = self.settled_length()?;
        if length < self.end {
            self.start_over();
        }
        let mut reader = BufReader::new(&self.file);
        reader.seek(SeekFrom::Start(self.end))?;
        let mut line = Vec::new();
        let mut unreadable = 0_u64;
        while self.end < length {
            line.clear();
            reader.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                break;
            }
            match (Head::read(&line), u32::try_from(line.len())) {
                (Some((time, contract)), Ok(length)) => self.entries.push(Entry {
                    offset: self.end,
                    length,
                    contract: contract.map_or(0, |contract| digest(&contract)),
                    seconds: time.as_unix_seconds(),
                }),
                _ => unreadable += 1,
            }
            self.end += line.len() as u64;
        }
        if unreadable > 0 {
            tracing::warn!(
                lines = unreadable,
                "the audit log holds lines that are no records"
            );
        }
        Ok(())
    }

    /// Up to where nothing is taken back any more: nobody writes while we look.
    fn settled_length(&self) -> io::Result<u64> {
        let _lock = Lock::shared(&self.file)?;
        Ok(self.file.metadata()?.len())
    }

    fn start_over(&mut self) {
        self.entries.clear();
        self.end = 0;
    }

    fn line(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        let mut line = vec![0; entry.length as usize];
        self.file.read_exact_at(&mut line, entry.offset)?;
        Ok(line)
    }

    /// The place that a cursor names, if this log gave it.
    fn find(&self, text: &str) -> io::Result<Option<usize>> {
        let Some(place) = text
            .get(..16)
            .and_then(|hex| usize::from_str_radix(hex, 16).ok())
        else {
            return Ok(None);
        };
        let Some(entry) = self.entries.get(place) else {
            return Ok(None);
        };
        let line = self.line(entry)?;
        let given = Line::read(&line).is_some_and(|line| cursor(place, &line.hash) == text);
        Ok(given.then_some(place))
    }
}

/// The place of a page's last record, and the beginning of its hash, which nobody guesses.
fn cursor(place: usize, hash: &str) -> String {
    format!("{place:016x}{}", hash.get(..32).unwrap_or_default())
}

fn digest(contract: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    contract.hash(&mut hasher);
    let hash = hasher.finish();
    // Never 0, which stands for none.
    u32::try_from(hash & 0xffff_ffff).unwrap_or(0) | 1
}

/// What a query wants of the records of a file.
struct Wanted<'a> {
    conditions: Conditions<'a>,
    contract: Option<u32>,
}

impl<'a> Wanted<'a> {
    fn new(query: &'a AuditQuery) -> Self {
        let contract = query.contract.as_ref();
        Self {
            conditions: Conditions::new(query),
            contract: contract.map(|contract| digest(contract.as_str())),
        }
    }

    fn may_be(&self, entry: &Entry) -> bool {
        self.contract
            .is_none_or(|contract| contract == entry.contract)
            && self.conditions.is_in_time(Timestamp::from_unix_millis(
                entry.seconds.saturating_mul(1000),
            ))
    }
}
