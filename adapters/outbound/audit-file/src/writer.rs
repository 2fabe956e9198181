//! The one thread of a process that writes: whatever waits when it is free is written together
//! and made durable once.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::oneshot;
use warifu_core::domain::{AuditRecord, Timestamp};
use warifu_core::ports::Unavailable;

use crate::PORT;
use crate::log_writer::LogWriter;
use crate::rotation::Rotated;

/// The most that is written together.
const LARGEST_BATCH: usize = 4096;

/// How long the thread waits at most before it looks whether something is due.
const TICK: Duration = Duration::from_secs(1);

/// Records that one caller waits for. None at all: whether it could be written.
pub(crate) struct Request {
    pub(crate) records: Vec<AuditRecord>,
    pub(crate) done: oneshot::Sender<Result<(), Unavailable>>,
}

/// What the thread is asked to do.
pub(crate) enum Task {
    Write(Request),
    /// To begin a new file at this time.
    Rotate(
        Timestamp,
        oneshot::Sender<Result<Option<Rotated>, Unavailable>>,
    ),
    /// To write what is to be written before the program ends.
    Close(oneshot::Sender<()>),
}

fn unavailable(error: &std::io::Error) -> Unavailable {
    tracing::error!(%error, "the audit log cannot be written");
    Unavailable::new(PORT, format!("the audit log cannot be written: {error}"))
}

/// Writes until nobody can ask any more.
pub(crate) fn run(mut log: LogWriter, tasks: &mpsc::Receiver<Task>) {
    loop {
        let mut next = match tasks.recv_timeout(TICK) {
            Ok(task) => Some(task),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        while let Some(task) = next.take() {
            next = match task {
                Task::Write(first) => write(&mut log, first, tasks),
                Task::Rotate(time, done) => {
                    let _ = done.send(log.rotate(time).map_err(|error| unavailable(&error)));
                    None
                }
                Task::Close(done) => {
                    log.close();
                    let _ = done.send(());
                    None
                }
            };
        }
        log.tidy();
    }
    log.close();
}

/// Writes what waits. What is of another kind ends the batch and comes next.
fn write(log: &mut LogWriter, first: Request, tasks: &mpsc::Receiver<Task>) -> Option<Task> {
    let mut size = first.records.len();
    let mut batch = vec![first];
    let mut next = None;
    while size < LARGEST_BATCH
        && let Ok(task) = tasks.try_recv()
    {
        match task {
            Task::Write(request) => {
                size += request.records.len();
                batch.push(request);
            }
            other => {
                next = Some(other);
                break;
            }
        }
    }
    let records: Vec<&AuditRecord> = batch.iter().flat_map(|request| &request.records).collect();
    let outcome = if records.is_empty() {
        log.probe()
    } else {
        log.append(&records)
    };
    let outcome = outcome.map_err(|error| unavailable(&error));
    for request in batch {
        // The caller may have gone away; the records stay.
        let _ = request.done.send(outcome.clone());
    }
    next
}
