//! The same lines to the standard output, where another program collects them.

use std::io::{self, Write};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::task::spawn_blocking;
use warifu_core::domain::AuditRecord;
use warifu_core::ports::{
    AuditLog, AuditPage, AuditQuery, AuditQueryError, Randomness, Unavailable,
};

use crate::PORT;
use crate::line::Chain;

/// An audit log that another program collects from the standard output. It cannot be queried, and
/// a record is as durable as that program makes it.
#[derive(Clone)]
pub struct StdoutAuditLog {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    output: Box<dyn Write + Send>,
    chain: Chain,
    randomness: Arc<dyn Randomness>,
}

impl StdoutAuditLog {
    /// Writes to the standard output. The chain's name comes from `randomness`.
    pub fn new(randomness: Arc<dyn Randomness>) -> Self {
        Self::to(Box::new(io::stdout()), randomness)
    }

    pub(crate) fn to(output: Box<dyn Write + Send>, randomness: Arc<dyn Randomness>) -> Self {
        let chain = Chain::begin(randomness.as_ref());
        Self {
            inner: Arc::new(Mutex::new(Inner {
                output,
                chain,
                randomness,
            })),
        }
    }
}

impl Inner {
    fn append(&mut self, records: &[AuditRecord]) -> io::Result<()> {
        let mut next = self.chain.clone();
        let mut lines = String::new();
        for record in records {
            lines.push_str(&next.append(record)?);
        }
        let written = self
            .output
            .write_all(lines.as_bytes())
            .and_then(|()| self.output.flush());
        // What went out of a failed write is not known: its numbers must not come again.
        self.chain = if written.is_ok() {
            next
        } else {
            Chain::begin(self.randomness.as_ref())
        };
        written
    }
}

#[async_trait]
impl AuditLog for StdoutAuditLog {
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        let inner = Arc::clone(&self.inner);
        let written = spawn_blocking(move || inner.lock().append(&records)).await;
        written
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| {
                Unavailable::new(
                    PORT,
                    format!("the standard output cannot be written: {error}"),
                )
            })
    }

    async fn query(&self, _query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        let reason = "records on the standard output are kept elsewhere and cannot be read here";
        Err(Unavailable::new(PORT, reason).into())
    }

    fn can_be_read(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.append(Vec::new()).await
    }
}
