//! The file: who may read it, who may write to it when, and how nothing half-written stays.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use warifu_core::domain::AuditRecord;
use warifu_core::ports::Randomness;

use crate::line::Chain;

/// How long others may hold the file. They hold it for one write.
const LONGEST_WAIT: Duration = Duration::from_millis(1500);
/// What a probe writes: more than a record is long.
const PROBE: [u8; 4096] = [b' '; 4096];
const BETWEEN_TRIES: Duration = Duration::from_millis(2);

/// Opens the log, making it (and its directory) where it is not there yet.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let file = options
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    file.sync_all()?;
    File::open(directory)?.sync_all()?;
    Ok(file)
}

/// Whether `file` is still what stands at `path`: it may have been moved away or deleted.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let identity = |metadata: io::Result<std::fs::Metadata>| {
        metadata
            .map(|metadata| (metadata.dev(), metadata.ino()))
            .ok()
    };
    let there = identity(std::fs::metadata(path));
    there.is_some() && there == identity(file.metadata())
}

/// A lock on the file, given back when dropped.
pub(crate) struct Lock<'a>(&'a File);

impl<'a> Lock<'a> {
    pub(crate) fn exclusive(file: &'a File) -> io::Result<Self> {
        Self::within(file, File::try_lock)
    }

    pub(crate) fn shared(file: &'a File) -> io::Result<Self> {
        Self::within(file, File::try_lock_shared)
    }

    /// Waits, but not for ever: whoever waits for the record is better told.
    fn within(
        file: &'a File,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> io::Result<Self> {
        let begin = Instant::now();
        loop {
            match lock(file) {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if begin.elapsed() >= LONGEST_WAIT => {
                    return Err(io::Error::new(
                        ErrorKind::TimedOut,
                        "another process holds it",
                    ));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_TRIES),
            }
        }
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // Closing the file gives it back at the latest.
        let _ = self.0.unlock();
    }
}

/// What writing needs of a file.
pub(crate) trait Sink {
    fn length(&self) -> io::Result<u64>;
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    fn sync(&self) -> io::Result<()>;
    fn truncate(&self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn length(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(bytes, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Writes records durably, all or none. The caller holds the lock. `chain` goes on only when they
/// are written.
pub(crate) fn append<'a>(
    sink: &dyn Sink,
    chain: &mut Chain,
    randomness: &dyn Randomness,
    records: impl Iterator<Item = &'a AuditRecord>,
) -> io::Result<()> {
    let mut next = chain.clone();
    let mut lines = String::new();
    for record in records {
        lines.push_str(&next.append(record)?);
    }
    if lines.is_empty() {
        return Ok(());
    }
    let end = whole_lines(sink)?;
    match sink
        .write_at(lines.as_bytes(), end)
        .and_then(|()| sink.sync())
    {
        Ok(()) => {
            *chain = next;
            Ok(())
        }
        Err(error) => {
            // Nobody is told of these records, so none of them may stay.
            if let Err(stuck) = sink.truncate(end).and_then(|()| sink.sync()) {
                // Some may have, under numbers that the next ones must not have again.
                *chain = Chain::begin(randomness);
                tracing::error!(error = %stuck, "a failed write to the audit log could not be undone");
            }
            Err(error)
        }
    }
}

/// Tries what writing a record does, and leaves nothing of it: room, the disk itself, and that it keeps
/// what it took. The caller holds the lock. Whoever is stopped in between leaves what is cut off as an
/// unfinished record.
pub(crate) fn probe(sink: &dyn Sink) -> io::Result<()> {
    let end = whole_lines(sink)?;
    let tried = sink.write_at(&PROBE, end).and_then(|()| sink.sync());
    let undone = sink.truncate(end).and_then(|()| sink.sync());
    tried.and(undone)
}

/// Where the last whole line ends. What a process left behind that was stopped while it wrote was
/// never acknowledged; it is cut off.
fn whole_lines(sink: &dyn Sink) -> io::Result<u64> {
    const BLOCK: u64 = 4096;
    let length = sink.length()?;
    let mut end = length;
    let mut block = vec![];
    while end > 0 {
        let begin = end.saturating_sub(BLOCK);
        block.resize(usize::try_from(end - begin).unwrap_or(0), 0);
        sink.read_at(&mut block, begin)?;
        if let Some(feed) = block.iter().rposition(|byte| *byte == b'\n') {
            end = begin + feed as u64 + 1;
            break;
        }
        end = begin;
    }
    if end < length {
        sink.truncate(end)?;
        tracing::warn!(
            bytes = length - end,
            "an unfinished record was cut off the audit log"
        );
    }
    Ok(end)
}
