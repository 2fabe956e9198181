//! What stands at the beginning of an index, and where an index is kept.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::file::Lock;
use crate::standing::Standing;

pub(crate) const EVENT_SLOTS: u32 = 256;
pub(crate) const CONTRACT_SLOTS: u32 = 2048;

const SLOTS: usize = EVENT_SLOTS as usize + CONTRACT_SLOTS as usize;
const MAGIC: [u8; 8] = *b"warifu-1";
const NUMBERS: usize = 5;
/// Checksum, magic, first and last hash, digest, numbers, slots.
const LENGTH: usize = 32 + 8 + 32 * 3 + 8 * (NUMBERS + SLOTS);

/// Where the entries begin.
pub(crate) const TABLES_LENGTH: u64 = 20_480;
const _: () = assert!(LENGTH as u64 <= TABLES_LENGTH);

/// How long another program may take to make a whole index.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What is known of a file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tables {
    /// The hashes of the first and of the last record.
    pub(crate) first: Option<String>,
    pub(crate) last: Option<String>,
    /// Up to where it was read.
    pub(crate) end: u64,
    /// Records in this file.
    pub(crate) count: u64,
    pub(crate) standing: Standing,
    pub(crate) first_second: i64,
    pub(crate) last_second: i64,
    /// The newest entry of each event, then of each contract.
    slots: Vec<u64>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            first: None,
            last: None,
            end: 0,
            count: 0,
            standing: Standing::default(),
            first_second: 0,
            last_second: 0,
            slots: vec![0; SLOTS],
        }
    }
}

impl Tables {
    pub(crate) fn of_event(&self, slot: u32) -> u64 {
        self.slots[slot as usize]
    }

    pub(crate) fn of_contract(&self, slot: u32) -> u64 {
        self.slots[(EVENT_SLOTS + slot) as usize]
    }

    /// Puts a newer entry in the place of the newest, which it returns.
    pub(crate) fn replace_event(&mut self, slot: u32, number: u64) -> u64 {
        std::mem::replace(&mut self.slots[slot as usize], number)
    }

    /// Likewise.
    pub(crate) fn replace_contract(&mut self, slot: u32, number: u64) -> u64 {
        std::mem::replace(&mut self.slots[(EVENT_SLOTS + slot) as usize], number)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(LENGTH);
        body.extend_from_slice(&MAGIC);
        for hash in [&self.first, &self.last] {
            let hash = hash.as_deref().unwrap_or_default();
            let mut bytes = HEXLOWER.decode(hash.as_bytes()).unwrap_or_default();
            bytes.resize(32, 0);
            body.extend_from_slice(&bytes);
        }
        body.extend_from_slice(&self.standing.digest);
        let numbers = [
            self.end,
            self.count,
            self.standing.records,
            self.first_second.cast_unsigned(),
            self.last_second.cast_unsigned(),
        ];
        for number in numbers.iter().chain(&self.slots) {
            body.extend_from_slice(&number.to_le_bytes());
        }
        let mut bytes = Sha256::digest(&body).to_vec();
        bytes.append(&mut body);
        bytes
    }

    /// Nothing where they were not written as a whole.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (checksum, body) = bytes.split_at_checked(32)?;
        if Sha256::digest(body).as_slice() != checksum {
            return None;
        }
        let (magic, rest) = body.split_at_checked(MAGIC.len())?;
        let (hashes, numbers) = rest.split_at_checked(32 * 3)?;
        let mut numbers = numbers.chunks_exact(8).map(|bytes| {
            let mut number = [0; 8];
            number.copy_from_slice(bytes);
            u64::from_le_bytes(number)
        });
        let hash = |place: usize| {
            let bytes = &hashes[place * 32..place * 32 + 32];
            Some(HEXLOWER.encode(bytes)).filter(|_| bytes.iter().any(|byte| *byte != 0))
        };
        let mut digest = [0; 32];
        digest.copy_from_slice(&hashes[64..96]);
        let tables = Self {
            first: hash(0),
            last: hash(1),
            end: numbers.next()?,
            count: numbers.next()?,
            standing: Standing {
                records: numbers.next()?,
                digest,
            },
            first_second: numbers.next()?.cast_signed(),
            last_second: numbers.next()?.cast_signed(),
            slots: numbers.collect(),
        };
        (magic == MAGIC && tables.slots.len() == SLOTS).then_some(tables)
    }
}

/// Where an index is kept.
pub(crate) enum Storage {
    /// In a file, which several programs extend.
    Shared(File),
    /// In memory, where there is no place for a file.
    Own(Vec<u8>),
}

/// A hold on a shared index.
pub(crate) struct Shared(Option<File>);

impl Storage {
    pub(crate) fn open(path: &Path) -> Self {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600);
        match options.truncate(false).open(path) {
            Ok(file) => Self::Shared(file),
            Err(error) => {
                tracing::debug!(%error, "the index of the audit log is kept in memory");
                Self::Own(Vec::new())
            }
        }
    }

    /// A hold on it that outlives changes to it.
    pub(crate) fn share(&self) -> io::Result<Shared> {
        Ok(Shared(match self {
            Self::Shared(file) => Some(file.try_clone()?),
            Self::Own(_) => None,
        }))
    }

    pub(crate) fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        match self {
            Self::Shared(file) => file.read_exact_at(bytes, offset),
            Self::Own(kept) => {
                let begin = usize::try_from(offset).unwrap_or(usize::MAX);
                let kept = kept.get(begin..).and_then(|kept| kept.get(..bytes.len()));
                let kept = kept.ok_or(io::ErrorKind::UnexpectedEof)?;
                bytes.copy_from_slice(kept);
                Ok(())
            }
        }
    }

    pub(crate) fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let written = match self {
            Self::Shared(file) => file.write_all_at(bytes, offset),
            Self::Own(_) => Ok(()),
        };
        if let Err(error) = written {
            tracing::debug!(%error, "the index of the audit log is kept in memory");
            let Self::Shared(file) = self else {
                return Ok(());
            };
            let mut kept = vec![0; usize::try_from(offset).unwrap_or(0)];
            file.read_exact_at(&mut kept, 0)?;
            *self = Self::Own(kept);
        }
        if let Self::Own(kept) = self {
            let begin = usize::try_from(offset).unwrap_or(usize::MAX);
            kept.resize(kept.len().max(begin + bytes.len()), 0);
            kept[begin..begin + bytes.len()].copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Keeps the tables, after the entries that they count.
    pub(crate) fn save(&self, tables: &Tables) {
        if let Self::Shared(file) = self {
            // Otherwise a power failure could leave tables of entries that are not there.
            let kept = file
                .sync_data()
                .and_then(|()| file.write_all_at(&tables.to_bytes(), 0));
            if let Err(error) = kept {
                tracing::debug!(%error, "the index of the audit log could not be kept");
            }
        }
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> io::Result<Option<Lock<'_>>> {
        self.0
            .as_ref()
            .map(|file| Lock::exclusive_within(file, LONGEST_WAIT))
            .transpose()
    }

    /// The tables, as whoever extended the index last has left them; blank ones where there are none.
    /// Nothing where the index is one's own, or nobody extended it beyond `known`.
    pub(crate) fn load(&self, known: &Tables) -> io::Result<Option<Tables>> {
        let Some(file) = &self.0 else {
            return Ok(None);
        };
        let mut bytes = vec![0; LENGTH];
        let kept = match file.read_exact_at(&mut bytes, 0) {
            Ok(()) => Tables::from_bytes(&bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => return Err(error),
        };
        Ok(match kept {
            Some(kept) => Some(kept),
            // What could not be kept is known all the same.
            None if known.count > 0 => None,
            None => Some(Tables::default()),
        })
    }
}
