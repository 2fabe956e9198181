//! The requests of one HTTP/2 connection take turns with all other connections as one: whoever opens
//! a hundred streams does not stand in the line a hundred times.

use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::rt::Executor;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Takes the work of a connection, for the [`Turns`] that it came with.
#[derive(Clone)]
pub(super) struct Line(UnboundedSender<Work>);

/// The work of a connection, which goes on while it is waited for.
pub(super) struct Turns {
    coming: UnboundedReceiver<Work>,
    running: FuturesUnordered<Work>,
}

/// For a connection without work.
pub(super) fn line() -> (Line, Turns) {
    let (sender, coming) = mpsc::unbounded_channel();
    let running = FuturesUnordered::new();
    (Line(sender), Turns { coming, running })
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Line {
    fn execute(&self, work: F) {
        // Nobody waits for the work of a connection that has ended.
        let _ = self.0.send(Box::pin(work));
    }
}

impl Turns {
    /// Ready when a piece of work is done: it is another connection's turn.
    pub(super) async fn one(&mut self) {
        loop {
            tokio::select! {
                biased;
                Some(work) = self.coming.recv() => self.running.push(work),
                Some(()) = self.running.next() => return,
                // Nothing is left to be done.
                else => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_turn_ends_with_each_piece_of_work_that_is_done() {
        let (line, mut turns) = line();
        let done = Arc::new(AtomicUsize::new(0));
        for _ in 0..3 {
            let done = Arc::clone(&done);
            line.execute(async move {
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        line.execute(std::future::pending());
        for count in 1..=3 {
            assert!(turns.one().now_or_never().is_some());
            assert_eq!(done.load(Ordering::Relaxed), count);
        }
        assert!(turns.one().now_or_never().is_none());
    }
}
