//! What servers are asked while they are used: what they were asked at the start, and whether they have
//! thrown something away since.

use std::collections::HashMap;

use parking_lot::Mutex;
use warifu_redis_link::{Address, Fault, Inspector};

use crate::start_checks::{Demands, Told, judge};

/// Judges servers as the start does, and remembers what they had thrown away before it.
pub(crate) struct Watchman {
    demands: Demands,
    /// How many keys each server had evicted, by its run: the count begins anew with each.
    evicted: Mutex<HashMap<String, u64>>,
}

impl Watchman {
    /// `evicted` tells what had been evicted before the store was opened, by the servers' runs.
    pub(crate) fn new(demands: Demands, evicted: HashMap<String, u64>) -> Self {
        Self {
            demands,
            evicted: Mutex::new(evicted),
        }
    }
}

impl Inspector for Watchman {
    fn inspect(&self, address: &Address, info: &str) -> Result<(), Fault> {
        // First, and whatever else is wrong: a policy that is put right again brings nothing back.
        let (run, evicted) = Told(info).evictions();
        let before = *self.evicted.lock().entry(run).or_default();
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
        let watchman = Watchman::new(demands, HashMap::from([("a".to_owned(), 7)]));
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
        // A server that started since, or was promoted, has nothing of before.
        assert_eq!(inspect("b", 0), Ok(()));
        assert!(matches!(inspect("b", 1), Err(Fault::Loss(_))));
    }
}
