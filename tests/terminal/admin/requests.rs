//! Requests on paper, by two clerks who each log in for every command.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use warifu_terminal_tests::{BankFolder, CONTRACT, Ended, login_password, staff_code};

use super::admin;

/// Which of two logins within half a minute it is: a card's code is good once.
#[derive(Clone, Copy, PartialEq)]
enum Login {
    First,
    Second,
}

fn requests(bank: &BankFolder, staff: &str, login: Login, arguments: &[&str]) -> Ended {
    let password = bank.secret(&format!("{staff}.login"), &login_password(staff));
    let code = staff_code(staff, login == Login::First);
    let otp = bank.secret(&format!("{staff}.otp"), &code);
    let (password, otp) = (password.display().to_string(), otp.display().to_string());
    let who = [
        "--staff",
        staff,
        "--login-password-file",
        &password,
        "--otp-file",
        &otp,
    ];
    let arguments: Vec<&str> = ["requests"]
        .into_iter()
        .chain(arguments.iter().copied())
        .chain(who)
        .collect();
    admin(bank).run(&arguments)
}

const FORM: [&str; 17] = [
    "register",
    "--contract",
    CONTRACT,
    "--user",
    "user01",
    "--matter",
    "reissue-retrieval-password",
    "--matter",
    "unlock-login",
    "--received-on",
    "2026-03-31",
    "--scan-reference",
    "S-1",
    "--identity-checked",
    "--address-checked",
    "--json",
    "--seal-checked",
];

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).expect("the answer is JSON")
}

#[test]
fn a_form_is_registered_approved_by_another_and_printed_once() {
    let bank = BankFolder::new();
    let registered = requests(&bank, "maker1", Login::First, &FORM).expect(0);
    let registered = json(&registered);
    assert_eq!(registered["state"], "pending");
    let number = registered["request_id"].as_str().expect("a number");

    let approve = ["approve", number, "--json"];
    let approved = requests(&bank, "checker1", Login::First, &approve).expect(0);
    assert_eq!(json(&approved)["state"], "approved");
    assert_eq!(json(&approved)["outstanding"], serde_json::json!([]));
    assert!(approved.stderr.contains("Approved"), "{}", approved.stderr);

    let sheet = bank.path("notice.html").display().to_string();
    let print = ["print", number, "--sheet", &sheet];
    let printed = requests(&bank, "maker1", Login::Second, &print).expect(0);
    assert_eq!(printed.stdout, "", "the password is never on screen");
    let notice = bank.read("notice.html");
    assert!(notice.contains("〒100-0000") && notice.contains("鈴木 一郎"));
    assert!(notice.contains(number) && !notice.contains(CONTRACT));
    assert!(!notice.contains("事務 一子"), "no name of staff");
    let mode = std::fs::metadata(&sheet)
        .expect("the notice")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let (_, rest) = notice
        .split_once("class=\"value\" lang=\"en\">")
        .expect("a password");
    let (password, _) = rest.split_once('<').expect("its end");
    assert_eq!(password.len(), 19, "{password}");

    let list = ["list", "--state", "issued", "--plain"];
    let listed = requests(&bank, "auditor1", Login::First, &list).expect(0);
    assert_eq!(listed.stdout.lines().count(), 1, "{}", listed.stdout);
    assert!(
        listed
            .stdout
            .starts_with(&format!("{number}\t2026-03-31\t{CONTRACT}\tuser01\t"))
    );
    let shown = requests(&bank, "auditor1", Login::Second, &["show", number]).expect(0);
    assert!(shown.stdout.contains("notice-printed"), "{}", shown.stdout);

    assert_eq!(bank.count("notice.printed"), 1);
    assert_eq!(bank.count("lock.cleared"), 1);
    let everything = bank.read("audit.jsonl");
    assert!(!everything.contains(password) && !everything.contains(&login_password("maker1")));
    let records = bank.audit();
    let printed = records
        .iter()
        .find(|record| record["event"] == "notice.printed");
    let printed = printed.expect("a record");
    assert_eq!(printed["actor"], "staff:maker1");
    assert_eq!(printed["subject"], "user01");
    assert_eq!(printed["detail"]["at"], "terminal");
    assert_eq!(printed["detail"]["reception_number"], number);
}

#[test]
fn what_is_not_allowed_ends_with_its_exit_code() {
    let bank = BankFolder::new();
    let unchecked = requests(&bank, "checker1", Login::First, &FORM[..16]).expect(2);
    assert!(
        unchecked.stderr.contains("Seal check"),
        "{}",
        unchecked.stderr
    );
    let registered = requests(&bank, "checker1", Login::Second, &FORM).expect(0);
    let number = json(&registered)["request_id"]
        .as_str()
        .expect("a number")
        .to_owned();

    let sheet = bank.path("notice.html").display().to_string();
    let print = ["print", &number, "--sheet", &sheet];
    let early = requests(&bank, "maker1", Login::First, &print).expect(7);
    assert!(early.stderr.contains("not approved"), "{}", early.stderr);
    assert!(!bank.path("notice.html").exists());
    let _ = requests(&bank, "maker1", Login::Second, &["show", "KT7M-9XHW"]).expect(6);

    let approve = ["approve", number.as_str()];
    let refused = requests(&bank, "auditor1", Login::First, &approve).expect(5);
    assert!(
        refused.stderr.contains("right to do this"),
        "{}",
        refused.stderr
    );
    bank.secret("auditor1.login", "another");
    let wrong = [
        "requests",
        "list",
        "--staff",
        "auditor1",
        "--login-password-file",
        &bank.path("auditor1.login").display().to_string(),
        "--otp-file",
        &bank.path("auditor1.otp").display().to_string(),
    ];
    let refused = admin(&bank).run(&wrong).expect(3);
    assert!(
        refused.stderr.contains("could not log you in"),
        "{}",
        refused.stderr
    );
    let _ = admin(&bank)
        .run(&["requests", "list", "--staff", "auditor1"])
        .expect(2);
}

#[test]
fn nobody_approves_what_they_registered() {
    let bank = BankFolder::new();
    let registered = requests(&bank, "checker1", Login::First, &FORM).expect(0);
    let number = json(&registered)["request_id"]
        .as_str()
        .expect("a number")
        .to_owned();
    let own = requests(&bank, "checker1", Login::Second, &["approve", &number]).expect(5);
    assert!(
        own.stderr.contains("You created this request"),
        "{}",
        own.stderr
    );
    let reject = ["reject", number.as_str(), "--reason", "x"];
    let _ = requests(&bank, "maker1", Login::First, &reject).expect(5);
    assert_eq!(bank.count("paper.approved"), 0);
}
