//! The audit log on Redis: what was acknowledged is there and holds together, or its loss is told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use warifu_audit_file::ChainedAuditLog;
use warifu_contracts::samples::{START, SeededRandomness, contract};
use warifu_core::domain::{AuditEvent, AuditOutcome, AuditRecord, RequestId};
use warifu_core::ports::{AuditLog, AuditQuery, StoredAuditRecord, Unavailable};
use warifu_redis::{RedisAuditLines, RedisServers, RedisSettings};
use warifu_test_support::proxy::Proxy;
use warifu_test_support::redis::{RedisLog, RedisServer, settings};

use crate::visitor::TOLD_WITHIN;

fn record(number: usize) -> AuditRecord {
    AuditRecord {
        time: START.plus(Duration::from_secs(number as u64)),
        event: AuditEvent::Reissued,
        outcome: AuditOutcome::Success,
        actor: Some("admin01".to_owned()),
        contract: Some(contract()),
        subject: Some("user01".to_owned()),
        source: None,
        request_id: RequestId::from_bytes((number as u128).to_be_bytes()),
        detail: std::collections::BTreeMap::new(),
    }
}

fn number(stored: &StoredAuditRecord) -> usize {
    let number = u128::from_be_bytes(*stored.record.request_id.as_bytes());
    usize::try_from(number).unwrap_or(usize::MAX)
}

async fn found(log: &dyn AuditLog, event: AuditEvent) -> Vec<StoredAuditRecord> {
    let query = AuditQuery {
        event: Some(event),
        limit: 100_000,
        ..AuditQuery::default()
    };
    log.query(&query).await.expect("the log is read").records
}

async fn expect_down(log: &dyn AuditLog) -> Unavailable {
    let since = Instant::now();
    let error = log.append(vec![record(0)]).await;
    let took = since.elapsed();
    let error = error.expect_err("the log is down");
    assert_eq!(error.port, "audit_log");
    assert!(took < TOLD_WITHIN, "told after {took:?}: {error}");
    error
}

async fn await_recovery(log: &dyn AuditLog) {
    let since = Instant::now();
    while log.append(vec![record(0)]).await.is_err() {
        assert!(since.elapsed() < Duration::from_secs(10), "written again");
    }
}

fn at(port: u16) -> RedisServers {
    RedisServers::Standalone(format!("redis://127.0.0.1:{port}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_is_told_in_time_to_everybody_who_waits() {
    let server = RedisServer::start();
    let shared = RedisLog::fresh(server.servers());
    let log = shared.log().await;
    log.append(vec![record(1)]).await.expect("written");
    server.freeze();
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move { expect_down(&*log).await })
        })
        .collect();
    for waiting in waiting {
        waiting.await.expect("told in time");
    }
    server.thaw();
    await_recovery(&*log).await;
    shared.verify().await.expect("the log is good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_under_load_loses_nothing_that_was_acknowledged() {
    let mut server = RedisServer::start();
    let shared = RedisLog::fresh(server.servers());
    let logs = [shared.log().await, shared.log().await];
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let log = logs[writer % 2].clone();
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in (writer..100_000).step_by(8) {
                    match log.append(vec![record(number)]).await {
                        Ok(()) => acknowledged.push(number),
                        Err(_) => break,
                    }
                }
                acknowledged
            })
        })
        .collect();
    sleep(Duration::from_millis(400)).await;
    server.kill();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("a writer ends"));
    }
    assert!(acknowledged.len() > 20, "{} records", acknowledged.len());
    expect_down(&*logs[0]).await;
    server.start_again();
    for log in &logs {
        await_recovery(&**log).await;
    }
    shared.verify().await.expect("the log is good");
    let kept = found(&*logs[0], AuditEvent::Reissued).await;
    let kept: std::collections::BTreeSet<usize> = kept.iter().map(number).collect();
    for number in acknowledged {
        assert!(kept.contains(&number), "record {number} is kept");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_whose_answer_was_lost_are_kept_once() {
    let server = RedisServer::start();
    let wire = Proxy::before(server.port).await;
    let mut shared = settings(at(wire.port));
    let log = RedisLog::with(shared.clone()).log().await;
    log.append(vec![record(1)]).await.expect("written");
    wire.drop_replies(true);
    let before = wire.swallowed();
    let writing = tokio::spawn({
        let log = log.clone();
        async move { log.append(vec![record(2), record(3)]).await }
    });
    let since = Instant::now();
    while wire.swallowed() == before {
        assert!(since.elapsed() < Duration::from_secs(2), "an answer comes");
        sleep(Duration::from_millis(1)).await;
    }
    wire.drop_replies(false);
    wire.cut();
    let written = writing.await.expect("an answer");
    written.expect("written at the second attempt");
    log.append(vec![record(4)]).await.expect("written");
    shared.link.servers = server.servers();
    let shared = RedisLog::with(shared);
    let summary = shared.verify().await.expect("the log is good");
    assert_eq!((summary.records, summary.chains), (4, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_before_the_replica_has_it() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(&primary, &[]);
    let mut settings = settings(primary.servers());
    settings.link.replicas_required = 1;
    let shared = RedisLog::with(settings);
    let log = shared.log().await;
    log.append(vec![record(1)]).await.expect("written");
    replica.freeze();
    let refused = expect_down(&*log).await;
    assert!(refused.reason.contains("0 of 1 replicas"), "{refused}");
    replica.thaw();
    await_recovery(&*log).await;
    shared.verify().await.expect("the log is good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_that_loses_records_is_told_in_the_log() {
    let mut primary = RedisServer::start();
    let to_replica = Proxy::before(primary.port).await;
    let replica = RedisServer::replica_through(to_replica.port, &primary, &[]);
    let wire = Proxy::before(primary.port).await;
    let mut settings = settings(at(wire.port));
    let log = RedisLog::with(settings.clone()).log().await;
    log.append(vec![record(1), record(2)])
        .await
        .expect("written");
    let caught_up = || replica.cli(&["--scan", "--pattern", "*:audit:{a}:log"]);
    let since = Instant::now();
    while replica.cli(&["XLEN", &caught_up()]) != "2" {
        assert!(
            since.elapsed() < Duration::from_secs(5),
            "the replica has it"
        );
        sleep(Duration::from_millis(10)).await;
    }
    // From here on, nothing reaches the replica.
    to_replica.freeze();
    for number in 3..=7 {
        log.append(vec![record(number)]).await.expect("written");
    }
    primary.kill();
    assert_eq!(replica.cli(&["REPLICAOF", "NO", "ONE"]), "OK");
    wire.lead_to(replica.port);
    wire.cut();
    await_recovery(&*log).await;
    let lost = found(&*log, AuditEvent::RecordsLost).await;
    assert_eq!(lost.len(), 1, "the loss is told once");
    let told = |name: &str| lost[0].record.detail.get(name).cloned().unwrap_or_default();
    assert_eq!(
        (told("last"), told("missing")),
        ("2".to_owned(), "5".to_owned())
    );
    let first = found(&*log, AuditEvent::Reissued).await;
    let first = first.last().expect("the first record");
    assert_eq!(told("chain"), first.chain);
    assert_ne!(lost[0].chain, first.chain, "a chain has no gap");
    settings.link.servers = replica.servers();
    let summary = RedisLog::with(settings).verify().await.expect("a good log");
    assert_eq!((summary.records, summary.chains), (4, 2));
}

async fn refusal(settings: &RedisSettings) -> String {
    match RedisAuditLines::open(settings, &SeededRandomness::new(2)).await {
        Ok(_) => panic!("the log is refused"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_has_lost_everything_is_not_taken_for_a_new_one() {
    let server = RedisServer::start();
    let mut settings = settings(server.servers());
    settings.must_exist = true;
    let words = refusal(&settings).await;
    assert!(words.contains("must_exist"), "{words}");
    // Refusing has not made one.
    refusal(&settings).await;
    settings.must_exist = false;
    let shared = RedisLog::with(settings.clone());
    assert!(shared.lines().await.is_new());
    let log = shared.log().await;
    log.append(vec![record(1)]).await.expect("written");
    settings.must_exist = true;
    let shared = RedisLog::with(settings.clone());
    assert!(!shared.lines().await.is_new());
    assert_eq!(server.cli(&["FLUSHALL"]), "OK");
    // A connection from before has nothing to notice it by; the next one does.
    server.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
    expect_down(&*log).await;
    let words = refusal(&settings).await;
    assert!(words.contains("store adopt"), "{words}");
    let left = RedisAuditLines::open_what_is_left(&settings, &SeededRandomness::new(3)).await;
    assert!(left.is_ok_and(|lines| lines.is_new()));
    shared.verify().await.expect("an empty log is good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_takes_little_more_than_its_text_and_names_nobody_in_a_key() {
    const RECORDS: usize = 2_000;
    let server = RedisServer::start_quick();
    let shared = RedisLog::fresh(server.servers());
    let log: Arc<ChainedAuditLog> = shared.log().await;
    let calls = || {
        let stats = server.cli(&["INFO", "commandstats"]);
        let count = |command: &str| {
            let line = stats
                .lines()
                .find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
            line.and_then(|line| line.split(',').next()?.parse::<usize>().ok())
                .unwrap_or_default()
        };
        count("evalsha") + count("eval")
    };
    log.append(vec![record(0)]).await.expect("written");
    let before = calls();
    log.append(vec![record(1), record(2)])
        .await
        .expect("written");
    assert_eq!(calls() - before, 1, "round trips of a call");
    for number in (3..RECORDS).step_by(2) {
        let records = vec![record(number), record(number + 1)];
        log.append(records).await.expect("written");
    }
    let keys = server.cli(&["--scan", "--pattern", "*{a}*"]);
    let mut bytes = 0;
    for key in keys.lines() {
        assert!(!key.contains("user01") && !key.contains(contract().as_str()));
        assert_eq!(server.cli(&["PTTL", key]), "-1", "{key} stays");
        let usage = server.cli(&["MEMORY", "USAGE", key, "SAMPLES", "0"]);
        bytes += usage.parse::<usize>().expect("a number of bytes");
    }
    let log = server.cli(&["--scan", "--pattern", "*{a}:log"]);
    let text = server.cli(&["XRANGE", &log, "-", "+"]);
    let text: usize = (text.lines())
        .filter(|line| line.starts_with('{'))
        .map(str::len)
        .sum();
    let (each, text) = (bytes / RECORDS, text / RECORDS);
    println!("{each} bytes a record of {text} bytes of text");
    assert!(each < text + 200, "{each} bytes for {text} of text");
}
