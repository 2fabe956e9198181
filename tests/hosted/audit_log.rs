//! Several servers that write one audit log on Redis.

use std::time::{Duration, Instant};

use serde_json::json;
use warifu_core::domain::AuditEvent;
use warifu_core::ports::{AuditLog, AuditQuery};
use warifu_redis::RedisSettings;
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::CONTRACT;
use warifu_test_support::redis::{RedisLog, RedisServer, SentinelGroup};

use crate::hosting::{Bank, administrator};
use crate::load::{Load, post, reissue_body, reissue_path};
use crate::rounds;

/// A bank whose store and whose audit log lie on different servers.
fn bank(store: &RedisServer, log: &RedisServer, users: usize) -> Bank {
    Bank::on_redis(users, &store.servers(), 0).with_log_on(&log.servers(), 0)
}

async fn count(log: &dyn AuditLog, event: AuditEvent) -> usize {
    let query = AuditQuery {
        event: Some(event),
        contract: Some(CONTRACT.parse().expect("a contract number")),
        limit: 100_000,
        ..AuditQuery::default()
    };
    log.query(&query).await.expect("the log").records.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_share_one_log_and_each_shows_all_of_it() {
    let (store, redis) = (RedisServer::start(), RedisServer::start());
    let bank = bank(&store, &redis, 8);
    let servers = [bank.server(), bank.server()];
    let admin = administrator(&servers[0]).await;
    let csr = OpenSsl::new().p256_request();
    let users: Vec<String> = (0..8).map(|_| bank.next_user()).collect();
    let redeem = async |place: usize| {
        let (server, user) = (&servers[place % 2], &users[place]);
        let password = server.with(&admin).reissue(user).await;
        let session = server.client.login_self(user).await;
        session.redeem_csr(&password, &csr).await.expect(201, None);
    };
    for pair in 0..4 {
        tokio::join!(redeem(2 * pair), redeem(2 * pair + 1));
    }
    let shared = RedisLog::with(RedisSettings::new(redis.servers()));
    let log = shared.log().await;
    for event in [
        AuditEvent::Reissued,
        AuditEvent::Redeemed,
        AuditEvent::CertificateIssued,
    ] {
        assert_eq!(count(&*log, event).await, 8, "{event}");
    }
    let summary = shared.verify().await.expect("the log is good");
    assert_eq!(summary.chains, 2, "one for each server");
    for server in &servers {
        let path = "/api/v1/admin/audit?event=retrieval_password.reissued&limit=100";
        let page = server.with(&admin).get(path).await.expect(200, None).text();
        for user in &users {
            assert!(page.contains(user.as_str()), "{user} is in the history");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_log_a_server_answers_nothing_that_it_would_have_to_write() {
    let (store, mut redis) = (RedisServer::start(), RedisServer::start());
    let bank = bank(&store, &redis, 1);
    let server = bank.server();
    let admin = administrator(&server).await;
    let user = bank.next_user();
    let before = admin.reissue(&user).await;
    redis.kill();
    for _ in 0..2 {
        let since = Instant::now();
        let answer = post(&admin, &reissue_path(&user), &reissue_body()).await;
        let answer = answer.expect("an answer");
        let took = since.elapsed();
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.header("retry-after").is_some());
        assert!(took < Duration::from_secs(2), "told after {took:?}");
    }
    let ready = server.client.get("/readyz").await.expect(503, None).json();
    assert_eq!(ready["failing"], json!(["audit_log"]));
    redis.start_again();
    let since = Instant::now();
    while server.client.get("/readyz").await.status != 200 {
        assert!(since.elapsed() < Duration::from_secs(5), "ready again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What was not written was not done: the password from before is the one that counts.
    let session = server.client.login_self(&user).await;
    let csr = OpenSsl::new().p256_request();
    session.redeem_csr(&before, &csr).await.expect(201, None);
    let shared = RedisLog::with(RedisSettings::new(redis.servers()));
    shared.verify().await.expect("the log is good");
}

/// Store and log on the same servers, which fail over again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_answered_through_failovers_is_in_the_log() {
    let mut group = SentinelGroup::start();
    let servers = group.servers();
    let bank = Bank::on_redis(3_000, &servers, 2).with_log_on(&servers, 2);
    let load = Load::start(bank, 2).await;
    for round in 0..rounds(1, 8) {
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
    let log = RedisLog::with(RedisSettings::new(servers));
    load.finish_with_log(&log).await;
    let text = log.text().await;
    assert!(!text.contains("audit.records_lost"), "nothing was lost");
}
