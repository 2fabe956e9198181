//! Where a log stands, as the process that signs it has read it itself: not as an index says, which
//! others could have written.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use crate::family::{self, Reading};
use crate::line::hash_at_end;
use crate::standing::Standing;

/// Where the file that is written was read up to, and how the log stands there.
pub(crate) struct Counted {
    end: u64,
    standing: Standing,
}

impl Counted {
    pub(crate) const fn new(end: u64, standing: Standing) -> Self {
        Self { end, standing }
    }

    /// Before the first line of a file, as far as it says itself where it stands.
    pub(crate) fn at_beginning(file: &File) -> io::Result<Self> {
        let begin = family::beginning(file)?;
        let standing = begin.map(|begin| begin.standing).unwrap_or_default();
        Ok(Self::new(0, standing))
    }

    /// Reads on, to `end`, which a line ends at.
    pub(crate) fn read(&mut self, file: &File, end: u64) -> io::Result<Standing> {
        let mut reader = BufReader::with_capacity(1 << 16, Reading(file, self.end));
        let mut line = Vec::new();
        while self.end < end {
            line.clear();
            reader.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                break;
            }
            self.end += line.len() as u64;
            if let Some(hash) = hash_at_end(&line) {
                self.standing.add(hash);
            }
        }
        Ok(self.standing)
    }

    /// Goes on with the file that follows, after what is left of the one before.
    pub(crate) fn follow(&mut self, before: &File, next: &File) -> io::Result<()> {
        self.read(before, before.metadata()?.len())?;
        let begin = family::beginning(next)?;
        if begin.is_some_and(|begin| begin.standing == self.standing) {
            self.end = 0;
            Ok(())
        } else {
            Err(io::Error::other("the file does not follow the one before"))
        }
    }
}
