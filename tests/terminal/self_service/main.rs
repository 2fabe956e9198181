//! The real `warifu-self-service`, run against servers and banks in folders.

#![expect(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod trust;
mod watched;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;
use warifu_terminal_tests::{
    BankFolder, CONTRACT, Ended, Program, PseudoTerminal, RunningServer, Tls, current_code,
    login_password, nobody, transaction_password,
};

const PASSPHRASE: &str = "a passphrase of the tests";

fn bare() -> Program {
    Program::new(env!("CARGO_BIN_EXE_tried-warifu-self-service")).before(&["--lang", "en"])
}

/// The program before a server, with the authority of its certificate.
fn customer(bank: &BankFolder, server: &RunningServer) -> Program {
    let program = bare().before(&["--server", &server.url]);
    if server.url.starts_with("https") {
        let authority = bank.path("server-ca.pem").display().to_string();
        program.before(&["--ca-file", &authority])
    } else {
        program
    }
}

/// Files with everything that user02 knows.
fn secrets(bank: &BankFolder) {
    for user in ["user01", "user02"] {
        bank.secret(&format!("{user}.login"), &login_password(user));
    }
    bank.secret("passphrase", PASSPHRASE);
}

/// A call for `user`, with the files named by `options` (`--otp-file otp`).
fn call(bank: &BankFolder, command: &str, user: &str, options: &[(&str, &str)]) -> Vec<String> {
    bank.secret("otp", &current_code("user02"));
    let mut arguments = vec![
        command.to_owned(),
        "--contract".to_owned(),
        CONTRACT.to_owned(),
        "--user".to_owned(),
        user.to_owned(),
        "--login-password-file".to_owned(),
        bank.path(&format!("{user}.login")).display().to_string(),
    ];
    for (option, file) in options {
        arguments.push((*option).to_owned());
        arguments.push(match *file {
            "-" => "-".to_owned(),
            name => bank.path(name).display().to_string(),
        });
    }
    arguments
}

fn openssl(arguments: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(arguments)
        .output()
        .expect("openssl runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn mode(bank: &BankFolder, name: &str) -> u32 {
    let metadata = std::fs::metadata(bank.path(name)).expect("the file is there");
    metadata.permissions().mode() & 0o777
}

#[test]
fn a_certificate_is_renewed_in_one_go_over_tls() {
    let bank = BankFolder::new();
    secrets(&bank);
    let server = RunningServer::start(&bank, Tls::Yes);
    let arguments = call(
        &bank,
        "renew",
        "user02",
        &[
            ("--otp-file", "otp"),
            ("--passphrase-file", "passphrase"),
            ("--out", "user02.p12"),
        ],
    );
    let arguments: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .chain(["--json"])
        .collect();
    let ended = customer(&bank, &server).run(&arguments).expect(0);
    let printed: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(mode(&bank, "user02.p12"), 0o600);
    assert!(!bank.path("user02.p12.pending-key").exists());

    let file = bank.path("user02.p12").display().to_string();
    let pass = format!("pass:{PASSPHRASE}");
    let contents = openssl(&["pkcs12", "-in", &file, "-passin", &pass, "-nodes"]);
    assert!(contents.contains("PRIVATE KEY") && contents.matches("BEGIN CERT").count() >= 2);
    bank.write("contents.pem", &contents);
    let pem = bank.path("contents.pem").display().to_string();
    let subject = openssl(&["x509", "-in", &pem, "-noout", "-subject", "-serial"]);
    assert!(
        subject.contains("CN") && subject.contains("user02"),
        "{subject}"
    );
    assert!(
        subject.contains(printed["serial"].as_str().unwrap()),
        "{subject}"
    );

    // The file is never replaced, and that is known before anything is asked.
    let before = bank.count("login.succeeded");
    let _ = customer(&bank, &server).run(&arguments).expect(7);
    assert_eq!(bank.count("login.succeeded"), before);
    let log = bank.read("audit.jsonl");
    assert!(!log.contains(PASSPHRASE) && !log.contains(&login_password("user02")));
}

#[test]
fn reissue_and_retrieve_are_two_steps() {
    let bank = BankFolder::new();
    secrets(&bank);
    let server = RunningServer::start(&bank, Tls::No);
    let customer = customer(&bank, &server);
    let options = [("--otp-file", "otp"), ("--output", "password")];
    let _ = customer
        .run(&call(&bank, "reissue", "user02", &options))
        .expect(0);
    assert_eq!(mode(&bank, "password"), 0o600);
    let password = bank.read("password");
    assert_eq!(password.trim_end().len(), 19);

    let files = [("--key-out", "key.pem"), ("--cert-out", "cert.pem")];
    bank.secret("wrong-password", "AAAA-AAAA-AAAA-AAAA");
    let wrong = [
        &[("--retrieval-password-file", "wrong-password")][..],
        &files,
    ]
    .concat();
    let _ = customer
        .run(&call(&bank, "retrieve", "user02", &wrong))
        .expect(3);
    assert!(!bank.path("key.pem").exists() && !bank.path("key.pem.pending-key").exists());
    bank.secret("slip", "0000");
    let slip = [&[("--retrieval-password-file", "slip")][..], &files].concat();
    let _ = customer
        .run(&call(&bank, "retrieve", "user02", &slip))
        .expect(2);

    let right = [&[("--retrieval-password-file", "-")][..], &files].concat();
    let arguments = call(&bank, "retrieve", "user02", &right);
    let _ = customer.run_reading(&arguments, &password).expect(0);
    assert_eq!(mode(&bank, "key.pem"), 0o600);
    let (key, cert) = (bank.path("key.pem"), bank.path("cert.pem"));
    let of_key = openssl(&["pkey", "-in", &key.display().to_string(), "-pubout"]);
    let of_cert = openssl(&[
        "x509",
        "-in",
        &cert.display().to_string(),
        "-noout",
        "-pubkey",
    ]);
    assert_eq!(of_key, of_cert);
    assert_eq!(
        bank.read("cert.pem").matches("BEGIN CERTIFICATE").count(),
        2
    );
}

#[test]
fn a_key_whose_certificate_was_lost_on_the_way_gets_the_same_one() {
    let bank = BankFolder::new();
    secrets(&bank);
    let server = RunningServer::start(&bank, Tls::No);
    let customer = customer(&bank, &server);
    let options = [("--otp-file", "otp"), ("--output", "password")];
    let _ = customer
        .run(&call(&bank, "reissue", "user02", &options))
        .expect(0);
    let fetch = |key: &str, cert: &str| {
        let files = [
            ("--retrieval-password-file", "password"),
            ("--key-out", key),
            ("--cert-out", cert),
        ];
        customer.run(&call(&bank, "retrieve", "user02", &files))
    };
    let _ = fetch("one.key", "one.pem").expect(0);
    // As if the answer had never come: the key is still pending.
    std::fs::rename(bank.path("one.key"), bank.path("two.key.pending-key")).unwrap();
    let again = fetch("two.key", "two.pem").expect(0);
    assert!(
        again.stderr.contains("key of last time"),
        "{}",
        again.stderr
    );
    assert_eq!(bank.read("one.pem"), bank.read("two.pem"));
    // Another key gets nothing for a password that is used up.
    let _ = fetch("three.key", "three.pem").expect(3);
    assert_eq!(bank.count("certificate.issued"), 1);
}

#[test]
fn whom_to_trust_is_checked_before_anything_is_said() {
    let bank = BankFolder::new();
    secrets(&bank);
    let server = RunningServer::start(&bank, Tls::Yes);
    let arguments = call(
        &bank,
        "reissue",
        "user02",
        &[("--otp-file", "otp"), ("--output", "-")],
    );
    let stranger = bare().before(&["--server", &server.url]);
    let refused = stranger.run(&arguments);
    assert!(matches!(refused.code, Some(9 | 2)), "{refused:?}");
    let other = RunningServer::start(&BankFolder::new(), Tls::No);
    // No TLS where TLS is expected.
    let authority = bank.path("server-ca.pem").display().to_string();
    let url = other.url.replace("http:", "https:");
    let program = bare().before(&["--server", &url, "--ca-file", &authority]);
    let refused = program.run(&arguments).expect(9);
    assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
    let plain = bare().before(&["--server", "http://bank.example"]);
    let _ = plain.run(&arguments).expect(2);
    let gone = bare().before(&["--server", &nobody()]);
    let refused = gone.run(&arguments).expect(9);
    assert!(
        refused.stderr.contains("cannot be reached"),
        "{}",
        refused.stderr
    );
    let _ = bare().run(&arguments).expect(2);
    assert!(!bank.path("audit.jsonl").exists() || bank.count("login.succeeded") == 0);
    let _ = customer(&bank, &server).run(&["--check"]).expect(0);
}

fn code_of(ended: &Ended) -> Option<i32> {
    ended.code
}

#[test]
fn refusals_have_their_codes_and_the_servers_words() {
    let bank = BankFolder::with("policy.otp.max_failures = 2");
    secrets(&bank);
    bank.secret("user03.login", &login_password("user03"));
    bank.secret("bad-otp", "000000");
    let server = RunningServer::start(&bank, Tls::No);
    let customer = customer(&bank, &server);
    let run = |user: &str, otp: &str| {
        let options = [("--otp-file", otp), ("--output", "-")];
        let arguments = call(&bank, "reissue", user, &options);
        customer.run(&arguments)
    };
    let disabled = run("user03", "otp").expect(3);
    assert!(
        disabled.stderr.contains("could not log you in"),
        "{}",
        disabled.stderr
    );
    assert_eq!(code_of(&run("user01", "otp")), Some(5), "no right");
    assert_eq!(code_of(&run("user02", "bad-otp")), Some(3));
    assert_eq!(code_of(&run("user02", "bad-otp")), Some(4), "locked");
    assert_eq!(code_of(&run("user02", "otp")), Some(4), "still locked");

    bank.secret("user02.login", &transaction_password("user02"));
    let codes: Vec<Option<i32>> = (0..6).map(|_| code_of(&run("user02", "otp"))).collect();
    assert_eq!(codes[..4], [Some(3); 4]);
    assert_eq!(codes[5], Some(4), "429");
    let unasked = [
        "reissue",
        "--contract",
        CONTRACT,
        "--user",
        "user02",
        "--output",
        "-",
    ];
    let refused = customer.run(&unasked).expect(2);
    assert!(refused.stderr.contains("--otp-file"), "{}", refused.stderr);
}

#[test]
fn without_a_server_a_configuration_does() {
    let bank = BankFolder::new();
    secrets(&bank);
    let config = bank.path("warifu.toml").display().to_string();
    let options = [
        ("--otp-file", "otp"),
        ("--passphrase-file", "passphrase"),
        ("--out", "user02.p12"),
    ];
    let program = bare().before(&["--config", &config]);
    let _ = program
        .run(&call(&bank, "renew", "user02", &options))
        .expect(0);
    assert!(bank.path("user02.p12").exists());
    let _ = program.run(&["--check"]).expect(0);
}

#[test]
fn a_person_is_asked_once_and_remembered() {
    let bank = BankFolder::new();
    let server = RunningServer::start(&bank, Tls::No);
    let home = bank.folder().display().to_string();
    let program = bare().variable("HOME", &home);
    let out = bank.path("user02.p12").display().to_string();
    let first = program.clone().before(&["--server", &server.url]);
    let mut terminal = PseudoTerminal::run(&first, &["renew", "--out", &out], 100);
    terminal.wait_for("ontract number: ");
    terminal.enter(&format!("{CONTRACT}\n"));
    terminal.wait_for("ser ID: ");
    terminal.enter("user02\n");
    terminal.wait_for("ogin password: ");
    terminal.enter(&format!("{}\n", login_password("user02")));
    terminal.wait_for("ne-time password: ");
    terminal.enter(&format!("{}\n", current_code("user02")));
    terminal.wait_for("to have one made");
    terminal.enter("\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains(&login_password("user02")), "{shown}");
    let passphrase = shown
        .lines()
        .map(str::trim)
        .find(|line| line.len() == 19 && line.split('-').count() == 4);
    let pass = format!("pass:{}", passphrase.unwrap());
    let contents = openssl(&["pkcs12", "-in", &out, "-passin", &pass, "-nokeys"]);
    assert!(contents.contains("BEGIN CERTIFICATE"));

    let kept = bank.read(".config/warifu/self-service.toml");
    assert!(
        kept.contains(CONTRACT) && !kept.contains("example-login"),
        "{kept}"
    );
    let out = bank.path("again.p12").display().to_string();
    let mut terminal = PseudoTerminal::run(&program, &["renew", "--out", &out], 100);
    terminal.wait_for("ogin password: ");
    terminal.enter("\u{3}");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(!shown.contains("ser ID: "), "{shown}");
    let _ = program.run(&["forget"]).expect(0);
    assert!(!bank.path(".config/warifu/self-service.toml").exists());
}
