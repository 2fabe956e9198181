//! Ctrl-C: what may have happened is said, whenever it comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::failure::{Failure, exit};
use crate::terminal::Terminal;

/// How far the program has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Nothing that counts was done: it can end at once.
    Nothing,
    /// It has asked for something that may be carried out whether or not it waits for the answer.
    Something,
    /// It does many things and finishes what it has begun; the second Ctrl-C ends it at once.
    Many,
}

/// Watches for Ctrl-C and SIGTERM.
#[derive(Clone)]
pub struct Interrupts(Arc<State>);

struct State {
    terminal: Terminal,
    doing: AtomicU8,
    stopping: Notify,
}

impl Interrupts {
    /// Begins to watch. Within a Tokio runtime.
    pub fn watch(terminal: Terminal) -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::unexpected(format!("signals cannot be received: {error}"))
            })
        };
        let mut signals = (
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
        );
        let state = Arc::new(State {
            terminal,
            doing: AtomicU8::new(Doing::Nothing as u8),
            stopping: Notify::new(),
        });
        let watching = Arc::clone(&state);
        tokio::spawn(async move {
            either(&mut signals).await;
            if watching.doing.load(Ordering::SeqCst) == Doing::Many as u8 {
                Terminal::write("\n");
                watching
                    .terminal
                    .caution(&watching.terminal.text("terminal-stopping", &[]));
                watching.stopping.notify_one();
                either(&mut signals).await;
            }
            let said = if watching.doing.load(Ordering::SeqCst) == Doing::Nothing as u8 {
                "terminal-interrupted-before"
            } else {
                "terminal-interrupted-after"
            };
            Terminal::write("\n");
            watching.terminal.fail(&Failure::new(
                exit::INTERRUPTED,
                watching.terminal.text(said, &[]),
            ));
            std::process::exit(exit::INTERRUPTED.into());
        });
        Ok(Self(state))
    }

    /// From now on the program does this.
    pub fn now(&self, doing: Doing) {
        self.0.doing.store(doing as u8, Ordering::SeqCst);
    }

    /// Ready when the program should begin nothing new. Only while it does many things.
    pub async fn asked_to_stop(&self) {
        self.0.stopping.notified().await;
    }
}

async fn either(signals: &mut (Signal, Signal)) {
    tokio::select! {
        _ = signals.0.recv() => {}
        _ = signals.1.recv() => {}
    }
}
