use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The tables that are nothing but states by key.
#[derive(Clone, Copy)]
pub(crate) enum States {
    Counters,
    PasswordHashes,
}

impl States {
    const fn table(self) -> &'static str {
        match self {
            Self::Counters => "counters",
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
            Self::PasswordHashes => "SELECT state FROM password_hashes WHERE key = ?1",
        };
        let state: Option<Vec<u8>> = connection
            .prepare_cached(sql)?
            .query_row([key], |row| row.get(0))
            .optional()?;
        state.map(|state| decode(self.table(), &state)).transpose()
    }

    pub(crate) fn save<T: Serialize>(
        self,
        connection: &Connection,
        key: &[u8],
        state: &T,
    ) -> Result<(), Failure> {
        let sql = match self {
            Self::Counters => {
                "INSERT INTO counters (key, state) VALUES (?1, ?2) \
                 ON CONFLICT (key) DO UPDATE SET state = excluded.state"
            }
            Self::PasswordHashes => {
                "INSERT INTO password_hashes (key, state) VALUES (?1, ?2) \
                 ON CONFLICT (key) DO UPDATE SET state = excluded.state"
            }
        };
        let state = encode(self.table(), state)?;
        connection
            .prepare_cached(sql)?
            .execute(params![key, state])?;
        Ok(())
    }
}

pub(crate) fn decode<T: DeserializeOwned>(table: &'static str, state: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(state).map_err(|_| Failure::Record(table))
}

pub(crate) fn encode<T: Serialize>(table: &'static str, state: &T) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(state).map_err(|_| Failure::Record(table))
}
