use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use warifu_core::domain::Timestamp;
use warifu_core::ports::{Clock, StoreFact};

use crate::state::{
    AttemptBook, Claims, LastSteps, PaperBook, Register, RetrievalBook, Sessions, Windows,
};

/// Every store port, in memory. One lock a port, held for one step and never across an await:
/// the steps are map look-ups, thousands of times cheaper than the password hash beside them.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    pub(crate) attempts: Mutex<AttemptBook>,
    pub(crate) retrieval_passwords: Mutex<RetrievalBook>,
    pub(crate) sessions: Mutex<Sessions>,
    pub(crate) claims: Mutex<Claims>,
    pub(crate) quotas: Mutex<Windows>,
    pub(crate) otp_steps: Mutex<LastSteps>,
    pub(crate) register: Mutex<Register>,
    pub(crate) paper_requests: Mutex<PaperBook>,
    pub(crate) facts: Mutex<HashMap<StoreFact, String>>,
}

impl MemoryStore {
    /// An empty store. `randomness` gives the key that spreads unknown names over their counters.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            attempts: Mutex::new(AttemptBook::default()),
            retrieval_passwords: Mutex::default(),
            sessions: Mutex::default(),
            claims: Mutex::default(),
            quotas: Mutex::default(),
            otp_steps: Mutex::default(),
            register: Mutex::default(),
            paper_requests: Mutex::default(),
            facts: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
