//! The queue before the hashing threads.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::memory::Memory;

/// What a job came to: its result, or the panic that its sender should have seen.
pub(crate) type Answer<T> = Result<T, Box<dyn Any + Send>>;

/// One hash to make or check.
pub(crate) trait Job: Send {
    /// Nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Does it and answers. Does not panic.
    fn run(self: Box<Self>, memory: &mut Memory);
}

pub(crate) struct Task<W, T> {
    work: W,
    reply: oneshot::Sender<Answer<T>>,
}

impl<W, T> Task<W, T>
where
    W: FnOnce(&mut Memory) -> T + Send + 'static,
    T: Send + 'static,
{
    pub(crate) fn new(work: W) -> (Box<Self>, oneshot::Receiver<Answer<T>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { work, reply }), answer)
    }
}

impl<W, T> Job for Task<W, T>
where
    W: FnOnce(&mut Memory) -> T + Send + 'static,
    T: Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>, memory: &mut Memory) {
        let Self { work, reply } = *self;
        // Unwind safety: the memory holds no invariant; every hash overwrites all that it reads.
        let answer = catch_unwind(AssertUnwindSafe(|| work(memory)));
        // Nobody to tell: the request went away meanwhile.
        let _ = reply.send(answer);
    }
}

/// First come, first served. Holds at most `capacity` jobs whose senders still wait: each of them
/// has a permit, and what was abandoned is thrown out when it takes room.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Box<dyn Job>>,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            capacity,
        }
    }

    pub(crate) fn push(&self, job: Box<dyn Job>) {
        let mut state = self.state.lock();
        if state.jobs.len() >= self.capacity {
            state.jobs.retain(|job| !job.is_abandoned());
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
    }

    /// The next job; waits for one. Nothing once the queue is closed.
    pub(crate) fn next(&self) -> Option<Box<dyn Job>> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            self.changed.wait(&mut state);
        }
    }

    /// Ends the threads after what they are doing.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.jobs.clear();
        drop(state);
        self.changed.notify_all();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.state.lock().jobs.len()
    }
}
