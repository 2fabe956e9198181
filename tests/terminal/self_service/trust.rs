//! Why a server is not trusted, in a sentence that says what to do.

use warifu_terminal_tests::{BankFolder, Program, RunningServer, Tls};

use super::bare;

/// What the program says of a server in English and, below, in Japanese.
fn refused(bank: &BankFolder, url: &str) -> String {
    let authority = bank.path("server-ca.pem").display().to_string();
    let english = bare();
    let japanese = Program::new(env!("CARGO_BIN_EXE_tried-warifu-self-service"));
    let said = [english, japanese].map(|program| {
        let check = ["--server", url, "--ca-file", &authority, "--check"];
        let ended = program.run(&check).expect(9);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        for debug in [
            "Context",
            "InvalidCertificate",
            "UnknownIssuer",
            "{",
            "invalid peer",
        ] {
            assert!(!ended.stderr.contains(debug), "{}", ended.stderr);
        }
        ended.stderr
    });
    said.concat()
}

#[test]
fn a_server_that_is_not_trusted_is_told_by_its_reason() {
    let bank = BankFolder::new();
    let server = RunningServer::start(&bank, Tls::Yes);
    // Authorities of another name, and of the same name.
    for tls in [Tls::OtherName, Tls::Yes] {
        let stranger = BankFolder::new();
        let _other = RunningServer::start(&stranger, tls);
        let unknown = refused(&stranger, &server.url);
        assert!(
            unknown.contains("--ca-file") && unknown.contains("信頼している認証局"),
            "{unknown}"
        );
    }
    for (tls, english, japanese) in [
        (Tls::OtherName, "another name", "別の名前"),
        (Tls::Expired, "has expired", "有効期限が切れています"),
        (
            Tls::NotValidYet,
            "not valid yet",
            "まだ有効期間に入っていません",
        ),
    ] {
        let bank = BankFolder::new();
        let server = RunningServer::start(&bank, tls);
        let said = refused(&bank, &server.url);
        assert!(said.contains(english) && said.contains(japanese), "{said}");
    }
}
