//! The same promises while the store fails, fails over and comes back.

use warifu_redis::RedisServers;
use warifu_test_support::proxy::Proxy;
use warifu_test_support::redis::{RedisCluster, RedisServer, SentinelGroup};

use crate::hosting::Bank;
use crate::load::Load;
use crate::rounds;

/// Users enough for any of these.
const USERS: usize = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_killed_and_comes_back_keeps_the_promises() {
    let mut redis = RedisServer::start();
    let load = Load::start(Bank::on_redis(USERS, &redis.servers(), 0), 2).await;
    for _ in 0..rounds(2, 20) {
        load.progress(2).await;
        redis.kill();
        redis.start_again();
    }
    load.progress(2).await;
    load.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinel_failovers_keep_the_promises() {
    let mut group = SentinelGroup::start();
    let load = Load::start(Bank::on_redis(USERS, &group.servers(), 2), 2).await;
    for round in 0..rounds(2, 8) {
        load.progress(2).await;
        if round % 2 == 0 {
            let former = group.primary();
            group.servers[former].kill();
            group.await_other_primary(former);
            group.servers[former].start_again();
        } else {
            group.fail_over();
        }
        group.await_well();
    }
    load.progress(2).await;
    load.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loss_of_cluster_primaries_keeps_the_promises() {
    let mut cluster = RedisCluster::start();
    let load = Load::start(Bank::on_redis(USERS, &cluster.servers(), 1), 2).await;
    for round in 0..rounds(1, 6) {
        load.progress(2).await;
        let lost = cluster.primary_of(&format!("{{e{round}}}"));
        cluster.nodes[lost].kill();
        cluster.await_other_primary_of(&format!("{{e{round}}}"));
        cluster.nodes[lost].start_again();
        cluster.await_well();
    }
    load.progress(2).await;
    load.finish().await;
}

/// `FAILOVER` makes the primary a replica and closes no connection: whoever is still connected
/// finds a server that may not write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_hands_over_and_stays_keeps_the_promises() {
    let first = RedisServer::start_quick();
    let second = RedisServer::replica_of(&first, &["--appendfsync", "no"]);
    first.cli(&["CONFIG", "SET", "repl-diskless-sync-delay", "0"]);
    let way = Proxy::before(first.port).await;
    let at = RedisServers::Standalone(format!("redis://127.0.0.1:{}", way.port));
    let load = Load::start(Bank::on_redis(USERS, &at, 1), 2).await;
    let mut order = [&first, &second];
    for _ in 0..rounds(2, 10) {
        load.progress(2).await;
        let [primary, replica] = order;
        let port = replica.port.to_string();
        let answer = primary.cli(&["FAILOVER", "TO", "127.0.0.1", &port, "TIMEOUT", "5000"]);
        assert_eq!(answer, "OK");
        replica.await_role("master");
        way.lead_to(replica.port);
        order.reverse();
    }
    load.progress(2).await;
    load.finish().await;
}

/// What only the primary knew is lost with it; nothing of that had been answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_that_loses_writes_keeps_the_promises() {
    for _ in 0..rounds(1, 5) {
        let mut primary = RedisServer::start_quick();
        let replication = Proxy::before(primary.port).await;
        let replica =
            RedisServer::replica_through(replication.port, &primary, &["--appendfsync", "no"]);
        let way = Proxy::before(primary.port).await;
        let at = RedisServers::Standalone(format!("redis://127.0.0.1:{}", way.port));
        let load = Load::start(Bank::on_redis(USERS, &at, 1), 2).await;
        load.progress(3).await;
        replication.freeze();
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        primary.kill();
        assert_eq!(replica.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
        // A replica of its own, so that there is again somebody to acknowledge.
        let _next = RedisServer::replica_of(&replica, &["--appendfsync", "no"]);
        way.lead_to(replica.port);
        way.cut();
        load.progress(3).await;
        load.finish().await;
    }
}
