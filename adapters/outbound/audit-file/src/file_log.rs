//! An audit log in files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use warifu_core::domain::{AuditRecord, Timestamp};
use warifu_core::ports::{
    AuditLog, AuditPage, AuditQuery, AuditQueryError, Randomness, Unavailable,
};

use crate::PORT;
use crate::history::History;
use crate::log_writer::{LogOptions, LogWriter};
use crate::opening;
use crate::rotation::Rotated;
use crate::watch::Watch;
use crate::writer::{self, Request, Task};

/// The log could not be opened.
#[derive(Debug, Error)]
#[error("the audit log {} could not be opened: {source}", path.display())]
pub struct OpenError {
    /// Where it should be.
    pub path: PathBuf,
    /// Why it failed.
    pub source: io::Error,
}

/// An audit log in a file, and in those that were before it.
pub struct FileAuditLog {
    /// None only while it is being dropped.
    tasks: Option<mpsc::Sender<Task>>,
    writer: Option<JoinHandle<()>>,
    watch: Arc<Watch>,
    history: Arc<Mutex<History>>,
}

impl FileAuditLog {
    /// Opens the log, making it where it is not there yet: readable by its owner only. The chain's
    /// name comes from `randomness`.
    pub fn open(path: &Path, randomness: Arc<dyn Randomness>) -> Result<Self, OpenError> {
        Self::open_with(path, randomness, LogOptions::default())
    }

    /// As [`Self::open`]. A log that has lost what it held is refused, unless that is accepted.
    pub fn open_with(
        path: &Path,
        randomness: Arc<dyn Randomness>,
        options: LogOptions,
    ) -> Result<Self, OpenError> {
        let failed = |source| OpenError {
            path: path.to_owned(),
            source,
        };
        let accepted_at = options.accept_loss;
        let opened = opening::open(path, accepted_at.is_some()).map_err(failed)?;
        let (watch, history) = (opened.watch, opened.history);
        let seen = (Arc::clone(&watch), Arc::clone(&history));
        let place = (path.to_owned(), opened.file);
        let mut log = LogWriter::new(place, randomness, options, seen).map_err(failed)?;
        if let (Some(loss), Some(now)) = (opened.loss, accepted_at) {
            log.write_loss(&loss, now).map_err(failed)?;
        }
        let (tasks, waiting) = mpsc::channel();
        let writer = thread::Builder::new()
            .name("audit-log".to_owned())
            .spawn(move || writer::run(log, &waiting))
            .map_err(failed)?;
        Ok(Self {
            tasks: Some(tasks),
            writer: Some(writer),
            watch,
            history,
        })
    }

    /// Closes the file and begins a new one, which links to it; nothing where it holds nothing. Other
    /// programs that write to it go on with the new one.
    pub async fn rotate(&self, now: Timestamp) -> Result<Option<Rotated>, Unavailable> {
        self.ask(|done| Task::Rotate(now, done)).await?
    }

    async fn request(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        self.ask(|done| Task::Write(Request { records, done }))
            .await?
    }

    async fn ask<T>(
        &self,
        task: impl FnOnce(oneshot::Sender<T>) -> Task,
    ) -> Result<T, Unavailable> {
        let ended = || Unavailable::new(PORT, "the thread that writes the audit log has ended");
        let (done, answer) = oneshot::channel();
        let tasks = self.tasks.as_ref().ok_or_else(ended)?;
        tasks.send(task(done)).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())
    }
}

impl Drop for FileAuditLog {
    fn drop(&mut self) {
        // Without anybody to ask it, the thread ends after what it is writing.
        self.tasks = None;
        if let Some(writer) = self.writer.take() {
            // It has nothing to say; if it panicked, that was reported when it did.
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl AuditLog for FileAuditLog {
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        if records.is_empty() {
            return Ok(());
        }
        self.request(records).await
    }

    async fn takes_records(&self) -> Result<(), Unavailable> {
        if self.watch.is_untouched() {
            return Ok(());
        }
        // Somebody may have closed the file and begun the next.
        self.request(Vec::new()).await
    }

    async fn close(&self) -> usize {
        if let Err(unavailable) = self.ask(Task::Close).await {
            tracing::warn!(%unavailable, "the audit log was not closed");
        }
        0
    }

    async fn query(&self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        let (history, query) = (Arc::clone(&self.history), query.clone());
        let answer = spawn_blocking(move || history.lock().query(&query)).await;
        answer.unwrap_or_else(|error| Err(Unavailable::new(PORT, error.to_string()).into()))
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.request(Vec::new()).await
    }
}
