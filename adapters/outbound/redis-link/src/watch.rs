//! What was seen of the servers while they are used.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use parking_lot::RwLock;
use redis::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::address::Address;
use crate::failure::Failure;

/// A server that was last looked at longer ago is looked at before it is asked.
const GOOD_FOR: Duration = Duration::from_millis(1200);

/// What is wrong with a server: for operators, with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It must not be used as long as it is so.
    Present(String),
    /// It has lost something. That does not end by itself, and every program must know of it.
    Loss(String),
}

/// Judges servers by what they tell about themselves.
pub trait Inspector: Send + Sync {
    /// Judges by the lines of `INFO`. Called about twice a second for each primary.
    fn inspect(&self, address: &Address, info: &str) -> Result<(), Fault>;
}

/// What was seen of a server, and when the look began.
struct Seen {
    at: Instant,
    fault: Option<String>,
}

/// What was seen of all servers.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) inspector: OnceLock<Box<dyn Inspector>>,
    seen: RwLock<HashMap<Address, Seen>>,
    /// Whoever finds a look too old looks for all who wait.
    pub(crate) looking: Mutex<()>,
}

impl Watch {
    /// What is wrong with any server: then none of them is used.
    pub(crate) fn fault(&self) -> Option<String> {
        let seen = self.seen.read();
        seen.values().find_map(|seen| seen.fault.clone())
    }

    pub(crate) fn is_recent(&self, address: &Address) -> bool {
        let seen = self.seen.read();
        seen.get(address)
            .is_some_and(|seen| seen.at.elapsed() < GOOD_FOR)
    }

    /// Notes what a look found that began at `at`.
    pub(crate) fn note(&self, address: &Address, at: Instant, fault: Option<String>) {
        let mut all = self.seen.write();
        let known = all.get(address).and_then(|seen| seen.fault.clone());
        match (&known, &fault) {
            (None, Some(reason)) => tracing::error!(%reason, "the store is not used any more"),
            (Some(_), None) => tracing::info!(%address, "the store is well again"),
            _ => {}
        }
        all.insert(address.clone(), Seen { at, fault });
    }

    /// Forgets servers that hold nothing any more.
    pub(crate) fn keep(&self, primaries: &[(Address, u16)]) {
        let serves = |address: &Address| primaries.iter().any(|(known, _)| known == address);
        self.seen.write().retain(|address, _| serves(address));
    }
}

/// What a server answers to `INFO`.
pub(crate) fn text_of(answer: Value, address: &Address) -> Result<String, Failure> {
    match answer {
        Value::VerbatimString { text, .. } => Ok(text),
        other => redis::from_redis_value(other)
            .map_err(|error| Failure::Refused(format!("{address} answers to INFO: {error}"))),
    }
}
