use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;
use warifu_core::ports::{Clock, Unavailable};

use crate::connection::{Access, open_connection};
use crate::failure::{Failure, unavailable};
use crate::file::StoreFile;
use crate::keys::Keys;
use crate::purge::{self, Purged};
use crate::step::{Durability, Step};

/// Steps that wait at most; what comes in excess is refused at once.
const LONGEST_QUEUE: usize = 1024;

/// Steps that share one transaction, and so one write to the disk, at most.
const LARGEST_GROUP: usize = 64;

/// How often what has ended is cleared away, and how soon again where some was left.
const PURGE_EVERY: Duration = Duration::from_secs(60);
const PURGE_MORE_AFTER: Duration = Duration::from_millis(100);

/// What a thread needs to work.
#[derive(Clone)]
pub(crate) struct Workplace {
    pub(crate) file: StoreFile,
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keep_for: Duration,
}

/// A thread with a connection of its own, and the steps that wait for it.
///
/// A step must read and decode everything before it writes anything: one that finds a record
/// damaged fails alone, and the others of its transaction are committed.
pub(crate) struct Queue {
    jobs: Option<SyncSender<Box<dyn Job>>>,
    answer_within: Duration,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    /// `connection` is the first; after a failure the thread makes another one itself.
    pub(crate) fn start(
        workplace: Workplace,
        access: Access,
        connection: Connection,
        answer_within: Duration,
    ) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(LONGEST_QUEUE);
        let worker = Worker {
            workplace,
            access,
            connection: Some(connection),
        };
        let name = match access {
            Access::Read => "store-reader",
            Access::Write => "store-writer",
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || worker.work(&waiting))?;
        Ok(Self {
            jobs: Some(jobs),
            answer_within,
            thread: Some(thread),
        })
    }

    /// Has `step` done. The answer comes after the commit.
    pub(crate) async fn ask<T, F>(&self, durability: Durability, step: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&Step<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Asked {
            durability,
            step: Some(step),
            result: None,
            reply,
        };
        let queue = self.jobs.as_ref().ok_or_else(stopped)?;
        queue.try_send(Box::new(job)).map_err(|_| {
            unavailable("too many steps wait for the file; the disk is too slow for the load")
        })?;
        match tokio::time::timeout(self.answer_within, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(stopped()),
            Err(_) => Err(unavailable("the file did not answer in time")),
        }
    }
}

fn stopped() -> Unavailable {
    unavailable("the thread that works on the file has ended; restart the server")
}

impl Drop for Queue {
    /// Finishes what waits and closes the file, so that whoever comes next finds it at rest.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a thread of the embedded store ended badly");
        }
    }
}

trait Job: Send {
    fn durability(&self) -> Durability;
    /// Whether somebody still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Does the step. An error undoes the whole group.
    fn run(&mut self, step: &Step<'_>) -> Result<(), Failure>;
    /// Answers, once it is known whether the group was committed.
    fn answer(self: Box<Self>, committed: Result<(), Unavailable>);
}

struct Asked<T, F> {
    durability: Durability,
    step: Option<F>,
    result: Option<Result<T, Unavailable>>,
    reply: oneshot::Sender<Result<T, Unavailable>>,
}

impl<T, F> Job for Asked<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Step<'_>) -> Result<T, Failure> + Send + 'static,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run(&mut self, step: &Step<'_>) -> Result<(), Failure> {
        let Some(ask) = self.step.take() else {
            return Ok(());
        };
        self.result = Some(match ask(step) {
            Ok(value) => Ok(value),
            Err(failure @ Failure::Record(_)) => Err(failure.to_unavailable()),
            Err(failure) => return Err(failure),
        });
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), Unavailable>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(stopped()),
            (Err(error), _) => Err(error),
        };
        // Whoever does not wait any more needs no answer.
        drop(self.reply.send(result));
    }
}

struct Worker {
    workplace: Workplace,
    access: Access,
    connection: Option<Connection>,
}

impl Worker {
    fn work(mut self, jobs: &Receiver<Box<dyn Job>>) {
        let mut next_purge = Instant::now() + PURGE_EVERY;
        loop {
            let until_purge = next_purge.saturating_duration_since(Instant::now());
            match jobs.recv_timeout(until_purge) {
                Ok(first) => {
                    let others = jobs.try_iter().take(LARGEST_GROUP - 1);
                    let group = std::iter::once(first).chain(others);
                    self.serve(group.filter(|job| job.is_wanted()).collect());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if next_purge <= Instant::now() {
                next_purge = Instant::now() + self.purge();
            }
        }
    }

    /// Clears away some of what has ended. Tells after how long to go on.
    fn purge(&mut self) -> Duration {
        if self.access == Access::Read {
            return PURGE_EVERY;
        }
        let mut purged = Purged::All;
        let outcome = self.guarded(Durability::Process, &mut |step| {
            purged = purge::some(step)?;
            Ok(())
        });
        match (outcome, purged) {
            (Ok(()), Purged::Some) => PURGE_MORE_AFTER,
            _ => PURGE_EVERY,
        }
    }

    /// Does the jobs of a group in one transaction and answers them.
    fn serve(&mut self, mut group: Vec<Box<dyn Job>>) {
        let durability = if group
            .iter()
            .any(|job| job.durability() == Durability::Machine)
        {
            Durability::Machine
        } else {
            Durability::Process
        };
        let outcome = self.guarded(durability, &mut |step| {
            group.iter_mut().try_for_each(|job| job.run(step))
        });
        for job in group {
            job.answer(outcome.clone());
        }
    }

    /// Runs `steps` in a transaction. After a failure the next one gets a new connection, so that
    /// the store recovers as soon as its cause is gone.
    fn guarded(
        &mut self,
        durability: Durability,
        steps: &mut dyn FnMut(&Step<'_>) -> Result<(), Failure>,
    ) -> Result<(), Unavailable> {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.transact(durability, steps)));
        let (failure, spoilt) = match outcome {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failure)) => (failure.to_unavailable(), failure.spoils_connection()),
            Err(_) => (unavailable("a step on the file broke off"), true),
        };
        if spoilt {
            self.connection = None;
            tracing::error!("{failure}; the file is opened anew");
        }
        Err(failure)
    }

    fn transact(
        &mut self,
        durability: Durability,
        steps: &mut dyn FnMut(&Step<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Workplace {
            file,
            keys,
            clock,
            keep_for,
        } = &self.workplace;
        let connection = match &mut self.connection {
            Some(connection) => {
                file.is_in_place()?;
                connection
            }
            none => none.insert(open_connection(file, self.access)?),
        };
        let behavior = match self.access {
            Access::Read => TransactionBehavior::Deferred,
            Access::Write => {
                let synchronous = match durability {
                    Durability::Machine => "PRAGMA synchronous = FULL",
                    Durability::Process => "PRAGMA synchronous = NORMAL",
                };
                connection.prepare_cached(synchronous)?.execute([])?;
                TransactionBehavior::Immediate
            }
        };
        let transaction = connection.transaction_with_behavior(behavior)?;
        // The time is read once the file is ours, so that it follows the order of the commits.
        steps(&Step {
            connection: &transaction,
            now: clock.now(),
            keys,
            keep_for: *keep_for,
        })?;
        transaction.commit()?;
        Ok(())
    }
}
