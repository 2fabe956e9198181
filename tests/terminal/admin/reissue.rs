//! Reissuing and unlocking, beside a running server.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use warifu_core::customers::{KeyChoice, LoginForm};
use warifu_core::domain::Surface;
use warifu_core::{RequestContext, Secret};
use warifu_terminal_tests::{
    BankFolder, CONTRACT, PseudoTerminal, RunningServer, Tls, login_password, transaction_password,
};

use super::{admin, pdf_text, reissue};

fn is_password(text: &str) -> bool {
    text.len() == 19 && text.split('-').all(|group| group.len() == 4)
}

#[test]
fn a_password_reissued_here_is_redeemed_at_the_server() {
    let bank = BankFolder::new();
    let server = RunningServer::start(&bank, Tls::No);
    let output = bank.path("user01.txt").display().to_string();
    let sheet = bank.path("user01.html").display().to_string();
    let arguments = reissue(
        &bank,
        "admin01",
        "user01",
        &["--output", &output, "--sheet", &sheet],
    );
    let ended = admin(&bank).run(&arguments).expect(0);
    assert_eq!(ended.stdout, "");
    let password = bank.read("user01.txt");
    assert!(is_password(password.trim_end()), "{password}");
    assert!(bank.read("user01.html").contains(password.trim_end()));
    for name in ["user01.txt", "user01.html"] {
        let mode = std::fs::metadata(bank.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    let redeemed = server.block_on(async {
        let context = RequestContext {
            request_id: server.use_cases.service.new_request_id(),
            source: None,
        };
        let form = LoginForm {
            contract_number: CONTRACT.to_owned(),
            user_id: "user01".to_owned(),
            login_password: Secret::from(login_password("user01")),
        };
        let surface = Surface::SelfService;
        let customers = &server.use_cases.customers;
        let logged_in = customers.log_in(context, surface, form).await.unwrap();
        let key = KeyChoice::Pkcs12 {
            passphrase: Secret::from("a passphrase"),
        };
        let password = Secret::from(password.trim_end());
        logged_in.session.redeem(password, key).await
    });
    assert_eq!(redeemed.unwrap().subject.user.as_str(), "user01");

    let records = bank.audit();
    let reissued = records
        .iter()
        .find(|record| record["event"] == "retrieval_password.reissued")
        .unwrap();
    assert_eq!(reissued["actor"], "admin01");
    assert_eq!(reissued["subject"], "user01");
    assert_eq!(reissued["detail"]["at"], "terminal");
    let everything = bank.read("audit.jsonl");
    assert!(!everything.contains(password.trim_end()));
    assert!(!everything.contains(&transaction_password("admin01")));
}

#[test]
fn a_sheet_is_a_pdf_where_its_name_says_so() {
    let bank = BankFolder::new();
    let output = bank.path("user01.txt").display().to_string();
    let sheet = bank.path("user01.pdf").display().to_string();
    let more = ["--output", &output, "--sheet", &sheet];
    let arguments = reissue(&bank, "admin01", "user01", &more);
    let _ = admin(&bank).run(&arguments).expect(0);
    let password = bank.read("user01.txt");
    let text = pdf_text(&bank.path("user01.pdf"));
    assert_eq!(text.matches(password.trim_end()).count(), 1, "{text}");
    let metadata = std::fs::metadata(bank.path("user01.pdf")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);

    // For both, neither may be there already, and nothing is done where one is.
    let more = ["--output", "-", "--sheet", &sheet, "--sheet-format", "both"];
    let arguments = reissue(&bank, "admin01", "user01", &more);
    let _ = admin(&bank).run(&arguments).expect(7);
    assert_eq!(bank.count("retrieval_password.reissued"), 1);
    std::fs::remove_file(bank.path("user01.pdf")).unwrap();
    let ended = admin(&bank).run(&arguments).expect(0);
    let password = ended.stdout.trim_end();
    assert!(pdf_text(&bank.path("user01.pdf")).contains(password));
    assert!(bank.read("user01.html").contains(password));
}

#[test]
fn the_password_is_printed_alone_or_as_the_api_answers() {
    let bank = BankFolder::new();
    let printed = admin(&bank)
        .run(&reissue(&bank, "admin01", "user01", &["--output", "-"]))
        .expect(0);
    assert!(is_password(printed.stdout.trim_end()), "{printed:?}");
    assert_eq!(printed.stdout.lines().count(), 1);

    let json = admin(&bank)
        .run(&reissue(
            &bank,
            "admin01",
            "user01",
            &["--output", "-", "--json"],
        ))
        .expect(0);
    let body: Value = serde_json::from_str(&json.stdout).unwrap();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "expires_at",
            "redeemable_from",
            "reissue_id",
            "retrieval_password"
        ]
    );
    assert!(is_password(body["retrieval_password"].as_str().unwrap()));

    let output = bank.path("password").display().to_string();
    let arguments = reissue(&bank, "admin01", "user01", &["--output", &output, "--json"]);
    let both = admin(&bank).run(&arguments).expect(0);
    let body: Value = serde_json::from_str(&both.stdout).unwrap();
    assert!(body["retrieval_password"].is_null() && body["reissue_id"].is_string());
    assert!(is_password(bank.read("password").trim_end()));

    // Nothing is reissued where the file could not be written.
    let before = bank.count("retrieval_password.reissued");
    let refused = admin(&bank).run(&arguments).expect(7);
    assert!(
        refused.stderr.contains("exists already"),
        "{}",
        refused.stderr
    );
    let nowhere = reissue(&bank, "admin01", "user01", &[]);
    let refused = admin(&bank).run(&nowhere).expect(2);
    assert!(refused.stderr.contains("--output"), "{}", refused.stderr);
    assert_eq!(bank.count("retrieval_password.reissued"), before);
}

#[test]
fn a_person_is_asked_for_what_is_missing() {
    let bank = BankFolder::new();
    let arguments = [
        "reissue",
        "--contract",
        CONTRACT,
        "--operator",
        "admin01",
        "--user",
        "user01",
    ];
    let mut terminal = PseudoTerminal::run(&admin(&bank), &arguments, 100);
    terminal.wait_for("nobody told you to do this");
    terminal.enter("y\n");
    terminal.wait_for("will be reissued");
    terminal.enter("y\n");
    terminal.wait_for("ransaction password: ");
    terminal.enter("example-trans-admin01\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains("example-trans-admin01"), "{shown}");
    assert!(
        shown.lines().any(|line| is_password(line.trim())),
        "{shown}"
    );

    let mut terminal = PseudoTerminal::run(&admin(&bank), &arguments, 100);
    terminal.wait_for("nobody told you to do this");
    terminal.enter("\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(8), "{shown}");
    assert_eq!(bank.count("retrieval_password.reissued"), 1);

    let mut terminal = PseudoTerminal::run(&admin(&bank), &arguments, 100);
    terminal.wait_for("nobody told you to do this");
    terminal.enter("y\n");
    terminal.wait_for("will be reissued");
    terminal.enter("y\n");
    terminal.wait_for("ransaction password: ");
    terminal.enter("\u{3}");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(shown.contains("Nothing was done"), "{shown}");
}

#[test]
fn a_lock_is_lifted_by_another_administrator() {
    let bank = BankFolder::with("policy.transaction.max_failures = 2");
    let wrong = bank.path("wrong").display().to_string();
    let mut arguments = reissue(&bank, "admin02", "user01", &["--output", "-"]);
    arguments[8].clone_from(&wrong);
    let first = admin(&bank).run(&arguments).expect(3);
    assert!(first.stderr.contains("1 more"), "{}", first.stderr);
    let _ = admin(&bank).run(&arguments).expect(4);
    let right = reissue(&bank, "admin02", "user01", &["--output", "-"]);
    let _ = admin(&bank).run(&right).expect(4);

    let password = bank.path("admin01.transaction").display().to_string();
    let unlock = |operator, user, purpose| {
        let arguments = [
            "unlock",
            "--contract",
            CONTRACT,
            "--operator",
            operator,
            "--user",
            user,
            "--purpose",
            purpose,
            "--transaction-password-file",
            &password,
        ];
        admin(&bank).run(&arguments)
    };
    let _ = unlock("admin01", "admin02", "transaction").expect(0);
    let _ = admin(&bank).run(&right).expect(0);
    // Never one's own, and never by somebody who does not administer the contract.
    let _ = unlock("admin01", "admin01", "login").expect(5);
    let _ = unlock("user02", "user01", "login").expect(5);
    let _ = unlock("admin01", "user01", "retrieval").expect(2);
    let _ = unlock("admin01", "nobody", "login").expect(6);
}
