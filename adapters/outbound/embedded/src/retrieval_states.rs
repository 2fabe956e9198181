//! The rows that a user's retrieval password is kept in.

use std::num::NonZeroU32;
use std::time::Duration;

use rusqlite::OptionalExtension;
use warifu_core::domain::attempts::{AttemptPolicy, LaneLimits, LockDuration};
use warifu_core::domain::retrieval_record::{Reissue, RetrievalState};
use warifu_core::domain::{Timestamp, UserId};

use crate::failure::Failure;
use crate::keys::Key;
use crate::states::decode;
use crate::step::Step;

pub(crate) const TABLE: &str = "retrieval_passwords";

/// For looking at ends, where no bank's limits are at hand: every lock is one, and none is added.
pub(crate) const CAUTIOUS: AttemptPolicy = AttemptPolicy {
    lane: LaneLimits {
        longest_lock: None,
        day: None,
    },
    max_failures: NonZeroU32::MAX,
    lock: LockDuration::UntilUnlocked,
    lease: Duration::ZERO,
};

pub(crate) fn load(step: &Step<'_>, subject: &Key) -> Result<Option<RetrievalState>, Failure> {
    let state: Option<Vec<u8>> = step
        .connection
        .prepare_cached("SELECT state FROM retrieval_passwords WHERE subject = ?1")?
        .query_row([subject], |row| row.get(0))
        .optional()?;
    state.map(|state| decode(TABLE, &state)).transpose()
}

/// When the first of a user's reissues ends or ended; nothing where there is none.
pub(crate) fn first_end(reissues: &[Reissue]) -> Option<Timestamp> {
    reissues.iter().map(|reissue| reissue.expires_at).min()
}

pub(crate) fn parse_user(text: &str) -> Result<UserId, Failure> {
    text.parse().map_err(|_| Failure::Record(TABLE))
}

/// Forgets a user's state with all that leads to it.
pub(crate) fn delete(step: &Step<'_>, subject: &Key) -> Result<(), Failure> {
    forget_reissues(step, subject)?;
    let sql = "DELETE FROM retrieval_passwords WHERE subject = ?1";
    step.connection.prepare_cached(sql)?.execute([subject])?;
    Ok(())
}

pub(crate) fn forget_reissues(step: &Step<'_>, subject: &Key) -> Result<(), Failure> {
    let sql = "DELETE FROM reissues WHERE subject = ?1";
    step.connection.prepare_cached(sql)?.execute([subject])?;
    Ok(())
}
