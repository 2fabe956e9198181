//! `/readyz` and `--check` try what work does, and `--check` makes nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use warifu_test_support::openssl::OpenSsl;
use warifu_test_support::people::{CONTRACT, LOGIN_PASSWORD, users_file_with};
use warifu_test_support::redis::RedisServer;

use crate::hosting::{Bank, PROGRAM, administrator};

/// Everything below a folder, with what it is or holds.
fn listing(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder is read") {
        let path = entry.expect("an entry").path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.extend(listing(&path));
            found.insert(name, b"a folder".to_vec());
        } else {
            found.insert(name, std::fs::read(&path).expect("the file is read"));
        }
    }
    found
}

fn check(folder: &Path, settings: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    command.current_dir(folder).arg("--check");
    for setting in settings {
        command.args(["--set", setting]);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program runs");
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&said).into_owned())
}

fn folder_with_users() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder is made");
    let users = folder.path().join("users.toml");
    std::fs::write(users, users_file_with(0)).expect("the users file is written");
    folder
}

#[test]
fn a_check_on_an_empty_folder_leaves_it_empty_and_says_what_would_be_made() {
    let folder = folder_with_users();
    let before = listing(folder.path());
    let (code, said) = check(folder.path(), &[]);
    assert_eq!(listing(folder.path()), before, "{said}");
    assert_eq!(code, Some(0), "{said}");
    for (section, place) in [
        ("password_store: embedded", "var/warifu.db"),
        ("certificate_authority: local", "var/ca"),
        ("audit_log: file", "var/audit.jsonl"),
    ] {
        let line = said.lines().find(|line| line.starts_with(section));
        let line = line.unwrap_or_else(|| panic!("{section}: {said}"));
        assert!(
            line.contains("would make") && line.contains(place),
            "{line}"
        );
    }
}

#[test]
fn what_cannot_be_made_is_told_by_a_check() {
    let folder = folder_with_users();
    std::fs::write(folder.path().join("in-the-way"), "").expect("a file is written");
    for setting in [
        "password_store.embedded.path=in-the-way/warifu.db",
        "certificate_authority.local.directory=in-the-way/ca",
        "audit_log.file.path=in-the-way/audit.jsonl",
    ] {
        let (code, said) = check(folder.path(), &[setting]);
        assert_eq!(code, Some(78), "{said}");
        let key = setting.split('=').next().unwrap_or_default();
        assert!(said.contains(key) && said.contains("in-the-way"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_of_what_is_there_changes_nothing_and_finds_it_good() {
    let bank = Bank::on_one_machine(0);
    let mut server = bank.server();
    server.client.login_admin("admin01").await;
    server.kill();
    let settings = server.settings();
    let all = || (listing(bank.folder()), listing(server.folder()));
    // Whoever was killed leaves a write-ahead log, which the next to open the store puts away.
    let once = || {
        let mut command = Command::new(PROGRAM);
        let output = command
            .args(["--check", "--config"])
            .arg(&settings)
            .output();
        let output = output.expect("the program runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        said
    };
    once();
    let names = |(shared, own): (BTreeMap<String, Vec<u8>>, BTreeMap<String, Vec<u8>>)| {
        let own = own
            .into_iter()
            .filter(|(name, _)| !name.ends_with("output"));
        let store = |name: &String| name.ends_with("warifu.db");
        let kept = shared.into_iter().chain(own);
        // The store's own probe is written, so that its file changes; nothing else does.
        kept.map(|(name, content)| {
            if store(&name) {
                (name, Vec::new())
            } else {
                (name, content)
            }
        })
        .collect::<BTreeMap<_, _>>()
    };
    let before = names(all());
    let said = once();
    assert_eq!(names(all()), before);
    for section in ["password_store", "certificate_authority", "audit_log"] {
        let line = said.lines().find(|line| line.starts_with(section));
        assert!(line.is_some_and(|line| line.ends_with(": good")), "{said}");
    }
}

#[test]
fn a_check_makes_no_key_on_redis() {
    let redis = RedisServer::start();
    let folder = folder_with_users();
    let url = format!("redis://127.0.0.1:{}", redis.port);
    let settings: Vec<String> = ["password_store", "audit_log", "user_directory"]
        .iter()
        .map(|section| format!("{section}={{ adapter = \"redis\", redis.url = \"{url}\" }}"))
        .chain(["staff_directory.memory.users_file=users.toml".to_owned()])
        .collect();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let mut monitor = Command::new("redis-cli")
        .args(["-p", &redis.port.to_string(), "MONITOR"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-cli runs");
    let monitored = || redis.cli(&["CLIENT", "LIST"]).contains("cmd=monitor");
    while !monitored() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (code, said) = check(folder.path(), &settings);
    assert_eq!(redis.cli(&["DBSIZE"]), "0", "{said}");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("would make").count(), 4, "{said}");
    monitor.kill().expect("redis-cli ends");
    let seen = monitor.wait_with_output().expect("redis-cli ends").stdout;
    let seen = String::from_utf8_lossy(&seen).to_lowercase();
    assert!(seen.contains("\"info\""), "{seen}");
    for writing in ["\"hset\"", "\"set\"", "\"xadd\"", "\"del\"", "\"hdel\""] {
        assert!(!seen.contains(writing), "{writing}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_replicas_do_not_acknowledge_is_not_ready() {
    let primary = RedisServer::start();
    let replica = RedisServer::replica_of(&primary, &[]);
    let bank = Bank::on_redis(0, &primary.servers(), 1);
    let server = bank.server();
    server.client.get("/readyz").await.expect(200, None);
    replica.freeze();
    let since = Instant::now();
    let ready = server.client.get("/readyz").await;
    assert!(since.elapsed() < Duration::from_secs(4), "told in time");
    let told = ready.expect(503, None).json();
    assert_eq!(told["failing"], json!(["password_store"]));
    let words = told["details"][0]["message"].as_str().unwrap_or_default();
    assert!(words.contains("of 1 replicas"), "{told}");
    assert_eq!(told["details"][0]["section"], "password_store");
    replica.thaw();
    let since = Instant::now();
    while server.client.get("/readyz").await.status != 200 {
        assert!(since.elapsed() < Duration::from_secs(10), "ready again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_log_has_no_room_is_not_ready() {
    let bank = Bank::on_one_machine(0);
    let disk = tempfile::tempdir().expect("a folder is made");
    let path = disk.path().display().to_string();
    // A disk of sixteen blocks, of which the log gets one. In a name space of its own, so that
    // nothing is left behind whatever happens; whoever is not root takes one of users as well.
    let script = format!(
        "spaces=--mount; unshare --mount true 2>/dev/null || spaces='--map-root-user --mount'; \
         exec unshare $spaces sh -c 'mount -t tmpfs -o size=64k,mode=700 none {path} || exit 77; \
         head -c 61440 /dev/zero > {path}/filler; exec \"$@\"' sh \"$@\""
    );
    let log = format!("WARIFU__AUDIT_LOG__FILE__PATH={path}/audit.jsonl");
    let wrapper = ["env", &log, "sh", "-c", &script, "sh"];
    let server = bank.server_under(&wrapper);
    for _ in 0..20 {
        let login = server
            .client
            .try_login("admin", CONTRACT, "admin01", "wrong");
        if login.await.status == 503 {
            break;
        }
    }
    let ready = server.client.get("/readyz").await.expect(503, None).json();
    assert_eq!(ready["failing"], json!(["audit_log"]));
    let words = ready["details"][0]["message"].as_str().unwrap_or_default();
    assert!(words.contains("No space left"), "{ready}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_redis_was_emptied_lets_no_locked_user_in_and_says_why() {
    let redis = RedisServer::start();
    let bank = Bank::on_redis(0, &redis.servers(), 0);
    let server = bank.server();
    let login = || {
        server
            .client
            .try_login("admin", CONTRACT, "admin01", LOGIN_PASSWORD)
    };
    for _ in 0..5 {
        let wrong = server
            .client
            .try_login("admin", CONTRACT, "admin01", "wrong");
        assert_ne!(wrong.await.status, 201);
    }
    login().await.expect(429, Some("login-locked"));
    assert_eq!(redis.cli(&["FLUSHALL"]), "OK");
    for _ in 0..5 {
        login().await.expect(503, Some("unavailable"));
    }
    let ready = server.client.get("/readyz").await.expect(503, None).json();
    assert_eq!(ready["failing"], json!(["password_store"]));
    let words = ready["details"][0]["message"].as_str().unwrap_or_default();
    assert!(words.contains("lost what it held"), "{ready}");
    assert!(words.contains("store adopt"), "{ready}");
}

/// Redeemed after the copy was made: the copy would let it be redeemed once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_does_not_know_what_was_redeemed_is_refused() {
    let bank = Bank::on_one_machine(1);
    let mut server = bank.server();
    let user = bank.next_user();
    let right = administrator(&server).await.reissue(&user).await;
    let session = server.client.login_self(&user).await;
    let store = bank.folder().join("store/warifu.db");
    server.kill();
    // Whoever closes it last puts the write-ahead log of the killed server away.
    let mut command = Command::new(PROGRAM);
    let checked = command
        .args(["--check", "--config"])
        .arg(server.settings())
        .output();
    assert!(checked.expect("the program runs").status.success());
    let kept = bank.folder().join("copy.db");
    std::fs::copy(&store, &kept).expect("a copy is made");
    server.start();
    let csr = OpenSsl::new().p256_request();
    let redeemed = server.with(&session).redeem_csr(&right, &csr).await;
    redeemed.expect(201, None);
    server.kill();
    for file in ["store/warifu.db-wal", "store/warifu.db-shm"] {
        let _ = std::fs::remove_file(bank.folder().join(file));
    }
    std::fs::copy(&kept, &store).expect("the copy is restored");
    let refused = server.try_start().expect_err("an older copy is refused");
    for words in ["older copy", "of 1 users", "store adopt"] {
        assert!(refused.contains(words), "{refused}");
    }
}
