//! The bank's own programs, run as its operators run them.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{root, target};

const HTTP: &str = "acme-http";
const ADMIN: &str = "acme-admin";

/// A folder with the bank's configuration, people and stores.
struct Bank(TempDir);

impl Bank {
    /// Its back end is at `address`.
    fn at(address: SocketAddr) -> Self {
        let bank = Self(tempfile::tempdir().expect("a temporary folder"));
        let path = |name: &str| bank.path(name).display().to_string();
        let users = root().join("config/users.example.toml");
        fs::copy(users, path("users.toml")).expect("a writable folder");
        let owner_only = fs::Permissions::from_mode(0o600);
        fs::set_permissions(path("users.toml"), owner_only).expect("our own file");
        let settings = format!(
            "environment = \"development\"\n\
             [otp_verifier]\nadapter = \"acme\"\nacme.address = \"{address}\"\n\
             [user_directory]\nadapter = \"memory\"\nmemory.users_file = \"{}\"\n\
             [password_store]\nadapter = \"embedded\"\nembedded.path = \"{}\"\n\
             [certificate_authority]\nlocal.directory = \"{}\"\n\
             [audit_log]\nfile.path = \"{}\"\n",
            path("users.toml"),
            path("store.db"),
            path("ca"),
            path("audit.jsonl"),
        );
        fs::write(path("acme.toml"), settings).expect("a writable folder");
        bank
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a program with the bank's configuration.
    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let configuration = self.path("acme.toml").display().to_string();
        run(
            program,
            &[&["--config", configuration.as_str()], arguments].concat(),
        )
    }
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(target().join("debug").join(program))
        .args(arguments)
        .env_clear()
        .output()
        .expect("the program starts")
}

/// A back end that is there, as far as `--check` asks.
fn back_end() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it listens somewhere");
    (listener, address)
}

/// The version that the example gives its programs.
fn version() -> String {
    let manifest = root().join(super::EXAMPLE).join("Cargo.toml");
    let text = fs::read_to_string(manifest).expect("the example has a manifest");
    let manifest: toml::Value = toml::from_str(&text).expect("a manifest is TOML");
    let version = manifest["workspace"]["package"]["version"].as_str();
    version.expect("the example has a version").to_owned()
}

pub(super) fn bear_their_own_names() {
    assert_ne!(version(), env!("CARGO_PKG_VERSION"), "each has its own");
    for (program, ours) in [(HTTP, "warifu-http"), (ADMIN, "warifu-admin")] {
        let found = run(program, &["--version"]);
        let words = String::from_utf8_lossy(&found.stdout);
        assert_eq!(words, format!("{program} {}\n", version()), "{found:?}");
        assert!(found.status.success(), "{found:?}");

        let found = run(program, &["--help"]);
        let words = String::from_utf8_lossy(&found.stdout);
        assert!(words.contains(&format!("{program} --config")), "{words}");
        assert!(!words.contains(ours), "{words}");
        assert!(found.status.success(), "{found:?}");

        let found = run(program, &["--no-such-option"]);
        let words = String::from_utf8_lossy(&found.stderr);
        assert!(words.contains(program) && !words.contains(ours), "{words}");
        assert_eq!(found.status.code(), Some(2), "{found:?}");
    }
}

pub(super) fn know_the_adapter_and_reach_its_back_end() {
    let (listener, address) = back_end();
    let bank = Bank::at(address);
    for program in [HTTP, ADMIN] {
        let found = bank.run(program, &["--check"]);
        let words = String::from_utf8_lossy(&found.stdout);
        assert!(words.contains("otp_verifier: acme: good\n"), "{found:?}");
        assert!(found.status.success(), "{found:?}");

        let found = bank.run(
            program,
            &["--set", "otp_verifier.adapter=nobody", "--check"],
        );
        let words = String::from_utf8_lossy(&found.stderr);
        let line = "unknown adapter \"nobody\"; known here: acme, http, radius, totp\n";
        assert!(words.contains(line), "{found:?}");
        assert_eq!(found.status.code(), Some(78), "{found:?}");
    }

    drop(listener);
    for program in [HTTP, ADMIN] {
        let found = bank.run(program, &["--check"]);
        let words = String::from_utf8_lossy(&found.stdout);
        let line = "otp_verifier: acme: UNAVAILABLE: acme: ";
        assert!(words.contains(line), "{found:?}");
        assert_eq!(found.status.code(), Some(9), "{found:?}");
    }
}

pub(super) fn refuse_what_the_adapter_refuses() {
    let bank = Bank::at(SocketAddr::from(([192, 0, 2, 1], 7001)));
    for program in [HTTP, ADMIN] {
        let found = bank.run(program, &["--check"]);
        let words = String::from_utf8_lossy(&found.stderr);
        assert!(words.contains("otp_verifier.acme.address"), "{found:?}");
        assert_eq!(found.status.code(), Some(78), "{found:?}");
    }
}

pub(super) fn list_users() {
    // A list asks no back end: nobody listens there.
    let (_, address) = back_end();
    let bank = Bank::at(address);
    let list = ["users", "list", "--contract", "1234567890", "--plain"];
    let found = bank.run(ADMIN, &list);
    let words = String::from_utf8_lossy(&found.stdout);
    assert!(found.status.success(), "{found:?}");
    let users: Vec<&str> = words
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert_eq!(users, ["admin01", "admin02", "user01", "user02", "user03"]);
}
