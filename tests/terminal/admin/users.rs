//! Lists.

use serde_json::Value;
use warifu_terminal_tests::{BankFolder, CONTRACT, PseudoTerminal};
use warifu_test_support::redis::RedisServer;

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

#[test]
fn users_come_in_from_a_spreadsheet_and_leave_for_one() {
    let bank = BankFolder::new();
    let csv = "contract_number,user_id,name,disabled\n1234567890,new01,=新人,\n1234567890,user01,鈴木 一郎,true\n";
    let file = bank.write("new.csv", csv).display().to_string();
    let import = ["users", "import", &file, "--json"];
    let dry = admin(&bank)
        .run(&[&import[..], &["--dry-run"]].concat())
        .expect(0);
    let counts = "{\"added\":1,\"changed\":1,\"unchanged\":0}\n";
    assert_eq!(dry.stdout, counts);
    assert!(!bank.read("users.toml").contains("new01"));
    assert_eq!(admin(&bank).run(&import).expect(0).stdout, counts);
    let again = admin(&bank).run(&import).expect(0);
    assert_eq!(
        again.stdout,
        "{\"added\":0,\"changed\":0,\"unchanged\":2}\n"
    );
    let shown = ["users", "show", "--contract", CONTRACT, "--user", "new01"];
    let _ = admin(&bank).run(&shown).expect(0);

    let exported = admin(&bank)
        .run(&["users", "export", "--contract", CONTRACT])
        .expect(0);
    assert!(exported.stdout.contains("'=新人"), "{}", exported.stdout);
    let file = bank
        .write("all.csv", &exported.stdout)
        .display()
        .to_string();
    let returned = admin(&bank)
        .run(&["users", "import", &file, "--json"])
        .expect(0);
    assert_eq!(
        returned.stdout,
        "{\"added\":0,\"changed\":0,\"unchanged\":6}\n"
    );

    let file = bank
        .write(
            "bad.csv",
            "contract_number,user_id,name\n1234567890,no one,X\n",
        )
        .display()
        .to_string();
    let refused = admin(&bank).run(&["users", "import", &file]).expect(2);
    assert!(refused.stderr.contains("bad.csv:2:"), "{}", refused.stderr);
}

#[test]
fn users_leave_as_a_users_file_without_their_secrets() {
    let bank = BankFolder::new();
    let before = bank.read("users.toml");
    let exported = admin(&bank)
        .run(&[
            "users",
            "export",
            "--contract",
            CONTRACT,
            "--format",
            "toml",
        ])
        .expect(0)
        .stdout;
    for user in ["admin01", "admin02", "user01", "user02", "user03"] {
        assert!(exported.contains(user), "{user}: {exported}");
    }
    let quoted: Vec<&str> = before.split('"').skip(1).step_by(2).collect();
    let is_secret = |text: &&&str| {
        let base_32 = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        text.starts_with("$argon2") || (text.len() >= 16 && text.chars().all(base_32))
    };
    let secrets: Vec<&&str> = quoted.iter().filter(is_secret).collect();
    assert!(secrets.len() >= 10, "{secrets:?}");
    for secret in secrets {
        assert!(!exported.contains(secret), "{secret}: {exported}");
    }
    assert!(!exported.contains("argon2") && !exported.contains("totp"));

    let file = bank.write("exported.toml", &exported).display().to_string();
    let returned = admin(&bank)
        .run(&["users", "import", &file, "--json"])
        .expect(0);
    assert_eq!(
        returned.stdout,
        "{\"added\":0,\"changed\":0,\"unchanged\":5}\n"
    );
    assert_eq!(bank.read("users.toml"), before);
    let _ = admin(&bank)
        .run(&reissue(&bank, "admin01", "user01", &["--output", "-"]))
        .expect(0);
}

#[test]
fn users_are_brought_into_a_directory_that_servers_share() {
    let redis = RedisServer::start();
    let bank = BankFolder::new();
    let at = bank.folder().display().to_string();
    let settings = bank.read("warifu.toml").replace(
        &format!("adapter = \"memory\", memory.users_file = \"{at}/users.toml\""),
        &format!(
            "adapter = \"redis\", redis.url = \"redis://127.0.0.1:{}\"",
            redis.port
        ),
    );
    bank.write("warifu.toml", &settings);
    let users = bank.path("users.toml").display().to_string();
    let import = ["users", "import", users.as_str()];
    let listed = || {
        let list = admin(&bank).run(&[&LIST[..], &["--plain"]].concat());
        list.stdout.lines().count()
    };

    let ended = admin(&bank)
        .run(&[&import[..], &["--dry-run"]].concat())
        .expect(0);
    assert!(ended.stderr.contains("would be added"), "{}", ended.stderr);
    assert_eq!(listed(), 0, "nothing was written");
    let counts = |ended: &str| -> Value { serde_json::from_str(ended).unwrap() };
    let first = admin(&bank)
        .run(&[&import[..], &["--json"]].concat())
        .expect(0);
    assert_eq!(counts(&first.stdout)["removed"], 0);
    assert_eq!(listed(), 5);
    let again = admin(&bank)
        .run(&[&import[..], &["--json"]].concat())
        .expect(0);
    let again = counts(&again.stdout);
    assert_eq!((&again["added"], &again["changed"]), (&0.into(), &0.into()));

    // With the passwords and cards that the file gives.
    let shown = admin(&bank)
        .run(&reissue(&bank, "admin01", "user02", &["--output", "-"]))
        .expect(0);
    assert_eq!(shown.stdout.trim_end().len(), 19);
    let stored = redis.cli(&["KEYS", "*"]);
    assert!(
        !stored.contains("user0") && !stored.contains(CONTRACT),
        "{stored}"
    );

    // A contract takes the place of what was there of it.
    let (before, rest) = bank
        .read("users.toml")
        .split_once("id = \"user02\"")
        .map_or_else(
            || panic!("user02 is in the file"),
            |(before, rest)| (before.to_owned(), rest.to_owned()),
        );
    bank.write("users.toml", &format!("{before}id = \"user09\"{rest}"));
    let ended = admin(&bank)
        .run(&[&import[..], &["--json"]].concat())
        .expect(0);
    let ended = counts(&ended.stdout);
    assert_eq!((&ended["added"], &ended["removed"]), (&1.into(), &1.into()));

    bank.write("users.toml", "[[contracts]]\nnumber = 5\n");
    let refused = admin(&bank).run(&import).expect(2);
    assert!(
        refused.stderr.contains("users.toml:2"),
        "{}",
        refused.stderr
    );
}
