use std::sync::Arc;

use warifu_core::domain::StoreIdentity;
use warifu_core::ports::{Clock, Randomness, Unavailable};

use crate::connection::{Access, open_connection, open_store};
use crate::failure::{Failure, OpenError};
use crate::queue::{Queue, Workplace};
use crate::settings::EmbeddedSettings;
use crate::step::{Durability, Step};

/// How much a probe writes: more than any step does, so that a disk with room for a probe has room
/// for a step.
const PROBE_BYTES: i64 = 16 * 1024;

/// Every store port, in one file. Dropped, it finishes what it has begun and closes the file.
pub struct EmbeddedStore {
    writer: Queue,
    reader: Queue,
    identity: StoreIdentity,
}

impl EmbeddedStore {
    /// Opens the store, and makes it where there is none. `randomness` gives a new store the secret
    /// that its keys are made with.
    pub fn open(
        settings: &EmbeddedSettings,
        clock: Arc<dyn Clock>,
        randomness: &dyn Randomness,
    ) -> Result<Self, OpenError> {
        let (file, keys, identity) =
            open_store(&settings.path, randomness, settings.adopt.as_deref())?;
        let workplace = Workplace {
            file,
            keys,
            clock,
            keep_for: settings.keep_for,
        };
        // Opened now, so that reading goes on when the disk is full later.
        let start = |access| {
            let connection = open_connection(&workplace.file, access).map_err(|failure| {
                OpenError::Unusable {
                    path: settings.path.clone(),
                    reason: failure.to_string(),
                }
            })?;
            Queue::start(
                workplace.clone(),
                access,
                connection,
                settings.answer_within,
            )
            .map_err(OpenError::NoThread)
        };
        Ok(Self {
            writer: start(Access::Write)?,
            reader: start(Access::Read)?,
            identity,
        })
    }

    /// Which store this is. What a server notes in its audit log, to refuse another one later.
    pub fn identity(&self) -> &StoreIdentity {
        &self.identity
    }

    /// Has something written, durably.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Step<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.writer.ask(Durability::Machine, step).await
    }

    /// Has something written that a machine without power may forget.
    pub(crate) async fn write_lightly<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Step<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.writer.ask(Durability::Process, step).await
    }

    /// Has something read, beside whatever is being written.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Step<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.reader.ask(Durability::Process, step).await
    }

    /// Whether the file can be read, and written, durably: a full disk still reads, and one that
    /// fails takes what it does not keep.
    pub(crate) async fn probe(&self) -> Result<(), Unavailable> {
        self.read(|step| {
            let sql = "SELECT count(*) FROM probes";
            let mut statement = step.connection.prepare_cached(sql)?;
            Ok(statement.query_row([], |_| Ok(()))?)
        })
        .await?;
        self.write(|step| {
            let sql = "INSERT INTO probes (id, at, load) VALUES (1, ?1, zeroblob(?2)) \
                       ON CONFLICT (id) DO UPDATE SET at = excluded.at, load = excluded.load";
            let mut statement = step.connection.prepare_cached(sql)?;
            statement.execute([step.now.as_unix_millis(), PROBE_BYTES])?;
            Ok(())
        })
        .await
    }
}
