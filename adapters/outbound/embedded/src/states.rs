use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use warifu_core::domain::Timestamp;

use crate::failure::Failure;

/// The tables that are nothing but states by key.
#[derive(Clone, Copy)]
pub(crate) enum States {
    Counters,
    KnownBrowsers,
    PasswordHashes,
}

impl States {
    const fn table(self) -> &'static str {
        match self {
            Self::Counters => "counters",
            Self::KnownBrowsers => "known_browsers",
            Self::PasswordHashes => "password_hashes",
        }
    }

    pub(crate) fn load<T: DeserializeOwned>(
        self,
        connection: &Connection,
        key: &[u8],
    ) -> Result<Option<T>, Failure> {
        let sql = match self {
            Self::Counters => "SELECT state FROM counters WHERE key = ?1",
            Self::KnownBrowsers => "SELECT state FROM known_browsers WHERE subject = ?1",
            Self::PasswordHashes => "SELECT state FROM password_hashes WHERE key = ?1",
        };
        let state: Option<Vec<u8>> = connection
            .prepare_cached(sql)?
            .query_row([key], |row| row.get(0))
            .optional()?;
        state.map(|state| decode(self.table(), &state)).transpose()
    }

    /// `ends_at` says when a counter or known browsers hold nothing any more; hashes never end.
    pub(crate) fn save<T: Serialize>(
        self,
        connection: &Connection,
        key: &[u8],
        state: &T,
        ends_at: Option<Timestamp>,
    ) -> Result<(), Failure> {
        let state = encode(self.table(), state)?;
        let ends_at = ends_at.map(Timestamp::as_unix_millis);
        let sql = match self {
            Self::Counters => {
                "INSERT INTO counters (key, state, ends_at) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (key) DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at"
            }
            Self::KnownBrowsers => {
                "INSERT INTO known_browsers (subject, state, ends_at) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (subject) DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at"
            }
            Self::PasswordHashes => {
                "INSERT INTO password_hashes (key, state) VALUES (?1, ?2) \
                 ON CONFLICT (key) DO UPDATE SET state = excluded.state"
            }
        };
        let mut statement = connection.prepare_cached(sql)?;
        match self {
            Self::PasswordHashes => statement.execute(params![key, state])?,
            Self::Counters | Self::KnownBrowsers => {
                statement.execute(params![key, state, ends_at])?
            }
        };
        Ok(())
    }

    pub(crate) fn forget(self, connection: &Connection, key: &[u8]) -> Result<(), Failure> {
        let sql = match self {
            Self::Counters => "DELETE FROM counters WHERE key = ?1",
            Self::KnownBrowsers => "DELETE FROM known_browsers WHERE subject = ?1",
            Self::PasswordHashes => "DELETE FROM password_hashes WHERE key = ?1",
        };
        connection.prepare_cached(sql)?.execute([key])?;
        Ok(())
    }
}

pub(crate) fn decode<T: DeserializeOwned>(table: &'static str, state: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(state).map_err(|_| Failure::Record(table))
}

pub(crate) fn encode<T: Serialize>(table: &'static str, state: &T) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(state).map_err(|_| Failure::Record(table))
}
