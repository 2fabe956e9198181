//! How many requests were refused, of which kinds: some are to be written down, the others counted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{ContractNumber, Network, Timestamp};

/// How long is counted before the counts are written.
pub(super) const WINDOW: Duration = Duration::from_secs(60);

/// How many are written one by one within [`WINDOW`]: for each reason, address and person, and in
/// all.
const WRITTEN_FOR_EACH: u32 = 5;
const WRITTEN_IN_ALL: u32 = 60;

/// How many reasons, addresses and people are told apart within [`WINDOW`]. What goes beyond is
/// counted by its reason alone.
const TOLD_APART: usize = 256;

/// What is counted together.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) reason: &'static str,
    pub(super) source: Option<Network>,
    /// As the audit log names them, and of which contract.
    pub(super) actor: Option<(String, Option<ContractNumber>)>,
}

#[derive(Default)]
struct Count {
    written: u32,
    counted: u64,
}

/// What was refused since `begun`.
struct Window {
    begun: Timestamp,
    written: u32,
    kinds: HashMap<Kind, Count>,
}

/// Counts refused requests.
#[derive(Default)]
pub(super) struct Denials(Mutex<Option<Window>>);

/// What is to be done about one.
pub(super) enum Noted {
    Write,
    /// It is counted; the first of its window.
    FirstCounted,
    Counted,
}

/// Some that were counted.
pub(super) struct Summary {
    pub(super) kind: Kind,
    pub(super) count: u64,
    pub(super) since: Timestamp,
}

impl Denials {
    fn windows(&self) -> MutexGuard<'_, Option<Window>> {
        // Counts are good whatever happened to whoever held them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one in. Tells what is to be done about it, and what was counted in a window that has
    /// ended.
    pub(super) fn note(&self, kind: Kind, now: Timestamp) -> (Noted, Vec<Summary>) {
        let mut windows = self.windows();
        let over = |window: &Window| now >= window.begun.plus(WINDOW) || now < window.begun;
        let ended = if windows.as_ref().is_some_and(over) {
            windows.take()
        } else {
            None
        };
        let window = windows.get_or_insert_with(|| Window {
            begun: now,
            written: 0,
            kinds: HashMap::new(),
        });
        let told_apart = window.kinds.len() < TOLD_APART || window.kinds.contains_key(&kind);
        let kind = if told_apart {
            kind
        } else {
            Kind {
                reason: kind.reason,
                source: None,
                actor: None,
            }
        };
        let first = window.kinds.values().all(|count| count.counted == 0);
        let count = window.kinds.entry(kind).or_default();
        let noted = if count.written < WRITTEN_FOR_EACH && window.written < WRITTEN_IN_ALL {
            count.written += 1;
            window.written += 1;
            Noted::Write
        } else {
            count.counted += 1;
            if first {
                Noted::FirstCounted
            } else {
                Noted::Counted
            }
        };
        (noted, ended.map(summaries).unwrap_or_default())
    }

    /// What was counted and not told yet.
    pub(super) fn take(&self) -> Vec<Summary> {
        let ended = self.windows().take();
        ended.map(summaries).unwrap_or_default()
    }
}

fn summaries(window: Window) -> Vec<Summary> {
    let since = window.begun;
    let counts = window.kinds.into_iter();
    counts
        .filter(|(_, count)| count.counted > 0)
        .map(|(kind, count)| Summary {
            kind,
            count: count.counted,
            since,
        })
        .collect()
}
