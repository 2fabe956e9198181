use std::collections::{BTreeMap, HashMap};

use warifu_core::domain::retrieval_record::RetrievalState;
use warifu_core::domain::{ContractNumber, Subject, UserId};

/// The smallest number of reissues between two clean-ups.
const FEWEST_WRITES: usize = 64;

/// The retrieval passwords by contract, so that no list can cross one.
pub(crate) struct RetrievalBook {
    pub(crate) contracts: HashMap<ContractNumber, BTreeMap<UserId, RetrievalState>>,
    writes_left: usize,
}

impl Default for RetrievalBook {
    fn default() -> Self {
        Self {
            contracts: HashMap::new(),
            writes_left: FEWEST_WRITES,
        }
    }
}

impl RetrievalBook {
    pub(crate) fn get(&self, contract: &ContractNumber, user: &UserId) -> Option<&RetrievalState> {
        self.contracts.get(contract)?.get(user)
    }

    pub(crate) fn entry(&mut self, subject: &Subject) -> &mut RetrievalState {
        let users = self.contracts.entry(subject.contract.clone()).or_default();
        users.entry(subject.user.clone()).or_default()
    }

    /// Does one step on a user's state, and forgets the state where nothing would be lost by it:
    /// whoever tries names that nobody has fills no memory with them.
    pub(crate) fn step<T>(
        &mut self,
        subject: &Subject,
        step: impl FnOnce(&mut RetrievalState) -> T,
    ) -> T {
        let state = self.entry(subject);
        let result = step(state);
        if *state == RetrievalState::default()
            && let Some(users) = self.contracts.get_mut(&subject.contract)
        {
            users.remove(&subject.user);
            if users.is_empty() {
                self.contracts.remove(&subject.contract);
            }
        }
        result
    }

    /// Drops what ended long ago, once in as many reissues as there are users with one.
    pub(crate) fn clean_up(&mut self, mut purge: impl FnMut(&mut RetrievalState) -> bool) {
        self.writes_left -= 1;
        if self.writes_left > 0 {
            return;
        }
        self.contracts.retain(|_, users| {
            users.retain(|_, state| !purge(state));
            !users.is_empty()
        });
        let users: usize = self.contracts.values().map(BTreeMap::len).sum();
        self.writes_left = users.max(FEWEST_WRITES);
    }
}
