//! One server, and everything that can happen to it and on the way to it. Whatever happens:
//! nobody waits longer than two seconds, nothing is granted or charged twice, and the store is
//! used again as soon as it is back.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use warifu_contracts::samples::{client_key, lease, serial, user};
use warifu_core::domain::attempts::{Purpose, Settlement, UNANSWERED_WINDOW, Verdict};
use warifu_core::domain::retrieval_record::{RetrievalSettlement, RetrievalVerdict};
use warifu_core::ports::{AttemptKey, AttemptStore, CertificateRegister, StoredReservation};
use warifu_redis::{RedisServers, RedisStore};

use crate::visitor::{Visitor, fresh_password, is_consumed, policy, policy_of};
use crate::watch::NOTICED_WITHIN;
use warifu_test_support::proxy::Proxy;
use warifu_test_support::redis::{RedisServer, fixture, open, settings};

fn visitor(store: &RedisStore) -> Visitor<'_> {
    Visitor {
        store,
        subject: user(1),
    }
}

fn at(port: u16) -> RedisServers {
    RedisServers::Standalone(format!("redis://127.0.0.1:{port}"))
}

async fn fail_once(store: &RedisStore) {
    let answer = visitor(store)
        .attempt(RetrievalVerdict::Wrong)
        .await
        .expect("an answer");
    assert!(
        matches!(answer, RetrievalSettlement::Refused { .. }),
        "{answer:?}"
    );
}

/// The wrong entries that are left, as another one tells.
async fn left_after_another(store: &RedisStore) -> u32 {
    match visitor(store).attempt(RetrievalVerdict::Wrong).await {
        Ok(RetrievalSettlement::Refused { failures_left }) => failures_left,
        other => panic!("refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_that_were_forgotten_are_sent_again() {
    let server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    let visitor = visitor(&store);
    visitor.reissue(fresh_password()).await.expect("an answer");
    let (_, lease) = visitor.reserve().await.expect("an answer");
    assert_eq!(server.cli(&["SCRIPT", "FLUSH"]), "OK");
    let answer = visitor.settle(lease, RetrievalVerdict::Wrong).await;
    assert_eq!(
        answer,
        Ok(RetrievalSettlement::Refused { failures_left: 4 })
    );
    assert_eq!(
        left_after_another(&store).await,
        3,
        "nothing was charged twice"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_server_is_told_in_time() {
    let server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    assert_eq!(server.cli(&["CLIENT", "PAUSE", "4000", "ALL"]), "OK");
    visitor(&store).expect_down().await;
    // A server that pauses everybody hears no UNPAUSE either: the pause ends by itself.
    visitor(&store).await_recovery().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_is_told_in_time() {
    let server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    server.freeze();
    for _ in 0..3 {
        visitor(&store).expect_down().await;
    }
    server.thaw();
    visitor(&store).await_recovery().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_nothing_that_was_answered() {
    let mut server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    let (visitor, new) = (visitor(&store), fresh_password());
    visitor.reissue(new.clone()).await.expect("an answer");
    fail_once(&store).await;
    let won = visitor.redeem(new.id, client_key(1)).await;
    assert_eq!(won, Ok(RetrievalSettlement::Won { abandoned: None }));
    for _ in 0..policy().max_failures.get() - 2 {
        visitor
            .attempt(RetrievalVerdict::Wrong)
            .await
            .expect("an answer");
    }
    server.kill();
    visitor.expect_down().await;
    let error = visitor.expect_down().await;
    assert!(error.reason.contains("cannot connect"), "{error}");
    server.start_again();
    visitor.await_recovery().await;
    let answer = visitor.attempt(RetrievalVerdict::Wrong).await;
    assert!(
        matches!(answer, Ok(RetrievalSettlement::Locked(_))),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_down_is_told_at_once() {
    let mut server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    server.kill();
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(3) {
        visitor(&store).expect_down().await;
    }
    let since = Instant::now();
    for _ in 0..20 {
        visitor(&store).expect_down().await;
    }
    assert!(
        since.elapsed() < Duration::from_secs(2),
        "twenty refusals took {:?}",
        since.elapsed()
    );
    server.start_again();
    visitor(&store).await_recovery().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_that_was_lost_costs_nobody_an_answer() {
    let mut server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    fail_once(&store).await;
    server.kill();
    server.start_again();
    assert_eq!(left_after_another(&store).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_empty_is_not_used() {
    let mut server = RedisServer::start();
    let mut settings = settings(server.servers());
    let store = open(&settings).await;
    server.kill();
    server.start_empty();
    let error = visitor(&store).expect_down().await;
    assert!(error.reason.contains("lost what it held"), "{error}");
    // A program that starts now finds an empty store and makes a new one; that it is another one
    // than before is told by its name.
    let new = open(&settings).await;
    assert!(new.is_new());
    assert_ne!(new.identity().epoch, store.identity().epoch);
    // What was seen last holds until the next look.
    let deadline = Instant::now() + NOTICED_WITHIN;
    loop {
        let error = visitor(&store).expect_down().await;
        if error.reason.contains("another store") {
            break;
        }
        assert!(Instant::now() < deadline, "{error}");
        sleep(Duration::from_millis(20)).await;
    }
    settings.production = false;
    assert!(!open(&settings).await.is_new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_memory_changes_nothing() {
    let server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    fail_once(&store).await;
    let (_, open_lease) = visitor(&store).reserve().await.expect("an answer");
    assert_eq!(server.cli(&["CONFIG", "SET", "maxmemory", "1"]), "OK");
    let error = visitor(&store).expect_down().await;
    assert!(error.reason.contains("OOM"), "{error}");
    let answer = visitor(&store)
        .settle(open_lease, RetrievalVerdict::Wrong)
        .await;
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(server.cli(&["CONFIG", "SET", "maxmemory", "0"]), "OK");
    let answer = visitor(&store)
        .settle(open_lease, RetrievalVerdict::Wrong)
        .await;
    assert_eq!(
        answer,
        Ok(RetrievalSettlement::Refused { failures_left: 3 })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_became_a_replica_is_not_asked() {
    let server = RedisServer::start();
    let other = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    fail_once(&store).await;
    assert_eq!(
        server.cli(&["CONFIG", "SET", "min-replicas-to-write", "1"]),
        "OK"
    );
    let error = visitor(&store).expect_down().await;
    assert!(error.reason.contains("NOREPLICAS"), "{error}");
    assert_eq!(
        server.cli(&["CONFIG", "SET", "min-replicas-to-write", "0"]),
        "OK"
    );
    assert_eq!(left_after_another(&store).await, 3);
    let port = other.port.to_string();
    assert_eq!(server.cli(&["REPLICAOF", "127.0.0.1", &port]), "OK");
    let error = visitor(&store).expect_down().await;
    let expected = [
        "ReadOnly",
        "Loading",
        "MasterDown",
        "is a replica",
        "lost what it held",
        // As long as it takes the other's data in.
        "did not answer in time",
    ];
    assert!(
        expected.iter().any(|words| error.reason.contains(words)),
        "{error}"
    );
    // Even what only reads: a replica's word on a revocation may be old.
    assert!(
        CertificateRegister::is_revoked(&store, serial(1))
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_network_is_told_in_time() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port).await;
    let store = open(&settings(at(proxy.port))).await;
    proxy.delay(Duration::from_secs(5));
    visitor(&store).expect_down().await;
    visitor(&store).expect_down().await;
    proxy.delay(Duration::ZERO);
    visitor(&store).await_recovery().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_network_is_told_in_time() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port).await;
    let store = open(&settings(at(proxy.port))).await;
    proxy.freeze();
    visitor(&store).expect_down().await;
    proxy.cut();
    proxy.thaw();
    visitor(&store).await_recovery().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_whose_answer_was_lost_is_delivered_to_the_same_key_only() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port).await;
    let store = open(&settings(at(proxy.port))).await;
    let (visitor, new) = (visitor(&store), fresh_password());
    visitor.reissue(new.clone()).await.expect("an answer");
    // So that the server knows the script, and the one answer that is lost is the one that counts.
    fail_once(&store).await;
    let (_, lease) = visitor.reserve().await.expect("an answer");
    proxy.drop_replies(true);
    let verdict = RetrievalVerdict::Right {
        record: new.id,
        key: client_key(1),
    };
    assert!(visitor.settle(lease, verdict).await.is_err());
    assert!(proxy.swallowed() > 0, "the server did answer");
    proxy.drop_replies(false);
    visitor.await_recovery().await;
    let again = visitor.settle(lease, verdict).await;
    assert_eq!(again, Ok(RetrievalSettlement::Lost));
    let other = visitor.redeem(new.id, client_key(2)).await;
    assert!(is_consumed(&other), "{other:?}");
    let same = visitor.redeem(new.id, client_key(1)).await;
    assert_eq!(same, Ok(RetrievalSettlement::SameKey { certificate: None }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_entry_whose_answer_was_lost_is_charged_once() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port).await;
    let store = open(&settings(at(proxy.port))).await;
    let key = AttemptKey::of(user(1), Purpose::Login);
    let policy = policy_of(5);
    let attempts: &dyn AttemptStore = &store;
    // So that the server knows the scripts, and the answers that are lost are those that count.
    attempts
        .reserve(&key, &policy, lease(7))
        .await
        .expect("an answer");
    attempts
        .settle(&key, &policy, lease(7), Verdict::Right)
        .await
        .expect("an answer");
    for number in 0..2 {
        let granted = attempts.reserve(&key, &policy, lease(number)).await;
        assert!(
            matches!(granted, Ok(StoredReservation::Granted(_))),
            "{granted:?}"
        );
        proxy.drop_replies(true);
        assert!(
            attempts
                .settle(&key, &policy, lease(number), Verdict::Wrong)
                .await
                .is_err()
        );
        proxy.drop_replies(false);
        let again = attempts
            .settle(&key, &policy, lease(number), Verdict::Wrong)
            .await;
        assert_eq!(again, Ok(Settlement::Lost));
    }
    // A reservation whose answer was lost is the same one when it is repeated.
    proxy.drop_replies(true);
    assert!(attempts.reserve(&key, &policy, lease(9)).await.is_err());
    proxy.drop_replies(false);
    let granted = attempts.reserve(&key, &policy, lease(9)).await;
    assert!(
        matches!(granted, Ok(StoredReservation::Granted(_))),
        "{granted:?}"
    );
    let answer = attempts
        .settle(&key, &policy, lease(9), Verdict::Wrong)
        .await;
    assert_eq!(answer, Ok(Settlement::Refused { failures_left: 2 }));
}

/// What was not answered is taken back: in the end only those entries count that were answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_under_load_charge_what_was_answered() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port).await;
    let store = fixture(at(proxy.port)).await;
    let limit = 1_000;
    let policy = policy_of(limit);
    let attempts: &dyn AttemptStore = store.port.as_ref();
    let key = AttemptKey::of(user(1), Purpose::Login);
    let take_back = async |number| {
        let withdrawn = Verdict::Withdrawn;
        while attempts
            .settle(&key, &policy, lease(number), withdrawn)
            .await
            .is_err()
        {}
    };
    let (mut answered, mut lost) = (0u32, 0u32);
    let trying = async {
        for number in 0..300 {
            match attempts.reserve(&key, &policy, lease(number)).await {
                Ok(StoredReservation::Granted(_)) => {}
                Ok(StoredReservation::Suspended { .. } | StoredReservation::Busy) => {
                    store.clock.advance(UNANSWERED_WINDOW).await;
                    continue;
                }
                Ok(other) => panic!("{other:?}"),
                Err(_) => {
                    take_back(number).await;
                    continue;
                }
            }
            let wrong = Verdict::Wrong;
            let settled = attempts.settle(&key, &policy, lease(number), wrong).await;
            if settled.is_ok() {
                answered += 1;
            } else {
                take_back(number).await;
                lost += 1;
            }
        }
    };
    let cutting = async {
        loop {
            sleep(Duration::from_millis(7)).await;
            proxy.cut();
        }
    };
    tokio::select! {
        () = trying => {}
        () = cutting => {}
    }
    assert!(
        answered > 100 && lost > 0,
        "{answered} were answered, {lost} were not"
    );
    store.clock.advance(UNANSWERED_WINDOW).await;
    let granted = attempts.reserve(&key, &policy, lease(999)).await;
    assert!(
        matches!(granted, Ok(StoredReservation::Granted(_))),
        "{granted:?}"
    );
    let answer = attempts
        .settle(&key, &policy, lease(999), Verdict::Wrong)
        .await;
    let failures_left = limit - answered - 1;
    assert_eq!(answer, Ok(Settlement::Refused { failures_left }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_save_changes_nothing() {
    let server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    fail_once(&store).await;
    server.break_snapshots(true);
    let error = visitor(&store).expect_down().await;
    assert!(error.reason.contains("MISCONF"), "{error}");
    server.break_snapshots(false);
    assert_eq!(left_after_another(&store).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_still_reading_its_data_is_told_in_time() {
    let mut server = RedisServer::start();
    let store = open(&settings(server.servers())).await;
    fail_once(&store).await;
    assert_eq!(server.cli(&["DEBUG", "POPULATE", "1000"]), "OK");
    server.cli(&["BGREWRITEAOF"]);
    let rewritten = || {
        let told = server.cli(&["INFO", "persistence"]);
        told.contains("aof_rewrite_in_progress:0") && told.contains("aof_rewrite_scheduled:0")
    };
    while !rewritten() {
        sleep(Duration::from_millis(20)).await;
    }
    server.kill();
    server.start_slowly(Duration::from_millis(3));
    visitor(&store).expect_down().await;
    visitor(&store).await_recovery().await;
    assert_eq!(
        left_after_another(&store).await,
        3,
        "nothing was charged meanwhile"
    );
}
