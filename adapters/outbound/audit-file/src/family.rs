//! The files of one log: the one that is written, and those that were before it, beside it, in the
//! order of their numbers. A file is never given a name that another has.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use warifu_core::domain::{AuditEvent, Timestamp};

use crate::line::{Line, TAIL_LENGTH, hash_at_end};
use crate::mark;

/// A file that is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Former {
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
}

/// The folder that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn parts(path: &Path) -> (String, String) {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map_or_else(String::new, |part| part.to_string_lossy().into_owned())
    };
    let extension = match path.extension() {
        Some(extension) => format!(".{}", text(Some(extension))),
        None => String::new(),
    };
    (format!("{}-", text(path.file_stem())), extension)
}

/// What file `number` of the log at `path` is called once it is closed.
pub(crate) fn name_of(path: &Path, number: u64, time: Timestamp) -> PathBuf {
    let (stem, extension) = parts(path);
    let time: String = time
        .to_string()
        .chars()
        .filter(|character| !matches!(character, '-' | ':'))
        .collect();
    folder(path).join(format!("{stem}{number:06}-{time}{extension}"))
}

/// The closed files of the log at `path`, oldest first.
pub(crate) fn formers(path: &Path) -> io::Result<Vec<Former>> {
    let mut found: Vec<Former> = named(path)?
        .into_iter()
        .filter(|named| !named.is_current)
        .map(|named| named.former)
        .collect();
    found.sort_by_key(|former| former.number);
    Ok(found)
}

/// Second names of the file at `path`, of rotations that were not finished.
pub(crate) fn second_names(path: &Path) -> io::Result<Vec<PathBuf>> {
    let second = named(path)?.into_iter().filter(|named| named.is_current);
    Ok(second.map(|named| named.former.path).collect())
}

/// A file with the name of a closed one.
struct Named {
    former: Former,
    is_current: bool,
}

fn named(path: &Path) -> io::Result<Vec<Named>> {
    let (stem, extension) = parts(path);
    let current = fs::metadata(path)
        .ok()
        .map(|metadata| (metadata.dev(), metadata.ino()));
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| {
            let middle = name.strip_prefix(&stem)?.strip_suffix(&extension)?;
            let (number, time) = middle.split_once('-')?;
            let is_time = time.len() == 16 && time.ends_with('Z');
            number.parse().ok().filter(|_| is_time && number.len() >= 6)
        });
        let Some(number) = number else { continue };
        let metadata = entry.metadata()?;
        found.push(Named {
            is_current: Some((metadata.dev(), metadata.ino())) == current,
            former: Former {
                number,
                path: entry.path(),
            },
        });
    }
    Ok(found)
}

/// What the first record of a file says of where the file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) number: u64,
    pub(crate) former: Option<String>,
    /// The hash of the last record before it.
    pub(crate) last: Option<String>,
    pub(crate) standing: crate::standing::Standing,
}

/// How a file begins; nothing where its first line is no record.
pub(crate) fn beginning(file: &File) -> io::Result<Option<Beginning>> {
    let mut reader = BufReader::new(Reading(file, 0));
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let Some(line) = Line::read(&line) else {
        return Ok(None);
    };
    let begun = line.event() == AuditEvent::FileBegun.name();
    let text = |name| line.detail(name).filter(|_| begun).map(str::to_owned);
    let mark = mark::Mark::read(&line).filter(|mark| mark.begins_file);
    Ok(Some(Beginning {
        number: text(mark::FILE)
            .and_then(|number| number.parse().ok())
            .unwrap_or(1),
        former: text(mark::FORMER),
        last: text(mark::LAST),
        standing: mark.map(|mark| mark.standing).unwrap_or_default(),
    }))
}

/// The time of a file's first record.
pub(crate) fn beginning_time(file: &File) -> io::Result<Option<Timestamp>> {
    let mut line = Vec::new();
    BufReader::new(Reading(file, 0)).read_until(b'\n', &mut line)?;
    Ok(Line::read(&line).and_then(|line| line.time()))
}

/// The hash of the last line before `end`, which a line ends at.
pub(crate) fn hash_before(file: &File, end: u64) -> io::Result<Option<String>> {
    let mut tail = [0; TAIL_LENGTH];
    let Some(begin) = end.checked_sub(TAIL_LENGTH as u64) else {
        return Ok(None);
    };
    match file.read_exact_at(&mut tail, begin) {
        Ok(()) => Ok(hash_at_end(&tail).map(str::to_owned)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads from a place on, without moving the file's own.
pub(crate) struct Reading<'a>(pub(crate) &'a File, pub(crate) u64);

impl io::Read for Reading<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read_at(out, self.1)?;
        self.1 += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_files_are_found_by_number_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let time = Timestamp::parse_rfc3339("2026-11-22T10:20:30Z").unwrap();
        let name = name_of(&path, 12, time);
        assert!(name.ends_with("audit-000012-20261122T102030Z.jsonl"));
        for name in [&name, &name_of(&path, 3, time), &path] {
            fs::write(name, "").unwrap();
        }
        for other in [
            "audit-old.jsonl",
            "audit.jsonl.index",
            "audit-000012-20261122T102030Z.jsonl.index",
            "audit-3-20261122T102030Z.jsonl",
        ] {
            fs::write(folder.path().join(other), "").unwrap();
        }
        fs::hard_link(&path, name_of(&path, 13, time)).unwrap();
        let numbers: Vec<u64> = formers(&path).unwrap().iter().map(|f| f.number).collect();
        assert_eq!(numbers, [3, 12]);
    }
}
