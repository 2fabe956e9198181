//! The real `warifu-admin`, run against banks in folders.

#![expect(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod audit;
mod bulk;
mod exit_codes;
mod help;
mod lists;
mod output;
mod reissue;
mod requests;
mod same_as_api;
mod sessions;
mod store;
mod users;
mod watched;

use std::path::Path;
use std::process::Command;

use warifu_terminal_tests::{BankFolder, CONTRACT, Program};

/// The text of a PDF.
fn pdf_text(path: &Path) -> String {
    let output = Command::new("pdftotext").arg(path).arg("-").output();
    let output = output.expect("pdftotext of poppler-utils is there");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// `warifu-admin --lang en --config …`, on a bank.
fn admin(bank: &BankFolder) -> Program {
    let config = bank.path("warifu.toml");
    bare().before(&["--lang", "en", "--config", &config.display().to_string()])
}

/// `warifu-admin`.
fn bare() -> Program {
    Program::new(env!("CARGO_BIN_EXE_tried-warifu-admin"))
}

/// The arguments of a reissue for `user` by `operator`, with the operator's right password.
fn reissue(bank: &BankFolder, operator: &str, user: &str, more: &[&str]) -> Vec<String> {
    let password = bank.path(&format!("{operator}.transaction"));
    let password = password.display().to_string();
    [
        "reissue",
        "--contract",
        CONTRACT,
        "--operator",
        operator,
        "--user",
        user,
        "--transaction-password-file",
        &password,
        "--not-instructed-by-others",
        "--yes",
    ]
    .iter()
    .chain(more)
    .map(|&text| text.to_owned())
    .collect()
}
