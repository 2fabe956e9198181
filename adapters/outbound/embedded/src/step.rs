use std::time::Duration;

use rusqlite::Connection;
use warifu_core::domain::Timestamp;

use crate::keys::Keys;

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It survives the machine.
    Machine,
    /// It survives the process; a machine that loses power may forget it.
    Process,
}

/// What a step works with.
pub(crate) struct Step<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) now: Timestamp,
    pub(crate) keys: &'a Keys,
    pub(crate) keep_for: Duration,
}
