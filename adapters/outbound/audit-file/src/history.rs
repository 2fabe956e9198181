//! Reading a log: over all its files, newest first.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use warifu_core::domain::Timestamp;
use warifu_core::ports::{AuditPage, AuditQuery, AuditQueryError, StoredAuditRecord, Unavailable};

use crate::PORT;
use crate::conditions::Conditions;
use crate::family;
use crate::file::{self, Lock};
use crate::index::{Entry, Index, Walk};
use crate::line::{Line, read_back};

/// Reads the files of one log. Holds the index of the one that is written; those of the others are
/// looked at when they are needed.
pub(crate) struct History {
    path: PathBuf,
    current: Option<Index>,
}

/// Where the index of a file is.
pub(crate) fn index_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".index");
    name.into()
}

/// Where a page goes on: after which record of which file.
struct Place {
    file: u64,
    entry: u64,
}

impl History {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            current: None,
        }
    }

    /// The index of the file that is written, up to what is settled there.
    pub(crate) fn current(&mut self) -> io::Result<&mut Index> {
        let known = self.current.take();
        let known = known.filter(|index| file::is_at(index.log(), &self.path));
        let index = if let Some(mut index) = known {
            let settled = settled_length(index.log())?;
            index.refresh(settled)?;
            index
        } else {
            let log = File::open(&self.path)?;
            let settled = settled_length(&log)?;
            Index::open(log, &index_path(&self.path), settled, false)?
        };
        Ok(self.current.insert(index))
    }

    /// Forgets what the index says, for a log that is to be used as it is.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        self.current = None;
        match fs::remove_file(index_path(&self.path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The newest record that `query` wants.
    pub(crate) fn newest(
        &mut self,
        query: &AuditQuery,
    ) -> Result<Option<StoredAuditRecord>, AuditQueryError> {
        Ok(self.query(query)?.records.into_iter().next())
    }

    /// Answers a query on what the files hold now.
    pub(crate) fn query(&mut self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        let unavailable = |error: io::Error| {
            Unavailable::new(PORT, format!("the audit log cannot be read: {error}"))
        };
        // First what is written now: what is closed meanwhile is then among the others.
        self.current().map_err(unavailable)?;
        let formers = family::formers(&self.path).map_err(unavailable)?;
        let mut found = Found::new(query);
        if query.limit == 0 {
            return Ok(found.page);
        }
        let mut from = match &query.cursor {
            None => None,
            Some(text) => Some(place_in(text).ok_or(AuditQueryError::BadCursor)?),
        };
        let Some(current) = &self.current else {
            return Ok(found.page);
        };
        let begin = family::beginning(current.log()).map_err(unavailable)?;
        let last = formers.last().map_or(1, |former| former.number + 1);
        let number = begin.map_or(last, |begin| begin.number);
        if wants(from.as_ref(), number) {
            let before = given(current, number, &mut from, query.cursor.as_deref())?;
            found.read(current, number, before).map_err(unavailable)?;
        }
        let older = formers.iter().rev().filter(|former| former.number < number);
        for former in older {
            if found.is_full() {
                break;
            }
            if !wants(from.as_ref(), former.number) {
                continue;
            }
            let index = open_closed(&former.path).map_err(unavailable)?;
            let before = given(&index, former.number, &mut from, query.cursor.as_deref())?;
            found
                .read(&index, former.number, before)
                .map_err(unavailable)?;
        }
        if from.is_some() {
            return Err(AuditQueryError::BadCursor);
        }
        Ok(found.page)
    }
}

/// Up to where nothing is taken back any more: nobody writes while we look.
fn settled_length(log: &File) -> io::Result<u64> {
    let _lock = Lock::shared(log)?;
    Ok(log.metadata()?.len())
}

fn open_closed(path: &Path) -> io::Result<Index> {
    let log = File::open(path)?;
    let length = log.metadata()?.len();
    Index::open(log, &index_path(path), length, true)
}

/// Whether a page that goes on at `from` may have anything of this file.
fn wants(from: Option<&Place>, number: u64) -> bool {
    from.is_none_or(|place| place.file >= number)
}

/// Before which entry of the file the page goes on, where it goes on in this one; the cursor is used
/// up then.
fn given(
    index: &Index,
    number: u64,
    from: &mut Option<Place>,
    cursor_text: Option<&str>,
) -> Result<Option<u64>, AuditQueryError> {
    let Some(place) = from.take_if(|place| place.file == number) else {
        return Ok(None);
    };
    let unavailable = |error: io::Error| Unavailable::new(PORT, error.to_string());
    let entry = index.entry(place.entry).map_err(unavailable)?;
    let entry = entry.ok_or(AuditQueryError::BadCursor)?;
    let line = index.line(&entry).map_err(unavailable)?;
    let given = Line::read(&line)
        .is_some_and(|line| Some(cursor(&place, &line.hash).as_str()) == cursor_text);
    if given {
        Ok(Some(place.entry))
    } else {
        Err(AuditQueryError::BadCursor)
    }
}

/// The place of a page's last record, and the beginning of its hash, which nobody guesses.
fn cursor(place: &Place, hash: &str) -> String {
    let hash = hash.get(..32).unwrap_or_default();
    format!("{:08x}{:016x}{hash}", place.file, place.entry)
}

fn place_in(text: &str) -> Option<Place> {
    let number = |range| u64::from_str_radix(text.get(range)?, 16).ok();
    Some(Place {
        file: number(0..8)?,
        entry: number(8..24)?,
    })
}

/// A page in the making.
struct Found<'a> {
    conditions: Conditions<'a>,
    query: &'a AuditQuery,
    walk: Walk,
    page: AuditPage,
    last: Option<String>,
}

impl<'a> Found<'a> {
    fn new(query: &'a AuditQuery) -> Self {
        Self {
            conditions: Conditions::new(query),
            query,
            walk: Walk::of(query.contract.as_ref(), query.event),
            page: AuditPage::default(),
            last: None,
        }
    }

    fn is_full(&self) -> bool {
        self.page.next_cursor.is_some()
    }

    /// Whether a file may hold anything of the time that is asked for.
    fn may_hold(&self, index: &Index) -> bool {
        let (first, last) = index.seconds();
        let second = |moment: Timestamp| moment.as_unix_seconds();
        self.query.from.is_none_or(|from| last >= second(from))
            && self.query.until.is_none_or(|until| first <= second(until))
    }

    /// Takes what is wanted of a file, `before` an entry where one is given.
    fn read(&mut self, index: &Index, file: u64, before: Option<u64>) -> io::Result<()> {
        if !self.may_hold(index) {
            return Ok(());
        }
        // A page that goes on where one of the same query ended need not begin at the end.
        let begin = before.map(|number| index.before(self.walk, number));
        let begin = begin.transpose()?.flatten();
        let mut number = begin.unwrap_or_else(|| index.newest(self.walk));
        let before = before.unwrap_or(u64::MAX);
        while let Some(entry) = index.entry(number)? {
            if number < before {
                self.take(
                    index,
                    &entry,
                    &Place {
                        file,
                        entry: number,
                    },
                )?;
                if self.is_full() {
                    return Ok(());
                }
            }
            number = entry.before(self.walk, number);
        }
        Ok(())
    }

    fn take(&mut self, index: &Index, entry: &Entry, place: &Place) -> io::Result<()> {
        let time = Timestamp::from_unix_millis(entry.seconds.saturating_mul(1000));
        if !entry.may_be(self.walk) || !self.conditions.is_in_time(time) {
            return Ok(());
        }
        let Some((record, hash)) = read_back(&index.line(entry)?) else {
            return Ok(());
        };
        if !self.conditions.hold_for(&record) {
            return Ok(());
        }
        if self.page.records.len() == self.query.limit {
            self.page.next_cursor.clone_from(&self.last);
            return Ok(());
        }
        self.last = Some(cursor(place, &hash));
        self.page.records.push(record);
        Ok(())
    }
}
