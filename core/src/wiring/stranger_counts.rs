//! The strangers of a server, and how often they were seen spraying.

use std::num::NonZeroU32;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{SprayPolicy, StrangerNames};
use crate::ports::Randomness;

/// How often spraying was recognised since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SprayCounts {
    /// Many names from one network.
    pub from_network: u64,
    /// Many names of one contract.
    pub in_contract: u64,
    /// A sender that may try no further names.
    pub out_of_names: u64,
}

/// The strangers of this server.
pub(super) struct Strangers {
    names: Mutex<StrangerNames>,
    pub(super) max_failures: NonZeroU32,
    pub(super) from_network: AtomicU64,
    pub(super) in_contract: AtomicU64,
    pub(super) out_of_names: AtomicU64,
}

impl Strangers {
    pub(super) fn new(policy: SprayPolicy, randomness: &dyn Randomness) -> Self {
        Self {
            names: Mutex::new(StrangerNames::new(policy, randomness)),
            max_failures: policy.max_failures,
            from_network: AtomicU64::new(0),
            in_contract: AtomicU64::new(0),
            out_of_names: AtomicU64::new(0),
        }
    }

    pub(super) fn names(&self) -> MutexGuard<'_, StrangerNames> {
        // No step leaves the names half changed in a way that matters.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
