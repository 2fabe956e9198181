//! The one thread of a process that writes: whatever waits when it is free is written together
//! and made durable once.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use tokio::sync::oneshot;
use warifu_core::domain::AuditRecord;
use warifu_core::ports::{Randomness, Unavailable};

use crate::PORT;
use crate::file::{self, Lock};
use crate::line::Chain;

/// The most that is written together.
const LARGEST_BATCH: usize = 4096;

/// Records that one caller waits for. None at all: whether it can be written, which is tried.
pub(crate) struct Request {
    pub(crate) records: Vec<AuditRecord>,
    pub(crate) done: oneshot::Sender<Result<(), Unavailable>>,
}

pub(crate) struct Writer {
    path: PathBuf,
    file: File,
    chain: Chain,
    randomness: Arc<dyn Randomness>,
}

impl Writer {
    pub(crate) fn new(path: PathBuf, file: File, randomness: Arc<dyn Randomness>) -> Self {
        let chain = Chain::begin(randomness.as_ref());
        Self {
            path,
            file,
            chain,
            randomness,
        }
    }

    /// Writes until nobody can ask any more.
    pub(crate) fn run(mut self, requests: &mpsc::Receiver<Request>) {
        while let Ok(first) = requests.recv() {
            let mut size = first.records.len();
            let mut batch = vec![first];
            while size < LARGEST_BATCH
                && let Ok(request) = requests.try_recv()
            {
                size += request.records.len();
                batch.push(request);
            }
            let outcome = self.write(&batch).map_err(|error| {
                tracing::error!(%error, "the audit log cannot be written");
                Unavailable::new(PORT, format!("the audit log cannot be written: {error}"))
            });
            for request in batch {
                // The caller may have gone away; the records stay.
                let _ = request.done.send(outcome.clone());
            }
        }
    }

    fn write(&mut self, batch: &[Request]) -> io::Result<()> {
        if !file::is_at(&self.file, &self.path) {
            self.file = file::open(&self.path)?;
            if !self.chain.is_new() {
                // A chain is whole within one file.
                self.chain = Chain::begin(self.randomness.as_ref());
            }
        }
        let _lock = Lock::exclusive(&self.file)?;
        if batch.iter().any(|request| request.records.is_empty()) {
            file::probe(&self.file)?;
        }
        let records = batch.iter().flat_map(|request| &request.records);
        file::append(
            &self.file,
            &mut self.chain,
            self.randomness.as_ref(),
            records,
        )
    }
}
