//! Checkpoints of a log over a store of lines: signed by each server, over the lines of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use warifu_core::domain::{AuditEvent, AuditRecord, Timestamp};
use warifu_core::ports::{AuditLineStore, LinePosition, LinesOf, Randomness, Unavailable};

use crate::line::{Line, hash_at_end};
use crate::mark::{Checkpoints, Mark, Marking};
use crate::standing::Standing;

/// How many lines are read at a time.
const READ_AT_ONCE: usize = 256;

/// How often it is looked whether something is due.
pub(crate) const TICK: Duration = Duration::from_secs(1);

/// The member of `detail` that names the last line that a checkpoint covers.
const THROUGH: &str = "through";

/// What was written since the last checkpoint of this process, and when.
#[derive(Default)]
pub(crate) struct Unsigned {
    records: AtomicU64,
    last: Mutex<Option<(Timestamp, Instant)>>,
}

impl Unsigned {
    pub(crate) fn add(&self, records: usize, last: Option<Timestamp>) {
        self.records.fetch_add(records as u64, Ordering::Relaxed);
        if let Some(time) = last {
            *self.last.lock() = Some((time, Instant::now()));
        }
    }

    fn now(&self) -> Option<Timestamp> {
        let last = *self.last.lock();
        last.map(|(time, then)| time.plus(then.elapsed()))
    }
}

/// Makes checkpoints.
pub(crate) struct Signer {
    lines: Arc<dyn AuditLineStore>,
    checkpoints: Checkpoints,
    randomness: Arc<dyn Randomness>,
    unsigned: Arc<Unsigned>,
    signed_at: Instant,
    standing: Standing,
    through: Option<(LinePosition, String)>,
}

impl Signer {
    pub(crate) fn new(
        lines: Arc<dyn AuditLineStore>,
        checkpoints: Checkpoints,
        randomness: Arc<dyn Randomness>,
        unsigned: Arc<Unsigned>,
    ) -> Self {
        Self {
            lines,
            checkpoints,
            randomness,
            unsigned,
            signed_at: Instant::now(),
            standing: Standing::default(),
            through: None,
        }
    }

    /// The checkpoint to be written now, where one is due, or where `last` is set and anything was
    /// written since the one before.
    pub(crate) async fn due(&mut self, last: bool) -> Result<Option<AuditRecord>, Unavailable> {
        let written = self.unsigned.records.load(Ordering::Relaxed);
        let due = last
            || written >= self.checkpoints.records
            || self.signed_at.elapsed() >= self.checkpoints.interval;
        let (true, true, Some(now)) = (written > 0, due, self.unsigned.now()) else {
            return Ok(None);
        };
        self.signed_at = Instant::now();
        self.read_on().await?;
        self.unsigned.records.fetch_sub(written, Ordering::Relaxed);
        let marking = Marking {
            key: Some(&self.checkpoints.key),
            randomness: self.randomness.as_ref(),
            time: now,
        };
        let mut checkpoint = marking.checkpoint(&self.standing);
        if let Some((through, _)) = &self.through {
            let place = format!("{:032x}", through.number());
            checkpoint.detail.insert(THROUGH.to_owned(), place);
        }
        Ok(Some(checkpoint))
    }

    /// Reads what came in since the last time.
    async fn read_on(&mut self) -> Result<(), Unavailable> {
        let still_there = match &self.through {
            Some((place, hash)) => self.hash_at(*place).await?.as_ref() == Some(hash),
            None => false,
        };
        if !still_there {
            // The first time, or the store has lost its last lines.
            self.begin().await?;
        }
        loop {
            let place = self.through.as_ref().map(|(place, _)| *place);
            let lines = self.lines.after(place, READ_AT_ONCE).await?;
            let count = lines.len();
            for line in lines {
                if let Some(hash) = hash_of(&line.text) {
                    self.standing.add(&hash);
                    self.through = Some((line.place, hash));
                }
            }
            if count < READ_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// Begins where the newest checkpoint that this key signed ends, or at the beginning.
    async fn begin(&mut self) -> Result<(), Unavailable> {
        (self.standing, self.through) = (Standing::default(), None);
        let mut before = None;
        let of = LinesOf::Event(AuditEvent::Checkpoint);
        loop {
            let found = self.lines.before(&of, before, 1).await?;
            let Some(newest) = found.first() else {
                return Ok(());
            };
            before = Some(newest.place);
            let Some(line) = Line::read(newest.text.as_bytes()) else {
                continue;
            };
            let place = line.detail(THROUGH);
            let place = place.and_then(|place| u128::from_str_radix(place, 16).ok());
            let (Some(mark), Some(place)) = (Mark::read(&line), place.map(LinePosition::new))
            else {
                continue;
            };
            let ours = mark.check(line.time_text(), &self.checkpoints.key.public());
            if ours != Ok(true) {
                continue;
            }
            if let Some(hash) = self.hash_at(place).await? {
                (self.standing, self.through) = (mark.standing, Some((place, hash)));
                return Ok(());
            }
        }
    }

    /// The hash of the line at a place, where there is one.
    async fn hash_at(&self, place: LinePosition) -> Result<Option<String>, Unavailable> {
        let after = place.number().checked_add(1).map(LinePosition::new);
        let found = self.lines.before(&LinesOf::Everything, after, 1).await?;
        let found = found.first().filter(|line| line.place == place);
        Ok(found.and_then(|line| hash_of(&line.text)))
    }
}

fn hash_of(text: &str) -> Option<String> {
    let line = format!("{text}\n");
    hash_at_end(line.as_bytes()).map(str::to_owned)
}
