//! What servers are asked while they are used: what they were asked at the start, whether they have
//! thrown something away since, and whether they are still those that were asked.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use warifu_redis_link::{Address, Fault, Inspector};

use crate::start_checks::{Demands, Told, judge};

/// How many servers have begun to serve what a store holds since it was opened: started, or promoted.
#[derive(Clone, Default)]
pub(crate) struct Begun(Arc<AtomicU64>);

impl Begun {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Judges servers as the start does, and remembers what they had thrown away before it.
pub(crate) struct Watchman {
    demands: Demands,
    /// How many keys each server had evicted, by its run: the count begins anew with each.
    evicted: Mutex<HashMap<String, u64>>,
    begun: Begun,
}

impl Watchman {
    /// `evicted` tells what had been evicted before the store was opened, by the servers' runs. Runs that
    /// are not in it are counted in `begun`.
    pub(crate) fn new(demands: Demands, evicted: HashMap<String, u64>, begun: Begun) -> Self {
        Self {
            demands,
            evicted: Mutex::new(evicted),
            begun,
        }
    }

    /// How much a run had evicted when it was seen first.
    fn evicted_before(&self, run: String) -> u64 {
        match self.evicted.lock().entry(run) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(run) => {
                self.begun.one_more();
                *run.insert(0)
            }
        }
    }
}

impl Inspector for Watchman {
    fn inspect(&self, address: &Address, info: &str) -> Result<(), Fault> {
        // First, and whatever else is wrong: a policy that is put right again brings nothing back.
        let (run, evicted) = Told(info).evictions();
        let before = self.evicted_before(run);
        if evicted > before {
            return Err(Fault::Loss(format!(
                "{address} has evicted {} keys, which may have been locks and redeemed passwords: \
                 restore its data, or accept the loss with `warifu-admin store adopt` and restart \
                 this program",
                evicted - before
            )));
        }
        judge(address, info, self.demands).map_err(Fault::Present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(run: &str, evicted: u64) -> String {
        format!(
            "redis_version:7.0.15\r\ncluster_enabled:0\r\nrole:master\r\naof_enabled:1\r\n\
             aof_last_write_status:ok\r\nmaxmemory_policy:noeviction\r\nrun_id:{run}\r\n\
             evicted_keys:{evicted}\r\n"
        )
    }

    #[test]
    fn what_was_evicted_before_is_no_loss_and_what_is_evicted_later_stays_one() {
        let demands = Demands {
            cluster: false,
            persistence: true,
        };
        let begun = Begun::default();
        let known = HashMap::from([("a".to_owned(), 7)]);
        let watchman = Watchman::new(demands, known, begun.clone());
        let inspect = |run, evicted| {
            let address = Address::new("localhost", 6379);
            watchman.inspect(&address, &told(run, evicted))
        };
        assert_eq!(inspect("a", 7), Ok(()));
        for _ in 0..2 {
            let Err(Fault::Loss(words)) = inspect("a", 9) else {
                panic!("a loss")
            };
            assert!(words.contains("evicted 2 keys"), "{words}");
        }
        assert_eq!(begun.count(), 0);
        // A server that started since, or was promoted, has nothing of before.
        assert_eq!(inspect("b", 0), Ok(()));
        assert_eq!(begun.count(), 1);
        assert!(matches!(inspect("b", 1), Err(Fault::Loss(_))));
    }
}
