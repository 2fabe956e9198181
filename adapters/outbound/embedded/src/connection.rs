use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};
use warifu_core::domain::{StoreEpoch, StoreIdentity};
use warifu_core::ports::Randomness;
use zeroize::Zeroizing;

use crate::failure::{Failure, OpenError, describe, is_busy};
use crate::file::StoreFile;
use crate::identity;
use crate::keys::{Keys, SECRET_BYTES};
use crate::schema::{APPLICATION_ID, VERSIONS, current};

/// How long to wait for another process that is writing. Below the callers' deadline.
const WAIT_FOR_OTHERS: Duration = Duration::from_millis(1200);

/// How long to wait between two tries. The engine's own pauses grow to a tenth of a second, and the
/// process that waits longest would come last.
const PAUSE: Duration = Duration::from_millis(2);

/// Bytes that the write-ahead log may keep once its contents are in the file.
const LARGEST_IDLE_LOG: i64 = 16 * 1024 * 1024;

/// Opening is for one thread of a process at a time: closing the new, empty file would drop the
/// locks that another thread may hold on it by then.
static OPENING: Mutex<()> = Mutex::new(());

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Finds or makes the store and its keys. Everything that can be wrong with the file is found here.
pub(crate) fn open_store(
    path: &Path,
    randomness: &dyn Randomness,
    adopt: Option<&[StoreEpoch]>,
) -> Result<(StoreFile, Keys, StoreIdentity), OpenError> {
    let _one_at_a_time = OPENING.lock();
    let file = StoreFile::find_or_make(path)?;
    let failed = |error: rusqlite::Error| refusal(file.path(), &error);
    let mut connection = connect(&file).map_err(failed)?;
    refuse_strangers(&file, &connection)?;
    use_write_ahead_log(&file, &connection)?;
    bring_up_to_date(&mut connection, randomness).map_err(failed)?;
    refuse_changed_schema(&file, &connection)?;
    refuse_damage(&file, &connection)?;
    let secret: Option<Vec<u8>> = connection
        .query_row(
            "SELECT value FROM secrets WHERE name = 'index'",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(failed)?;
    let secret = Zeroizing::new(secret.unwrap_or_default());
    let keys = Keys::new(&secret).ok_or_else(|| OpenError::Damaged {
        path: file.path().to_owned(),
        reason: "the secret of its keys is missing".to_owned(),
    })?;
    let identity = identity::settle(&mut connection, randomness, adopt).map_err(failed)?;
    let identity = identity.ok_or_else(|| OpenError::Damaged {
        path: file.path().to_owned(),
        reason: "its name cannot be read".to_owned(),
    })?;
    Ok((file, keys, identity))
}

/// The version of the store in a file; nothing where there is none yet. Makes and changes nothing.
pub(crate) fn version_of(path: &Path) -> Result<Option<i64>, OpenError> {
    let Some(file) = StoreFile::find(path)? else {
        return Ok(None);
    };
    let failed = |error: rusqlite::Error| refusal(file.path(), &error);
    let connection = connect(&file).map_err(failed)?;
    refuse_strangers(&file, &connection)?;
    let (_, version, _) = header(&connection).map_err(failed)?;
    Ok((version > 0).then_some(version))
}

/// A connection to a store that [`open_store`] has found good.
pub(crate) fn open_connection(file: &StoreFile, access: Access) -> Result<Connection, Failure> {
    file.is_in_place()?;
    let connection = connect(file)?;
    if header(&connection)? != (APPLICATION_ID, current(), true) {
        return Err(Failure::Replaced);
    }
    connection.pragma_update(None, "query_only", access == Access::Read)?;
    Ok(connection)
}

fn connect(file: &StoreFile) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file.path(), flags)?;
    let mut waiting_since = None;
    connection.busy_handler(Some(move |tries| {
        let since: Instant = match (tries, waiting_since) {
            (1.., Some(since)) => since,
            _ => *waiting_since.insert(Instant::now()),
        };
        std::thread::sleep(PAUSE);
        since.elapsed() < WAIT_FOR_OTHERS
    }))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "journal_size_limit", LARGEST_IDLE_LOG)?;
    Ok(connection)
}

/// What the header says: application, version, and whether there is any table.
fn header(connection: &Connection) -> rusqlite::Result<(i64, i64, bool)> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok((
        number("application_id")?,
        number("user_version")?,
        tables > 0,
    ))
}

/// Refuses what is no store, before anything of it is changed. An empty file is one to be made.
fn refuse_strangers(file: &StoreFile, connection: &Connection) -> Result<(), OpenError> {
    let path = file.path();
    match header(connection).map_err(|error| refusal(path, &error))? {
        (0, 0, false) => Ok(()),
        (APPLICATION_ID, found, _) if found > current() => Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: current(),
        }),
        (APPLICATION_ID, 1.., true) => Ok(()),
        _ => Err(OpenError::NotAStore(path.to_owned())),
    }
}

/// A write-ahead log lets readers and a writer of several processes work at once. Switching to it
/// does not wait for others by itself.
fn use_write_ahead_log(file: &StoreFile, connection: &Connection) -> Result<(), OpenError> {
    let begin = Instant::now();
    loop {
        let mode: rusqlite::Result<String> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => {
                return Err(OpenError::Unusable {
                    path: file.path().to_owned(),
                    reason: "its file system does not let processes share memory; put it on a \
                             local disk"
                        .to_owned(),
                });
            }
            Err(error) if is_busy(&error) && begin.elapsed() < WAIT_FOR_OTHERS => {
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(refusal(file.path(), &error)),
        }
    }
}

/// Makes the schema, or leads it from an earlier version to the current one.
fn bring_up_to_date(
    connection: &mut Connection,
    randomness: &dyn Randomness,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Looked at again: another process may have made the schema meanwhile.
    let (_, version, _) = header(&transaction)?;
    let missing = VERSIONS.get(usize::try_from(version).unwrap_or(0)..);
    for step in missing.unwrap_or_default() {
        transaction.execute_batch(step)?;
    }
    if version == 0 {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        randomness.fill(secret.as_mut());
        transaction.execute(
            "INSERT INTO secrets (name, value) VALUES ('index', ?1)",
            [secret.as_slice()],
        )?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    if version < current() {
        transaction.pragma_update(None, "user_version", current())?;
    }
    transaction.commit()
}

/// A file can claim to be a store and hold other tables, or triggers that change what is written.
fn refuse_changed_schema(file: &StoreFile, connection: &Connection) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| refusal(file.path(), &error);
    let model = Connection::open_in_memory().map_err(failed)?;
    for step in VERSIONS {
        model.execute_batch(step).map_err(failed)?;
    }
    if schema(connection).map_err(failed)? == schema(&model).map_err(failed)? {
        return Ok(());
    }
    Err(OpenError::Damaged {
        path: file.path().to_owned(),
        reason: "its tables are not those of a store".to_owned(),
    })
}

fn schema(connection: &Connection) -> rusqlite::Result<Vec<(String, String, Option<String>)>> {
    connection
        .prepare(
            "SELECT type, name, sql FROM sqlite_schema \
             WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

/// Reads the whole file once and looks whether its pages hang together.
fn refuse_damage(file: &StoreFile, connection: &Connection) -> Result<(), OpenError> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| refusal(file.path(), &error))?;
    if found == "ok" {
        return Ok(());
    }
    Err(OpenError::Damaged {
        path: file.path().to_owned(),
        reason: found.replace('\n', " "),
    })
}

fn refusal(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotAStore(path),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged {
            path,
            reason: error.to_string(),
        },
        _ => OpenError::Unusable {
            path,
            reason: describe(error),
        },
    }
}
