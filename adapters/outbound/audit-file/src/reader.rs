//! The lines of a store as one text, as a file has them.

use std::io::{self, Read};
use std::sync::Arc;

use tokio::runtime::Handle;
use warifu_core::ports::{AuditLineStore, LinePosition, LinesOf, Unavailable};

/// How many lines are fetched at a time.
const BATCH: usize = 256;

/// All lines of a store, as far as they were there when it was opened, each with its line feed. Read
/// it where a thread may wait: on one that runs asynchronous work, this panics.
pub struct LinesReader {
    lines: Arc<dyn AuditLineStore>,
    runtime: Handle,
    after: Option<LinePosition>,
    /// Nothing where there are no lines.
    last: Option<LinePosition>,
    text: Vec<u8>,
    given: usize,
}

impl LinesReader {
    /// Begins with the first line. Call it on a Tokio runtime that outlives the reader.
    pub async fn open(lines: Arc<dyn AuditLineStore>) -> Result<Self, Unavailable> {
        let newest = lines.before(&LinesOf::Everything, None, 1).await?;
        Ok(Self {
            lines,
            runtime: Handle::current(),
            after: None,
            last: newest.first().map(|line| line.place),
            text: Vec::new(),
            given: 0,
        })
    }

    fn fetch(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        if self.last.is_none() || self.after >= self.last {
            return Ok(());
        }
        let fetched = self.runtime.block_on(self.lines.after(self.after, BATCH));
        let fetched = fetched.map_err(io::Error::other)?;
        self.after = match fetched.last() {
            Some(line) => Some(line.place),
            // What was the last line is gone.
            None => self.last,
        };
        for line in fetched {
            if Some(line.place) <= self.last {
                self.text.extend_from_slice(line.text.as_bytes());
                self.text.push(b'\n');
            }
        }
        Ok(())
    }
}

impl Read for LinesReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            self.fetch()?;
        }
        let count = (&self.text[self.given..]).read(out)?;
        self.given += count;
        Ok(count)
    }
}
