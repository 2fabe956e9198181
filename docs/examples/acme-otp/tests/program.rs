//! The program knows the adapter, reaches the back end and says so.

mod acme_bank;

use std::fs;
use std::net::SocketAddr;
use std::process::Output;
use std::sync::Arc;

use acme_bank::{DEADLINE, Lines};
use tempfile::TempDir;
use tokio::process::Command;
use warifu_contracts::back_end::{FakeBackEnd, SampleCards};
use warifu_contracts::samples::TestClock;

async fn check(address: SocketAddr) -> Output {
    let folder = TempDir::new().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("users.toml"), "").expect("a writable folder");
    let settings = format!(
        "environment = \"development\"\n\
         [otp_verifier]\nadapter = \"acme\"\nacme.address = \"{address}\"\n\
         [user_directory]\nmemory.users_file = \"{}\"\n\
         [password_store]\nadapter = \"memory\"\n\
         [certificate_authority]\nlocal.directory = \"{}\"\n\
         [audit_log]\nfile.path = \"{}\"\n",
        path("users.toml"),
        path("ca"),
        path("audit.jsonl"),
    );
    fs::write(path("acme.toml"), settings).expect("a writable folder");
    let program = Command::new(env!("CARGO_BIN_EXE_acme-warifu"))
        .args(["--check", "--config", &path("acme.toml")])
        .output();
    program.await.expect("the program starts")
}

#[tokio::test]
async fn it_says_whether_the_back_end_is_there() {
    let cards = SampleCards::new(Arc::new(TestClock::default()));
    let back_end = FakeBackEnd::start(Lines(Arc::new(cards)), DEADLINE).await;
    let back_end = back_end.expect("a port is free");
    let found = check(back_end.address).await;
    let words = String::from_utf8_lossy(&found.stdout);
    assert!(words.contains("otp_verifier: acme: good\n"), "{found:?}");
    assert!(found.status.success(), "{found:?}");

    let address = back_end.address;
    drop(back_end);
    let found = check(address).await;
    let words = String::from_utf8_lossy(&found.stdout);
    let line = "otp_verifier: acme: UNAVAILABLE: acme: ";
    assert!(words.contains(line), "{found:?}");
    assert_eq!(found.status.code(), Some(9), "{found:?}");
}

#[tokio::test]
async fn it_refuses_an_address_elsewhere() {
    let found = check(SocketAddr::from(([192, 0, 2, 1], 7001))).await;
    let words = String::from_utf8_lossy(&found.stderr);
    assert!(words.contains("otp_verifier.acme.address"), "{found:?}");
    assert_eq!(found.status.code(), Some(78), "{found:?}");
}
