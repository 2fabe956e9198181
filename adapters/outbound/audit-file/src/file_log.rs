use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use warifu_core::domain::AuditRecord;
use warifu_core::ports::{
    AuditLog, AuditPage, AuditQuery, AuditQueryError, Randomness, Unavailable,
};

use crate::PORT;
use crate::file;
use crate::index::Index;
use crate::writer::{Request, Writer};

/// The log could not be opened.
#[derive(Debug, Error)]
#[error("the audit log {} could not be opened", path.display())]
pub struct OpenError {
    /// Where it should be.
    pub path: PathBuf,
    /// Why it failed.
    pub source: io::Error,
}

/// A log to read from, as far as it is written at this moment: what others append meanwhile is left
/// out, and nothing half-written is in it.
pub fn open_to_read(path: &Path) -> io::Result<io::Take<std::fs::File>> {
    let log = std::fs::File::open(path)?;
    let length = {
        let _lock = file::Lock::shared(&log)?;
        log.metadata()?.len()
    };
    Ok(io::Read::take(log, length))
}

/// An audit log in a file.
pub struct FileAuditLog {
    /// None only while it is being dropped.
    requests: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
    index: Arc<Mutex<Index>>,
}

impl FileAuditLog {
    /// Opens the log, making it where it is not there yet: readable by its owner only. The chain's
    /// name comes from `randomness`.
    pub fn open(path: &Path, randomness: Arc<dyn Randomness>) -> Result<Self, OpenError> {
        let failed = |source| OpenError {
            path: path.to_owned(),
            source,
        };
        let to_write = file::open(path).map_err(failed)?;
        let to_read = file::open(path).map_err(failed)?;
        let writer = Writer::new(path.to_owned(), to_write, randomness);
        let (requests, waiting) = mpsc::channel();
        let writer = thread::Builder::new()
            .name("audit-log".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(failed)?;
        let index = Arc::new(Mutex::new(Index::new(path.to_owned(), to_read)));
        Ok(Self {
            requests: Some(requests),
            writer: Some(writer),
            index,
        })
    }

    async fn request(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        let ended = || Unavailable::new(PORT, "the thread that writes the audit log has ended");
        let (done, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(ended)?;
        requests
            .send(Request { records, done })
            .map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

impl Drop for FileAuditLog {
    fn drop(&mut self) {
        // Without anybody to ask it, the thread ends after what it is writing.
        self.requests = None;
        if let Some(writer) = self.writer.take() {
            // It has nothing to say; if it panicked, that was reported when it did.
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl AuditLog for FileAuditLog {
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        self.request(records).await
    }

    async fn query(&self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        let (index, query) = (Arc::clone(&self.index), query.clone());
        let answer = spawn_blocking(move || index.lock().query(&query)).await;
        answer.unwrap_or_else(|error| Err(Unavailable::new(PORT, error.to_string()).into()))
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.request(Vec::new()).await
    }
}
