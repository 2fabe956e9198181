//! Where the records of one file are, kept beside it, so that a query reads only those that it may
//! want and nothing is read twice: neither at the next start nor by another program.
//!
//! All of it comes from the file and can be made again. Entries stand in the order of the lines, 48
//! bytes each; each names the entry before it of the same event and of the same contract (or of one
//! that falls into the same slot: the record tells).

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use warifu_core::domain::{AuditEvent, ContractNumber};

use crate::family::{self, Reading};
use crate::index_tables::{CONTRACT_SLOTS, EVENT_SLOTS, Storage, TABLES_LENGTH, Tables};
use crate::line::{Head, hash_at_end};
use crate::standing::Standing;

/// How many entries are written at a time.
const ENTRIES_AT_ONCE: usize = 4096;

const ENTRY_LENGTH: usize = 48;

/// The index of one file.
pub(crate) struct Index {
    log: File,
    storage: Storage,
    tables: Tables,
    /// Whether nothing is added to the log any more.
    closed: bool,
}

/// Where one record is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    offset: u64,
    length: u32,
    /// Of the contract; 0 for none.
    contract: u32,
    pub(crate) seconds: i64,
    before_of_event: u64,
    before_of_contract: u64,
}

/// Which entries to go through. An entry that is not wanted may be among them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Walk {
    All,
    Contract(u32),
    Event(u32),
}

impl Walk {
    pub(crate) fn of(contract: Option<&ContractNumber>, event: Option<AuditEvent>) -> Self {
        match (contract, event) {
            (Some(contract), _) => Self::Contract(contract_digest(contract.as_str())),
            (None, Some(event)) => Self::Event(event_slot(event.name())),
            (None, None) => Self::All,
        }
    }
}

fn fnv(text: &str) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    text.bytes().fold(0x811c_9dc5, step)
}

/// Never 0, which stands for none.
fn contract_digest(contract: &str) -> u32 {
    fnv(contract) | 1
}

fn contract_slot(digest: u32) -> u32 {
    (digest >> 1) % CONTRACT_SLOTS
}

fn event_slot(event: &str) -> u32 {
    fnv(event) % EVENT_SLOTS
}

impl Index {
    /// Of `log`, kept at `path`; in memory where it cannot be kept there. `settled` is up to where
    /// nothing of the log is taken back any more. Of a `closed` file an index that does not fit is
    /// made anew; one of the file that is written says that the file has lost something.
    pub(crate) fn open(log: File, path: &Path, settled: u64, closed: bool) -> io::Result<Self> {
        let mut index = Self {
            log,
            storage: Storage::open(path),
            tables: Tables::default(),
            closed,
        };
        index.refresh(settled)?;
        Ok(index)
    }

    pub(crate) fn log(&self) -> &File {
        &self.log
    }

    /// Up to where the log was read.
    pub(crate) fn end(&self) -> u64 {
        self.tables.end
    }

    /// Where the log stands there, over all its files.
    pub(crate) fn standing(&self) -> Standing {
        self.tables.standing
    }

    /// The hash of the last record up to there.
    pub(crate) fn last_hash(&self) -> Option<String> {
        self.tables.last.clone()
    }

    /// The first and last second of a record.
    pub(crate) fn seconds(&self) -> (i64, i64) {
        (self.tables.first_second, self.tables.last_second)
    }

    /// Reads what came in since the last time.
    pub(crate) fn refresh(&mut self, settled: u64) -> io::Result<()> {
        let storage = self.storage.share()?;
        let _lock = storage.lock()?;
        if let Some(tables) = storage.load(&self.tables)? {
            self.tables = tables;
        }
        match self.recognise(settled) {
            Err(_) if self.closed => self.start_over()?,
            recognised => recognised?,
        }
        if self.tables.end < settled {
            self.extend(settled)?;
        }
        Ok(())
    }

    /// Makes sure that the log is the one that was read before, and still has what was read.
    fn recognise(&mut self, settled: u64) -> io::Result<()> {
        if self.tables.count == 0 {
            return self.start_over();
        }
        let first = first_hash(&self.log)?;
        if first.is_some() && first != self.tables.first {
            let follows = family::beginning(&self.log)?
                .is_some_and(|begin| begin.last.is_some() && begin.last == self.tables.last);
            if follows {
                // It is of the file before, which was closed.
                return self.start_over();
            }
            return Err(lost("is another file than the one that was there before"));
        }
        if self.tables.end > settled {
            let missing = self.tables.end - settled;
            return Err(lost(&format!(
                "is {missing} bytes shorter than it was before"
            )));
        }
        if family::hash_before(&self.log, self.tables.end)? != self.tables.last {
            return Err(lost("does not hold what it held before"));
        }
        Ok(())
    }

    fn start_over(&mut self) -> io::Result<()> {
        let begin = family::beginning(&self.log)?;
        let mut tables = Tables::default();
        tables.first = first_hash(&self.log)?;
        tables.standing = begin.map(|begin| begin.standing).unwrap_or_default();
        self.tables = tables;
        Ok(())
    }

    fn extend(&mut self, settled: u64) -> io::Result<()> {
        let log = self.log.try_clone()?;
        let mut reader = BufReader::with_capacity(1 << 18, Reading(&log, self.tables.end));
        let mut line = Vec::new();
        let mut entries = Vec::with_capacity(ENTRIES_AT_ONCE * ENTRY_LENGTH);
        let mut unreadable = 0_u64;
        let mut seconds = Seconds::default();
        while self.tables.end < settled {
            line.clear();
            reader.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                break;
            }
            if let Some(entry) = self.tables.take(&line, &mut seconds) {
                entries.extend_from_slice(&entry.to_bytes());
            } else {
                unreadable += 1;
            }
            if entries.len() >= ENTRIES_AT_ONCE * ENTRY_LENGTH {
                self.write(&mut entries)?;
            }
        }
        self.write(&mut entries)?;
        self.storage.save(&self.tables);
        if unreadable > 0 {
            tracing::warn!(
                lines = unreadable,
                "the audit log holds lines that are no records"
            );
        }
        Ok(())
    }

    /// Writes the last entries that were taken.
    fn write(&mut self, entries: &mut Vec<u8>) -> io::Result<()> {
        let written = (entries.len() / ENTRY_LENGTH) as u64;
        let place = place_of(self.tables.count - written + 1);
        self.storage.write_at(entries, place)?;
        entries.clear();
        Ok(())
    }

    /// The number of the newest entry, from 1; 0 for none.
    pub(crate) fn newest(&self, walk: Walk) -> u64 {
        match walk {
            Walk::All => self.tables.count,
            Walk::Contract(digest) => self.tables.of_contract(contract_slot(digest)),
            Walk::Event(slot) => self.tables.of_event(slot),
        }
    }

    /// The entry with this number, from 1.
    pub(crate) fn entry(&self, number: u64) -> io::Result<Option<Entry>> {
        if number == 0 || number > self.tables.count {
            return Ok(None);
        }
        let mut bytes = [0; ENTRY_LENGTH];
        self.storage.read_at(&mut bytes, place_of(number))?;
        Ok(Some(Entry::from_bytes(&bytes)))
    }

    /// The number of the entry before this one on a walk; nothing where it is not on it.
    pub(crate) fn before(&self, walk: Walk, number: u64) -> io::Result<Option<u64>> {
        let Some(entry) = self.entry(number)? else {
            return Ok(None);
        };
        let is_on = match walk {
            Walk::All => true,
            Walk::Contract(digest) => entry.contract == digest,
            Walk::Event(slot) => {
                let line = self.line(&entry)?;
                Head::read(&line).is_some_and(|head| event_slot(head.event()) == slot)
            }
        };
        Ok(is_on.then(|| entry.before(walk, number)))
    }

    /// The line of an entry.
    pub(crate) fn line(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        use std::os::unix::fs::FileExt;
        let mut line = vec![0; entry.length as usize];
        self.log.read_exact_at(&mut line, entry.offset)?;
        Ok(line)
    }
}

/// A log that lost what it held.
fn lost(what: &str) -> io::Error {
    let message = format!(
        "it {what}: put back what is missing, or accept the loss with `warifu-admin store adopt`"
    );
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn first_hash(log: &File) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    BufReader::new(Reading(log, 0)).read_until(b'\n', &mut line)?;
    Ok(hash_at_end(&line).map(str::to_owned))
}

fn place_of(number: u64) -> u64 {
    TABLES_LENGTH + (number - 1) * ENTRY_LENGTH as u64
}

/// The last moment that was read: most records are of the second of the one before.
#[derive(Default)]
struct Seconds {
    text: String,
    seconds: i64,
}

impl Seconds {
    fn of(&mut self, head: &Head<'_>) -> Option<i64> {
        if self.text != head.time_text() {
            self.seconds = head.time()?.as_unix_seconds();
            head.time_text().clone_into(&mut self.text);
        }
        Some(self.seconds)
    }
}

impl Tables {
    /// Takes the next line in; nothing where it is no record.
    fn take(&mut self, line: &[u8], seconds: &mut Seconds) -> Option<Entry> {
        let offset = self.end;
        self.end += line.len() as u64;
        let hash = hash_at_end(line)?;
        let head = Head::read(line)?;
        let (seconds, length) = (seconds.of(&head)?, u32::try_from(line.len()));
        let contract = head.contract().map_or(0, contract_digest);
        let number = self.count + 1;
        let of_event = event_slot(head.event());
        let entry = Entry {
            offset,
            length: length.ok()?,
            contract,
            seconds,
            before_of_event: self.replace_event(of_event, number),
            before_of_contract: if contract == 0 {
                0
            } else {
                self.replace_contract(contract_slot(contract), number)
            },
        };
        if self.count == 0 {
            self.first_second = seconds;
            self.last_second = seconds;
        }
        self.first_second = self.first_second.min(seconds);
        self.last_second = self.last_second.max(seconds);
        // The record that begins a file says where the log stands before it.
        self.standing.add(hash);
        self.last = Some(hash.to_owned());
        self.count = number;
        Some(entry)
    }
}

impl Entry {
    /// The number of the entry before it on the same walk, where its own is `number`.
    pub(crate) const fn before(&self, walk: Walk, number: u64) -> u64 {
        match walk {
            Walk::All => number - 1,
            Walk::Contract(_) => self.before_of_contract,
            Walk::Event(_) => self.before_of_event,
        }
    }

    /// Whether it stands on a walk, as far as can be told without the record.
    pub(crate) fn may_be(&self, walk: Walk) -> bool {
        match walk {
            Walk::Contract(digest) => self.contract == digest,
            Walk::All | Walk::Event(_) => true,
        }
    }

    fn to_bytes(self) -> [u8; ENTRY_LENGTH] {
        let mut bytes = [0; ENTRY_LENGTH];
        let parts = [
            self.offset.to_le_bytes(),
            u64::from(self.length).to_le_bytes(),
            u64::from(self.contract).to_le_bytes(),
            self.seconds.to_le_bytes(),
            self.before_of_event.to_le_bytes(),
            self.before_of_contract.to_le_bytes(),
        ];
        for (place, part) in bytes.chunks_exact_mut(8).zip(parts) {
            place.copy_from_slice(&part);
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; ENTRY_LENGTH]) -> Self {
        let number = |place: usize| {
            let mut part = [0; 8];
            part.copy_from_slice(&bytes[place * 8..place * 8 + 8]);
            u64::from_le_bytes(part)
        };
        Self {
            offset: number(0),
            length: u32::try_from(number(1)).unwrap_or(0),
            contract: u32::try_from(number(2)).unwrap_or(0),
            seconds: number(3).cast_signed(),
            before_of_event: number(4),
            before_of_contract: number(5),
        }
    }
}
