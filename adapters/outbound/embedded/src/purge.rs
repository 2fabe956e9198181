use std::time::Duration;

use rusqlite::{Row, params};
use warifu_core::domain::Timestamp;
use warifu_core::domain::retrieval_record::{Reissue, RetrievalState};

use crate::failure::Failure;
use crate::keys::Key;
use crate::retrieval_states::{CAUTIOUS, delete, first_end, load, parse_user};
use crate::states::encode;
use crate::step::Step;

/// How many records of a table one step clears away at most, so that nobody waits long for it.
const BATCH: u16 = 200;

/// Sessions, claims and quotas are kept so much longer than they last. A clock that jumps ahead for
/// a while, and back, then forgets nothing that still counts.
const GRACE: Duration = Duration::from_hours(1);

/// Where there was nothing to forget in a record, as it is locked, it is looked at again so much
/// later.
const LOOK_AGAIN_AFTER: Duration = Duration::from_hours(24);

/// How far a step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purged {
    /// There may be more.
    Some,
    /// Nothing that has ended is left.
    All,
}

/// Clears away some of what has ended. Locks until unlocked, last steps and certificates never end.
pub(crate) fn some(step: &Step<'_>) -> Result<Purged, Failure> {
    let mut most = 0;
    for sql in [
        "DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        "DELETE FROM claims WHERE key IN \
         (SELECT key FROM claims WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        "DELETE FROM counters WHERE key IN \
         (SELECT key FROM counters WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2)",
        "DELETE FROM known_browsers WHERE subject IN \
         (SELECT subject FROM known_browsers WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2)",
        "DELETE FROM quota_windows WHERE key IN \
         (SELECT key FROM quota_windows WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
    ] {
        let ended = step.now.minus(GRACE).as_unix_millis();
        let mut statement = step.connection.prepare_cached(sql)?;
        most = most.max(statement.execute(params![ended, BATCH])?);
    }
    most = most.max(retrieval_passwords(step)?);
    Ok(if most < usize::from(BATCH) {
        Purged::All
    } else {
        Purged::Some
    })
}

fn retrieval_passwords(step: &Step<'_>) -> Result<usize, Failure> {
    let ended = step.now.minus(step.keep_for);
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let due: Vec<(Key, String)> = step
        .connection
        .prepare_cached(
            "SELECT subject, user FROM retrieval_passwords \
             WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2",
        )?
        .query_map(params![ended.as_unix_millis(), BATCH], columns)?
        .collect::<Result<_, _>>()?;
    for (subject, user) in &due {
        match forget(step, subject, user) {
            // A damaged record is left as it is: the others are still to be purged.
            Err(Failure::Record(_)) => postpone(step, subject, ended.plus(LOOK_AGAIN_AFTER))?,
            forgotten => forgotten?,
        }
    }
    Ok(due.len())
}

fn forget(step: &Step<'_>, subject: &Key, user: &str) -> Result<(), Failure> {
    let Some(mut state) = load(step, subject)? else {
        return Ok(());
    };
    if state.purge(&CAUTIOUS, step.now, step.keep_for) {
        return delete(step, subject);
    }
    let left = state.reissues(&parse_user(user)?, &CAUTIOUS, step.now);
    forget_others(step, subject, &left)?;
    let next_look = step.now.minus(step.keep_for).plus(LOOK_AGAIN_AFTER);
    save(
        step,
        subject,
        &state,
        first_end(&left).map(|end| end.max(next_look)),
    )
}

/// Of a user's reissues in the index, forgets all that are not `left`.
fn forget_others(step: &Step<'_>, subject: &Key, left: &[Reissue]) -> Result<(), Failure> {
    let ids: Vec<[u8; 16]> = step
        .connection
        .prepare_cached("SELECT id FROM reissues WHERE subject = ?1")?
        .query_map([subject], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut delete = step
        .connection
        .prepare_cached("DELETE FROM reissues WHERE subject = ?1 AND id = ?2")?;
    for id in ids {
        if !left.iter().any(|reissue| *reissue.id.as_bytes() == id) {
            delete.execute(params![subject, id])?;
        }
    }
    Ok(())
}

fn save(
    step: &Step<'_>,
    subject: &Key,
    state: &RetrievalState,
    ends_at: Option<Timestamp>,
) -> Result<(), Failure> {
    let sql = "UPDATE retrieval_passwords SET state = ?2, ends_at = ?3 WHERE subject = ?1";
    let ends_at = ends_at.map(Timestamp::as_unix_millis);
    let state = encode("retrieval_passwords", state)?;
    let mut statement = step.connection.prepare_cached(sql)?;
    statement.execute(params![subject, state, ends_at])?;
    Ok(())
}

fn postpone(step: &Step<'_>, subject: &Key, ends_at: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE retrieval_passwords SET ends_at = ?2 WHERE subject = ?1";
    let mut statement = step.connection.prepare_cached(sql)?;
    statement.execute(params![subject, ends_at.as_unix_millis()])?;
    Ok(())
}
