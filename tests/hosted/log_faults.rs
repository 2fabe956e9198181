//! An audit log that cannot be written: nothing is evaluated, nobody is charged, and what was in
//! flight is written late.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use warifu_test_support::client::{Answer, Client};
use warifu_test_support::people::{CONTRACT, LOGIN_PASSWORD, WRONG_PASSWORD};

use crate::hosting::{Bank, HostedServer, administrator};

const PASSPHRASE: &str = "passphrase-1";
const PATIENCE: Duration = Duration::from_secs(60);
const LETS_GO_WITHIN: Duration = Duration::from_secs(2);

/// Puts the log on a disk of its own, in a name space of the server's, so that nothing is left behind
/// whatever happens. Whoever is not root takes a name space of users as well.
pub(crate) const ON_A_SMALL_DISK: &str = "\
    spaces=--mount; unshare --mount true 2>/dev/null || spaces='--map-root-user --mount'; \
    log=$(dirname \"$3\")/log; mkdir -p \"$log\"; \
    exec unshare $spaces sh -c '\
    log=$1; shift; mount -t tmpfs -o size=1m,mode=700 none \"$log\" || exit 77; \
    exec \"$@\" --set audit_log.file.path=\"$log/audit.jsonl\"' sh \"$log\" \"$@\"";

/// A bank where one wrong entry locks, so that each user tells of one evaluation.
fn strict_bank(many: usize) -> Bank {
    Bank::on_one_machine(many).with("policy.login.max_failures = 1")
}

async fn wrong(client: &Client, user: &str) -> Answer {
    client
        .try_login("self", CONTRACT, user, WRONG_PASSWORD)
        .await
}

async fn right(client: &Client, user: &str) -> Answer {
    client
        .try_login("self", CONTRACT, user, LOGIN_PASSWORD)
        .await
}

fn records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the log is read");
    warifu_audit_file::verify(text.as_bytes()).expect("the log is good");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a record is JSON"))
        .collect()
}

/// The records of an event about a user.
fn of<'a>(records: &'a [Value], event: &str, user: &str) -> Vec<&'a Value> {
    let wanted = |record: &&Value| record["event"] == event && record["subject"] == user;
    records.iter().filter(wanted).collect()
}

async fn await_ready(server: &HostedServer) {
    let deadline = Instant::now() + PATIENCE;
    while server.client.get("/readyz").await.status != 200 {
        assert!(
            Instant::now() < deadline,
            "ready again: {}",
            server.output()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Wrong entries of one user after the other, until one meets a log that cannot be written. Then
/// right and wrong entries of others are refused without a look, `readyz` says why, and afterwards,
/// once `repair` has been made, everything is as if they had not been.
async fn assert_nothing_is_evaluated(
    bank: &Bank,
    server: &HostedServer,
    log: &Path,
    repair: impl FnOnce(),
) {
    let mut locked = Vec::new();
    let in_flight = loop {
        let user = bank.next_user();
        let answer = wrong(&server.client, &user).await;
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some());
            break user;
        }
        answer.expect(429, Some("login-locked"));
        locked.push(user);
    };
    let others: Vec<String> = (0..10).map(|_| bank.next_user()).collect();
    for user in &others {
        assert_eq!(wrong(&server.client, user).await.status, 503);
        assert_eq!(right(&server.client, user).await.status, 503);
    }
    let ready = server.client.get("/readyz").await;
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert_eq!(ready.json()["failing"], json!(["audit_log"]));
    repair();
    await_ready(server).await;
    for user in &others {
        right(&server.client, user).await.expect(201, None);
    }
    wrong(&server.client, &in_flight)
        .await
        .expect(429, Some("login-locked"));
    let records = records(log);
    for user in &locked {
        assert_eq!(of(&records, "lock.set", user).len(), 1, "{user}");
    }
    for event in ["login.refused", "lock.set"] {
        let late = of(&records, event, &in_flight);
        assert_eq!(late[0]["detail"]["late"], "true", "{event}");
    }
    // Whoever was not answered is not charged: that lock was taken back, and the one of now is new.
    assert_eq!(
        of(&records, "lock.set", &in_flight).len(),
        2,
        "one for each lock"
    );
    let cleared = of(&records, "lock.cleared", &in_flight);
    assert_eq!(cleared.len(), 1, "the lock that nobody was told");
    assert_eq!(cleared[0]["detail"]["reason"], "not-answered");
    for user in &others {
        assert!(
            of(&records, "login.refused", user).is_empty(),
            "{user} was evaluated"
        );
        assert_eq!(of(&records, "login.succeeded", user).len(), 1);
    }
}

/// The folder of a log on a small disk, as the server sees it.
pub(crate) fn log_folder(server: &HostedServer) -> PathBuf {
    let own = server.audit_path();
    let own = own.parent().and_then(|own| own.strip_prefix("/").ok());
    let inside = PathBuf::from(format!("/proc/{}/root", server.pid()));
    inside.join(own.expect("a whole path")).join("log")
}

/// Takes all room there is.
pub(crate) fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).expect("a file is made");
    for size in [65_536, 4_096, 64] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_evaluated_and_what_was_in_flight_is_written_late() {
    let bank = strict_bank(200);
    let server = bank.server_under(&["sh", "-c", ON_A_SMALL_DISK, "sh"]);
    let folder = log_folder(&server);
    let first = bank.next_user();
    right(&server.client, &first).await.expect(201, None);
    let filler = fill(&folder);
    let log = folder.join("audit.jsonl");
    assert_nothing_is_evaluated(&bank, &server, &log, || {
        fs::remove_file(&filler).expect("there is room again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_before_the_end_is_told() {
    let bank = strict_bank(200);
    let mut server = bank.server_under(&["sh", "-c", ON_A_SMALL_DISK, "sh"]);
    fill(&log_folder(&server));
    while wrong(&server.client, &bank.next_user()).await.status != 503 {}
    server.stop();
    let said = server.output();
    // The refusal and the lock; and that the lock was taken back, where there was time for it.
    let told =
        |number| format!("{number} records could not be written to the audit log and are lost");
    assert!(said.contains(&told(2)) || said.contains(&told(3)), "{said}");
    for secret in [WRONG_PASSWORD, "user0"] {
        assert!(!said.contains(secret), "{said}");
    }
}

/// strace, attached to a server, letting system calls on its log go wrong until it is dropped.
struct Faults {
    strace: Child,
}

impl Faults {
    fn inject(server: &HostedServer, call: &str, fault: &str) -> Self {
        let mut command = Command::new("strace");
        command
            .args([
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-p",
                &server.pid().to_string(),
            ])
            .args(["-e", &format!("trace={call}"), "-P"])
            .arg(server.audit_path())
            .args(["-e", &format!("inject={call}:{fault}")])
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let strace = command.spawn().expect("strace is installed");
        let faults = Self { strace };
        let deadline = Instant::now() + PATIENCE;
        let threads = format!("/proc/{}/task", server.pid());
        let is_traced = |thread: &PathBuf| {
            let status = fs::read_to_string(thread.join("status")).unwrap_or_default();
            !status.contains("TracerPid:\t0")
        };
        loop {
            let threads = fs::read_dir(&threads).expect("the server runs");
            let threads: Vec<PathBuf> = threads.flatten().map(|entry| entry.path()).collect();
            if threads.iter().all(is_traced) {
                return faults;
            }
            assert!(Instant::now() < deadline, "strace takes hold of the server");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        // On this signal it lets the server go.
        let _ = Command::new("kill")
            .arg(self.strace.id().to_string())
            .status();
        // Where the server has died meanwhile, strace may wait for ever for one of its threads.
        let deadline = Instant::now() + LETS_GO_WITHIN;
        while matches!(self.strace.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                let _ = self.strace.kill();
                let _ = self.strace.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_disk_that_fails_nothing_is_evaluated() {
    let bank = strict_bank(200);
    let server = bank.server();
    let first = bank.next_user();
    right(&server.client, &first).await.expect(201, None);
    let faults = Faults::inject(&server, "fdatasync", "error=EIO");
    assert_nothing_is_evaluated(&bank, &server, &server.audit_path(), || drop(faults)).await;
}

/// As of every other lock: whoever got no answer may redeem, and the log tells of both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_of_redeeming_that_nobody_was_told_is_taken_back_and_the_log_says_so() {
    let bank = Bank::on_one_machine(2).with("policy.retrieval_password.max_failures = 1");
    let server = bank.server();
    let admin = administrator(&server).await;
    let (user, other) = (bank.next_user(), bank.next_user());
    let password = admin.reissue(&user).await;
    let another = admin.reissue(&other).await;
    let holder = server.client.login_self(&user).await;
    let faults = Faults::inject(&server, "fdatasync", "error=EIO");
    let refused = holder.redeem_pkcs12(&another, PASSPHRASE).await;
    assert_eq!(refused.status, 503, "{}", refused.text());
    drop(faults);
    await_ready(&server).await;
    let deadline = Instant::now() + PATIENCE;
    let written = loop {
        let written = records(&server.audit_path());
        if !of(&written, "lock.cleared", &user).is_empty() {
            break written;
        }
        assert!(Instant::now() < deadline, "{}", server.audit_text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let (set, cleared) = (
        of(&written, "lock.set", &user),
        of(&written, "lock.cleared", &user),
    );
    assert_eq!((set.len(), cleared.len()), (1, 1), "{set:?} {cleared:?}");
    for record in [set[0], cleared[0]] {
        assert_eq!(record["detail"]["purpose"], "retrieval");
    }
    assert_eq!(cleared[0]["detail"]["reason"], "not-answered");
    let redeemed = holder.redeem_pkcs12(&password, PASSPHRASE).await;
    redeemed.expect(201, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_whose_record_was_lost_in_a_crash_is_written_once_by_whoever_sees_it() {
    let bank = strict_bank(8);
    let (mut server, other) = (bank.server(), bank.server());
    let user = bank.next_user();
    {
        // The lock is in the store by then.
        let _faults = Faults::inject(&server, "pwrite64", "error=EIO:signal=SIGKILL");
        let entry = json!({
            "contract_number": CONTRACT,
            "user_id": user,
            "login_password": WRONG_PASSWORD,
        });
        let (json, path) = (Some("application/json"), "/api/v1/self/sessions");
        let answer = server
            .client
            .try_send(hyper::Method::POST, path, json, entry.to_string());
        let answer = answer.await;
        assert!(answer.is_err(), "the server died before it answered");
    }
    server.await_end();
    server.start();
    let clients = [&server.client, &other.client];
    let tries = (0..8).map(|number| right(clients[number % 2], &user));
    let mut tries: Vec<_> = tries.collect();
    let (first, second) = (tries.remove(0), tries.remove(0));
    let (first, second) = tokio::join!(first, second);
    for answer in [first, second] {
        answer.expect(429, Some("login-locked"));
    }
    for answer in tries {
        answer.await.expect(429, Some("login-locked"));
    }
    let logs = || [records(&server.audit_path()), records(&other.audit_path())].concat();
    // Whoever claimed the record has a while to write it; each server looks once more after that.
    let deadline = Instant::now() + PATIENCE;
    while of(&logs(), "lock.set", &user).is_empty() {
        assert!(Instant::now() < deadline, "the lock is written down");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    right(&server.client, &user)
        .await
        .expect(429, Some("login-locked"));
    right(&other.client, &user)
        .await
        .expect(429, Some("login-locked"));
    let logs = logs();
    let set = of(&logs, "lock.set", &user);
    assert_eq!(set.len(), 1, "{set:?}");
    assert_eq!(set[0]["detail"]["late"], "true");
    assert_eq!(set[0]["detail"]["purpose"], "login");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_strangers_cause_is_counted_and_not_written_one_by_one() {
    const SENT: u64 = 2_000;
    let bank = Bank::on_one_machine(1);
    let mut server = bank.server();
    let foreign = server
        .client
        .with_header("origin", "https://elsewhere.example");
    for _ in 0..SENT {
        foreign
            .post("/api/v1/self/sessions", json!({}))
            .await
            .expect(403, Some("cross-origin"));
    }
    server.stop();
    let records = records(&server.audit_path());
    let denied: Vec<&Value> = records
        .iter()
        .filter(|record| record["event"] == "access.denied")
        .collect();
    assert!(denied.len() <= 12, "{} records", denied.len());
    let counts = denied.iter().map(|record| {
        assert_eq!(record["detail"]["reason"], "cross-origin");
        let count = record["detail"]["count"].as_str();
        count.map_or(1, |count| count.parse::<u64>().expect("a number"))
    });
    assert_eq!(counts.sum::<u64>(), SENT, "none is forgotten");
    let sources: BTreeSet<&str> = denied.iter().filter_map(|r| r["source"].as_str()).collect();
    assert_eq!(sources.len(), 1);
}
