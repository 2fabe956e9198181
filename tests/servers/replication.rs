//! A primary and its replicas: what was answered outlives the primary.

use warifu_contracts::samples::{client_key, user};
use warifu_core::domain::retrieval_record::{RetrievalReservation, RetrievalSettlement};
use warifu_core::ports::OtpStepStore;
use warifu_redis::RedisSettings;

use crate::visitor::{Visitor, fresh_password, is_consumed};
use warifu_test_support::proxy::Proxy;
use warifu_test_support::redis::{RedisServer, open, settings};

fn needing_one(server: &RedisServer) -> RedisSettings {
    let mut settings = settings(server.servers());
    settings.link.replicas_required = 1;
    settings
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_shown_or_issued_before_the_replica_has_it() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(&primary, &[]);
    let store = open(&needing_one(&primary)).await;
    let (visitor, new) = (
        Visitor {
            store: &store,
            subject: user(1),
        },
        fresh_password(),
    );
    replica.freeze();
    let refused = visitor
        .reissue(new.clone())
        .await
        .expect_err("too few replicas");
    assert!(refused.reason.contains("0 of 1 replicas"), "{refused}");
    replica.thaw();
    // The same reissue again is the same one, and now it is safe.
    visitor.reissue(new.clone()).await.expect("an answer");
    let (_, lease) = visitor.reserve().await.expect("an answer");
    replica.freeze();
    let verdict = warifu_core::domain::retrieval_record::RetrievalVerdict::Right {
        record: new.id,
        key: client_key(1),
    };
    assert!(visitor.settle(lease, verdict).await.is_err());
    visitor.expect_down().await;
    assert!(OtpStepStore::advance(&store, &user(1), 7).await.is_err());
    replica.thaw();
    let other = visitor.redeem(new.id, client_key(2)).await;
    assert!(is_consumed(&other), "{other:?}");
    let same = visitor.redeem(new.id, client_key(1)).await;
    assert_eq!(same, Ok(RetrievalSettlement::SameKey { certificate: None }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_that_loses_writes_yields_no_second_certificate() {
    let mut primary = RedisServer::start();
    let wire = Proxy::before(primary.port).await;
    let replica = RedisServer::replica_through(wire.port, &primary, &[]);
    let settings = needing_one(&primary);
    let store = open(&settings).await;
    let (visitor, new) = (
        Visitor {
            store: &store,
            subject: user(1),
        },
        fresh_password(),
    );
    visitor.reissue(new.clone()).await.expect("an answer");
    let (granted, lease) = visitor.reserve().await.expect("an answer");
    assert!(
        matches!(granted, RetrievalReservation::Granted(Some(_))),
        "{granted:?}"
    );
    // From here on, nothing reaches the replica.
    wire.freeze();
    let verdict = warifu_core::domain::retrieval_record::RetrievalVerdict::Right {
        record: new.id,
        key: client_key(1),
    };
    let lost = visitor.settle(lease, verdict).await;
    assert!(
        lost.is_err(),
        "what only the primary knows is not answered: {lost:?}"
    );
    primary.kill();
    assert_eq!(replica.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
    let mut promoted = settings;
    promoted.link.servers = replica.servers();
    promoted.link.replicas_required = 0;
    let store = open(&promoted).await;
    assert!(!store.is_new(), "the replica holds the same store");
    let visitor = Visitor {
        store: &store,
        subject: user(1),
    };
    let won = visitor.redeem(new.id, client_key(2)).await;
    assert_eq!(won, Ok(RetrievalSettlement::Won { abandoned: None }));
    let late = visitor.redeem(new.id, client_key(1)).await;
    assert!(is_consumed(&late), "{late:?}");
}
