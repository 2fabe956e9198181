//! An audit log that is grown, closed into files, lost and signed, beside a server at work.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use warifu_audit_file::{Expected, FileAuditLog, LogFiles, SigningKey, verify, verify_against};
use warifu_core::domain::{AuditEvent, AuditOutcome, AuditRecord, RequestId, Timestamp};
use warifu_core::ports::AuditLog;
use warifu_redis::RedisSettings;
use warifu_system::OsRandomness;
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{CONTRACT, LOGIN_PASSWORD};
use warifu_test_support::redis::{RedisLog, RedisServer};

use crate::hosting::{Bank, HostedServer, administrator};

fn record(number: u128) -> AuditRecord {
    AuditRecord {
        time: Timestamp::from_unix_millis(1_767_225_600_000),
        event: AuditEvent::LoginSucceeded,
        outcome: AuditOutcome::Success,
        actor: Some("user01".to_owned()),
        contract: Some(CONTRACT.parse().expect("a contract number")),
        subject: Some("user01".to_owned()),
        source: None,
        request_id: RequestId::from_bytes(number.to_be_bytes()),
        detail: BTreeMap::new(),
    }
}

/// Writes so many records to the log of a server that does not run.
async fn grow(path: &Path, records: u128) {
    let log = FileAuditLog::open(path, Arc::new(OsRandomness)).expect("the log is opened");
    let mut left = records;
    while left > 0 {
        let count = left.min(4_096);
        log.append((0..count).map(record).collect())
            .await
            .expect("records are written");
        left -= count;
    }
}

/// The resident memory of a server, in KiB.
fn memory(server: &HostedServer) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid()));
    let status = status.expect("the server runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .expect("memory is told")
}

/// The shortest of several starts, and the least memory after one and a look at the history.
async fn start(server: &mut HostedServer) -> (Duration, u64) {
    let mut best = (Duration::MAX, u64::MAX);
    for _ in 0..3 {
        let begin = Instant::now();
        server.start();
        best.0 = best.0.min(begin.elapsed());
        let admin = administrator(server).await;
        admin
            .get("/api/v1/admin/audit?actor=nobody&event=lock.set")
            .await
            .expect(200, None);
        best.1 = best.1.min(memory(server));
        server.stop();
    }
    best
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_start_nor_memory_grows_with_the_log() {
    const FEW: u128 = 8_000;
    let bank = Bank::on_one_machine(1);
    let mut server = bank.server();
    server.stop();
    let path = server.audit_path();
    grow(&path, FEW).await;
    let (few, memory_of_few) = start(&mut server).await;
    grow(&path, 9 * FEW).await;
    let (many, memory_of_many) = start(&mut server).await;
    let limit = few * 2 + Duration::from_millis(100);
    assert!(
        many <= limit,
        "{many:?} for ten times the records of {few:?}"
    );
    let limit = memory_of_few + memory_of_few / 5;
    assert!(
        memory_of_many <= limit,
        "{memory_of_many} KiB, {memory_of_few} KiB for a tenth"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_closed_beside_a_server_at_work_and_history_shows_all() {
    let bank = Bank::on_one_machine(1).with("audit_log.file.rotate_size = \"8KiB\"");
    let server = bank.server();
    let path = server.audit_path();
    let admin = administrator(&server).await;
    let beside = FileAuditLog::open(&path, Arc::new(OsRandomness)).expect("the log is opened");
    let mut now = Timestamp::from_unix_millis(1_767_225_600_000);
    for _ in 0..6 {
        for _ in 0..8 {
            server
                .client
                .try_login("self", CONTRACT, "user01", LOGIN_PASSWORD)
                .await
                .expect(201, None);
        }
        now = now.plus(Duration::from_secs(1));
        beside
            .rotate(now)
            .await
            .expect("the file is closed")
            .expect("it held records");
    }
    let listed = admin
        .get("/api/v1/admin/audit?event=login.succeeded&actor=user01&limit=100")
        .await;
    let listed = listed.expect(200, None).json();
    assert_eq!(
        listed["records"].as_array().map(Vec::len),
        Some(48),
        "{listed}"
    );
    let files = LogFiles::ending_with(&path).expect("the files are read");
    assert!(files.paths().count() > 6, "closed by size as well");
    verify(files).expect("all files are good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_gone_is_missed_while_the_server_runs_and_when_it_starts() {
    let bank = Bank::on_one_machine(1);
    let mut server = bank.server();
    let login = async |server: &HostedServer| {
        server
            .client
            .try_login("self", CONTRACT, "user01", LOGIN_PASSWORD)
            .await
            .status
    };
    assert_eq!(login(&server).await, 201);
    let path = server.audit_path();
    let kept = path.with_extension("kept");
    fs::rename(&path, &kept).expect("the file is moved");
    assert_eq!(login(&server).await, 503);
    let ready = server.client.get("/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), &ready.json()["failing"]),
        (503, &json!(["audit_log"]))
    );
    assert!(
        server.output().contains("its file is gone"),
        "{}",
        server.output()
    );
    fs::rename(&kept, &path).expect("the file is put back");
    let deadline = Instant::now() + Duration::from_secs(30);
    while login(&server).await != 201 {
        assert!(Instant::now() < deadline, "it takes records again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.stop();
    // All that lies beside the log as well: only the store knows that there was one.
    let index = format!("{}.index", path.display());
    fs::remove_file(index).expect("the index is removed");
    fs::rename(&path, &kept).expect("the file is moved");
    let refused = server.try_start().expect_err("the log is missed");
    assert!(
        refused.contains("holds nothing of the password store"),
        "{refused}"
    );
    fs::rename(&kept, &path).expect("the file is put back");
    server.start();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_signs_where_its_log_stands_when_it_stops() {
    let openssl = OpenSsl::new();
    openssl.succeed(&["genpkey", "-algorithm", "ed25519", "-out", "audit.key"]);
    let key = openssl.path().join("audit.key");
    let line = format!("audit_log.signing_key_file = \"{}\"", key.display());
    let bank = Bank::on_one_machine(1).with(&line);
    let mut server = bank.server();
    server
        .client
        .try_login("self", CONTRACT, "user01", LOGIN_PASSWORD)
        .await
        .expect(201, None);
    server.stop();
    assert!(
        server.output().contains("warifu-audit-checkpoint-2"),
        "{}",
        server.output()
    );
    let public = SigningKey::from_pem(&fs::read(&key).expect("the key"))
        .expect("a key")
        .public();
    let expected = Expected {
        key: Some(&public),
        ..Expected::default()
    };
    let text = server.audit_text();
    let (summary, marks) = verify_against(text.as_bytes(), expected).expect("the log is good");
    assert_eq!((marks.signed, marks.covered), (1, summary.records - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_share_a_log_each_sign_all_of_it() {
    let (redis, log) = (RedisServer::start(), RedisServer::start());
    let openssl = OpenSsl::new();
    openssl.succeed(&["genpkey", "-algorithm", "ed25519", "-out", "audit.key"]);
    let key = openssl.path().join("audit.key");
    let bank = Bank::on_redis(1, &redis.servers(), 0)
        .with_log_on(&log.servers(), 0)
        .with(&format!(
            "audit_log.signing_key_file = \"{}\"",
            key.display()
        ));
    let mut servers = [bank.server(), bank.server()];
    for _ in 0..2 {
        for server in &servers {
            let login = server
                .client
                .try_login("self", CONTRACT, "user01", LOGIN_PASSWORD);
            login.await.expect(201, None);
        }
        for server in &mut servers {
            server.stop();
            server.start();
        }
    }
    let text = RedisLog::with(RedisSettings::new(log.servers()))
        .text()
        .await;
    let public = SigningKey::from_pem(&fs::read(&key).expect("the key"))
        .expect("a key")
        .public();
    let expected = Expected {
        key: Some(&public),
        ..Expected::default()
    };
    let (_, marks) = verify_against(text.as_bytes(), expected).expect("the log is good");
    assert_eq!((marks.found, marks.signed), (4, 4), "{text}");
    let forged = text.replacen("user01", "user09", 1);
    assert!(verify_against(forged.as_bytes(), expected).is_err());
}
