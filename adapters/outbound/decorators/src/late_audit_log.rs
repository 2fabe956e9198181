//! An audit log that remembers: that it could not be written, and what it still has to write.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::time::{sleep, timeout};
use warifu_core::domain::AuditRecord;
use warifu_core::ports::{
    AuditLineStore, AuditLog, AuditPage, AuditQuery, AuditQueryError, Unavailable,
};

/// The most records that wait to be written late. Nothing is evaluated while a log takes none, so
/// only what was in flight when it failed waits here.
const MOST_WAITING: usize = 10_000;

/// How many are written at a time.
const WRITTEN_AT_ONCE: usize = 256;

/// How long after a failure the log is tried again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long the end of a program waits for what is to be written late.
const LAST_TRY: Duration = Duration::from_secs(3);

/// The member of `detail` that says that a record was written late.
const LATE: &str = "late";

/// Around any audit log: from a write that failed until a durable one has succeeded,
/// [`takes_records`](AuditLog::takes_records) refuses at once. Records of what had happened by then
/// ([`is_written_late`](warifu_core::domain::AuditEvent::is_written_late)) are kept in memory and
/// written as soon as the log works again, in order, before anything else and with `late` in
/// `detail`. Who appended them was refused all the same.
///
/// Use it on the Tokio runtime that it appends on.
pub struct LateAuditLog(Arc<Shared>);

struct Shared {
    log: Arc<dyn AuditLog>,
    state: Mutex<State>,
    /// Held while what waits is written, so that it is written once and in order.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// Why the last write failed, until one succeeds.
    failed: Option<Unavailable>,
    waiting: VecDeque<AuditRecord>,
    /// What found no place to wait.
    lost: usize,
}

impl LateAuditLog {
    /// Around `log`.
    pub fn new(log: Arc<dyn AuditLog>) -> Self {
        Self(Arc::new(Shared {
            log,
            state: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }))
    }

    /// Keeps what is to be written late, and begins to try again unless that is under way.
    fn fail(&self, unavailable: &Unavailable, records: Vec<AuditRecord>) {
        let mut state = self.0.state.lock();
        state.keep(records);
        if state.failed.is_none() {
            tracing::error!(%unavailable, "nothing is evaluated until the audit log can be written");
            state.failed = Some(unavailable.clone());
            // It ends with the log, or with the failure.
            tokio::spawn(try_again(Arc::downgrade(&self.0)));
        }
    }
}

impl State {
    fn keep(&mut self, records: Vec<AuditRecord>) {
        for mut record in records {
            if !record.event.is_written_late() {
                continue;
            }
            if self.waiting.len() >= MOST_WAITING {
                self.lost += 1;
                tracing::error!(event = %record.event, "too much waits for the audit log: a record is lost");
                continue;
            }
            record.detail.insert(LATE.to_owned(), "true".to_owned());
            self.waiting.push_back(record);
        }
    }
}

impl Shared {
    /// Writes what waits, or else makes sure that the log can be written. Afterwards it takes
    /// records again.
    async fn recover(&self) -> Result<(), Unavailable> {
        let _writing = self.writing.lock().await;
        let mut written = 0;
        loop {
            let next: Vec<AuditRecord> = {
                let waiting = &self.state.lock().waiting;
                waiting.iter().take(WRITTEN_AT_ONCE).cloned().collect()
            };
            let count = next.len();
            if count == 0 && written == 0 {
                self.log.check().await?;
            } else if count > 0 {
                self.log.append(next).await?;
            }
            written += count;
            let mut state = self.state.lock();
            state.waiting.drain(..count);
            // In one step: whoever appends finds either the failure or the log.
            if state.waiting.is_empty() {
                if state.failed.take().is_some() {
                    tracing::warn!(late = written, "the audit log can be written again");
                }
                return Ok(());
            }
        }
    }
}

/// Tries again until the log can be written, or nobody has it any more.
async fn try_again(shared: Weak<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        sleep(pause).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        if shared.recover().await.is_ok() {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[async_trait]
impl AuditLog for LateAuditLog {
    async fn append(&self, records: Vec<AuditRecord>) -> Result<(), Unavailable> {
        let failed = {
            let mut state = self.0.state.lock();
            let failed = state.failed.clone();
            if failed.is_some() {
                state.keep(records.clone());
            }
            failed
        };
        if let Some(unavailable) = failed {
            return Err(unavailable);
        }
        let appended = self.0.log.append(records.clone()).await;
        if let Err(unavailable) = &appended {
            self.fail(unavailable, records);
        }
        appended
    }

    async fn takes_records(&self) -> Result<(), Unavailable> {
        if let Some(unavailable) = self.0.state.lock().failed.clone() {
            return Err(unavailable);
        }
        self.0.log.takes_records().await
    }

    async fn close(&self) -> usize {
        if self.0.state.lock().failed.is_some() {
            // What cannot be written is counted below.
            let _ = timeout(LAST_TRY, self.0.recover()).await;
        }
        let unwritten = {
            let state = self.0.state.lock();
            state.waiting.len() + state.lost
        };
        if unwritten > 0 {
            tracing::error!(
                records = unwritten,
                "records could not be written to the audit log and are lost"
            );
        }
        unwritten + self.0.log.close().await
    }

    async fn query(&self, query: &AuditQuery) -> Result<AuditPage, AuditQueryError> {
        self.0.log.query(query).await
    }

    fn can_be_read(&self) -> bool {
        self.0.log.can_be_read()
    }

    fn lines(&self) -> Option<Arc<dyn AuditLineStore>> {
        self.0.log.lines()
    }

    async fn check(&self) -> Result<(), Unavailable> {
        if self.0.state.lock().failed.is_some() {
            self.0.recover().await
        } else {
            self.0.log.check().await
        }
    }
}
