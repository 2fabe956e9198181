use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{AuditEvent, ContractNumber};

/// Lines of one chain, to be kept together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLines {
    /// The chain, random for each process.
    pub chain: String,
    /// The number of the first line in that chain; chains begin with 1.
    pub first: u64,
    /// The lines, in order.
    pub lines: Vec<AuditLine>,
}

/// One line, with what it is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// What is kept, to the letter: a text without a line feed.
    pub text: String,
    /// The contract that it is about.
    pub contract: Option<ContractNumber>,
    /// What it is about.
    pub event: AuditEvent,
}

/// What became of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// They are kept, durably.
    Kept,
    /// They are not kept, because lines of the chain before them are missing: the store has lost
    /// what it had acknowledged.
    Behind {
        /// The last line of the chain that it has; 0 where it has none.
        last: u64,
    },
}

/// The place of a line among all lines. What was appended later has a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinePosition(u128);

impl LinePosition {
    /// The place with this number.
    pub const fn new(number: u128) -> Self {
        Self(number)
    }

    /// Its number, of which only the order means something.
    pub const fn number(self) -> u128 {
        self.0
    }
}

/// A line as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLine {
    /// Where it is.
    pub place: LinePosition,
    /// What was appended.
    pub text: String,
}

/// Which lines to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinesOf {
    /// All of them.
    Everything,
    /// Those about a contract.
    Contract(ContractNumber),
    /// Those about an event.
    Event(AuditEvent),
}

/// Where several processes keep the lines of one audit log.
///
/// # Promises
/// - When `append` answers [`Appended::Kept`], all of the lines are durable, next to one another
///   and in order, as the lines that follow `first - 1` in their chain.
/// - `append` is idempotent: lines of a chain that are there already are kept once.
/// - Lines that do not follow the last one of their chain are [`Appended::Behind`] and leave
///   nothing behind.
/// - Every reader sees the same lines in the same places, and a place never changes.
/// - A line is found by all of [`LinesOf`] that it belongs to, and by no other contract or event.
#[async_trait]
pub trait AuditLineStore: Send + Sync {
    /// Keeps lines, durably. Without any, asks whether the chain still has those before `first`.
    async fn append(&self, lines: &AuditLines) -> Result<Appended, Unavailable>;

    /// At most `limit` lines before a place, newest first; the newest of all without one. Fewer than
    /// `limit` only at the beginning.
    async fn before(
        &self,
        of: &LinesOf,
        place: Option<LinePosition>,
        limit: usize,
    ) -> Result<Vec<KeptLine>, Unavailable>;

    /// At most `limit` of all lines after a place, oldest first; the oldest without one. Fewer than
    /// `limit` only at the end.
    async fn after(
        &self,
        place: Option<LinePosition>,
        limit: usize,
    ) -> Result<Vec<KeptLine>, Unavailable>;

    /// Whether lines can be appended.
    async fn check(&self) -> Result<(), Unavailable>;
}
