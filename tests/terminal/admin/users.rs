//! Lists.

use serde_json::Value;
use warifu_terminal_tests::{BankFolder, CONTRACT, PseudoTerminal};

use super::{admin, reissue};

const LIST: [&str; 4] = ["users", "list", "--contract", CONTRACT];

#[test]
fn a_list_has_the_names_of_the_api() {
    let bank = BankFolder::new();
    let ended = admin(&bank)
        .run(&[&LIST[..], &["--json"]].concat())
        .expect(0);
    let list: Value = serde_json::from_str(&ended.stdout).unwrap();
    let users = list["users"].as_array().unwrap();
    assert_eq!(users.len(), 5);
    assert_eq!(users[0]["user_id"], "admin01");
    assert_eq!(users[0]["service_administrator"], true);
    assert_eq!(users[0]["permissions"][0], "reissue-retrieval-password");
    assert_eq!(users[0]["retrieval_password"]["status"], "none");
    assert_eq!(list["next_cursor"], Value::Null);
}

#[test]
fn all_users_are_listed_and_found() {
    let bank = BankFolder::new().and_users(250);
    let plain = admin(&bank)
        .run(&[&LIST[..], &["--plain"]].concat())
        .expect(0);
    assert_eq!(plain.stdout.lines().count(), 255);
    assert!(
        plain
            .stdout
            .lines()
            .all(|line| line.split('\t').count() == 7)
    );

    let found = admin(&bank)
        .run(&[&LIST[..], &["--plain", "--query", "利用者 17"]].concat())
        .expect(0);
    assert!(found.stdout.lines().count() >= 11, "{}", found.stdout);
    let none = admin(&bank)
        .run(&[&LIST[..], &["--query", "nobody"]].concat())
        .expect(0);
    assert_eq!(none.stdout, "");
    assert!(!none.stderr.is_empty());

    let expired = admin(&bank)
        .run(&[&LIST[..], &["--plain", "--status", "expired"]].concat())
        .expect(0);
    assert!(expired.stdout.starts_with("user02\t"), "{}", expired.stdout);
    let wrong = [&LIST[..], &["--status", "tired"]].concat();
    let refused = admin(&bank).run(&wrong).expect(2);
    assert!(refused.stderr.contains("status"), "{}", refused.stderr);
}

#[test]
fn one_user_is_shown() {
    let bank = BankFolder::new();
    let show = ["users", "show", "--contract", CONTRACT, "--user", "USER02"];
    let ended = admin(&bank).run(&show).expect(0);
    assert!(ended.stdout.contains("高橋 美咲"), "{}", ended.stdout);
    let _ = admin(&bank)
        .run(&reissue(&bank, "admin01", "user02", &["--output", "-"]))
        .expect(0);
    let json = admin(&bank)
        .run(&[&show[..], &["--json"]].concat())
        .expect(0);
    let user: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(user["retrieval_password"]["status"], "issued");
    let unknown = ["users", "show", "--contract", CONTRACT, "--user", "nobody"];
    let _ = admin(&bank).run(&unknown).expect(6);
}

#[test]
fn a_table_fits_the_terminal_it_is_shown_at() {
    let bank = BankFolder::new();
    let (code, wide) = PseudoTerminal::run(&admin(&bank), &LIST, 200).end();
    assert_eq!(code, Some(0), "{wide}");
    let lines: Vec<&str> = wide
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    assert_eq!(lines.len(), 6, "{wide}");

    let (code, narrow) = PseudoTerminal::run(&admin(&bank), &LIST, 40).end();
    assert_eq!(code, Some(0), "{narrow}");
    assert!(narrow.contains("User ID: admin01\r\n"), "{narrow}");
}
