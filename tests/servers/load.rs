//! Many redemptions at once while servers die, change roles and hand over slots. Whatever
//! happens, one password yields at most one certificate, and no more guesses are checked than the
//! limit.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinHandle;
use warifu_contracts::case::rounds;
use warifu_contracts::samples::{client_key, user};
use warifu_core::domain::ReissueId;
use warifu_core::domain::retrieval_record::{
    KeyOrigin, RedeemingKey, RetrievalReservation, RetrievalSettlement, RetrievalVerdict,
};
use warifu_core::ports::Unavailable;
use warifu_redis::{RedisSettings, RedisStore};

use crate::visitor::{Visitor, fresh_password, policy};
use warifu_test_support::redis::{RedisCluster, SentinelGroup, open, settings};

/// Workers a store.
const WORKERS: usize = 6;

/// What happened to one password, told by those who tried it and not by the store.
#[derive(Default)]
struct Tally {
    /// Keys that were told they may have the certificate.
    winners: Mutex<BTreeSet<String>>,
    /// Wrong entries that were granted an attempt, so that a guess would have been checked.
    guessed: AtomicUsize,
}

struct Target {
    user: usize,
    record: ReissueId,
    tally: Tally,
}

/// Workers on several stores, as several servers would be.
struct Load {
    stop: Arc<AtomicBool>,
    targets: Arc<Mutex<Vec<Arc<Target>>>>,
    answered: Arc<AtomicU64>,
    /// Why the store did not answer, each time.
    refused: Arc<Mutex<Vec<String>>>,
    workers: Vec<JoinHandle<()>>,
}

impl Load {
    async fn start(settings: &RedisSettings) -> Self {
        let first = open(settings).await;
        let stores = [Arc::new(first), Arc::new(open(settings).await)];
        let mut load = Self {
            stop: Arc::default(),
            targets: Arc::default(),
            answered: Arc::default(),
            refused: Arc::default(),
            workers: Vec::new(),
        };
        for worker in 0..WORKERS * stores.len() {
            let store = stores[worker % stores.len()].clone();
            let (stop, targets) = (load.stop.clone(), load.targets.clone());
            let (answered, refused) = (load.answered.clone(), load.refused.clone());
            load.workers.push(tokio::spawn(async move {
                let mut turn = worker;
                while !stop.load(Ordering::SeqCst) {
                    turn += 1;
                    match try_one(&store, &targets, worker, turn).await {
                        Ok(()) => drop(answered.fetch_add(1, Ordering::SeqCst)),
                        Err(unavailable) => refused.lock().push(unavailable.to_string()),
                    }
                }
            }));
        }
        load
    }

    /// Waits until so many more steps were answered.
    async fn progress(&self, steps: u64) {
        let goal = self.answered.load(Ordering::SeqCst) + steps;
        let waiting = async {
            while self.answered.load(Ordering::SeqCst) < goal {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        assert!(waited.is_ok(), "the store is used again");
    }

    /// Ends the load and judges it.
    async fn finish(self) {
        self.stop.store(true, Ordering::SeqCst);
        for worker in self.workers {
            worker.await.expect("a worker ends");
        }
        let targets = self.targets.lock();
        let mut won = 0;
        let limit = policy().max_failures.get() as usize;
        for target in targets.iter() {
            let winners = target.tally.winners.lock();
            assert!(winners.len() <= 1, "user {}: {winners:?}", target.user);
            won += winners.len();
            // The redemption is charged as well; that the right password is shown again is not.
            let charged = target.tally.guessed.load(Ordering::SeqCst) + winners.len();
            assert!(charged <= limit, "user {}: {charged} guesses", target.user);
        }
        assert!(
            targets.len() > 10 && won > 5,
            "{won} of {} were redeemed",
            targets.len()
        );
    }
}

/// Issues a password or tries one, if the store answers.
async fn try_one(
    store: &RedisStore,
    targets: &Mutex<Vec<Arc<Target>>>,
    worker: usize,
    turn: usize,
) -> Result<(), Unavailable> {
    static USERS: AtomicUsize = AtomicUsize::new(0);
    let known = {
        let targets = targets.lock();
        let recent = targets.len().saturating_sub(4);
        targets.get(recent + turn % 4).cloned()
    };
    let Some(target) = known.filter(|_| !turn.is_multiple_of(24)) else {
        let user_number = USERS.fetch_add(1, Ordering::SeqCst);
        let new = fresh_password();
        let record = new.id;
        let visitor = Visitor {
            store,
            subject: user(user_number),
        };
        visitor.reissue(new).await?;
        targets.lock().push(Arc::new(Target {
            user: user_number,
            record,
            tally: Tally::default(),
        }));
        return Ok(());
    };
    let visitor = Visitor {
        store,
        subject: user(target.user),
    };
    let key = client_key(worker);
    let lease = match visitor.reserve().await? {
        (RetrievalReservation::Granted(candidate), lease) => {
            assert_eq!(
                candidate.map(|found| found.id),
                Some(target.record),
                "the record is there"
            );
            lease
        }
        (
            RetrievalReservation::Busy
            | RetrievalReservation::Locked(_)
            | RetrievalReservation::Suspended { .. },
            _,
        ) => {
            tokio::time::sleep(Duration::from_millis(1)).await;
            return Ok(());
        }
    };
    let verdict = if turn.is_multiple_of(3) {
        RetrievalVerdict::Right {
            record: target.record,
            key,
        }
    } else {
        target.tally.guessed.fetch_add(1, Ordering::SeqCst);
        RetrievalVerdict::Wrong
    };
    let settled = visitor.settle(lease, verdict).await?;
    if let RetrievalSettlement::Won { .. } | RetrievalSettlement::SameKey { .. } = settled {
        target.tally.winners.lock().insert(name_of(key));
    }
    Ok(())
}

fn name_of(key: RedeemingKey) -> String {
    assert_eq!(key.origin, KeyOrigin::Client);
    key.fingerprint.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sentinel_failover_under_load_keeps_the_limits() {
    let mut group = SentinelGroup::start();
    let mut settings = settings(group.servers());
    settings.link.replicas_required = 2;
    let load = Load::start(&settings).await;
    for round in 0..rounds(2, 10) {
        load.progress(300).await;
        let former = group.primary();
        if round % 2 == 0 {
            group.servers[former].kill();
            group.await_other_primary(former);
            group.servers[former].start_again();
        } else {
            group.fail_over();
        }
        load.progress(300).await;
        group.await_well();
    }
    load.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loss_of_a_cluster_primary_under_load_keeps_the_limits() {
    let mut cluster = RedisCluster::start();
    let mut settings = settings(cluster.servers());
    settings.link.replicas_required = 1;
    let load = Load::start(&settings).await;
    for round in 0..rounds(1, 8) {
        load.progress(300).await;
        let lost = cluster.primary_of(&format!("{{e{round}}}"));
        cluster.nodes[lost].kill();
        cluster.await_other_primary_of(&format!("{{e{round}}}"));
        cluster.nodes[lost].start_again();
        cluster.await_well();
        load.progress(300).await;
    }
    load.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_that_move_under_load_cost_nobody_an_answer() {
    let cluster = RedisCluster::start();
    let mut settings = settings(cluster.servers());
    settings.link.replicas_required = 1;
    let load = Load::start(&settings).await;
    load.progress(300).await;
    load.refused.lock().clear();
    let from = cluster.primary_of("{e0}");
    let others = (1..64).map(|number| cluster.primary_of(&format!("{{e{number}}}")));
    let to = others
        .into_iter()
        .find(|to| *to != from)
        .expect("keys lie on several nodes");
    tokio::task::block_in_place(|| cluster.move_slots(from, to, rounds(2_000, 5_000)));
    load.progress(300).await;
    let refused = load.refused.lock().clone();
    assert!(refused.is_empty(), "nobody was refused: {refused:?}");
    load.finish().await;
}
