//! The audit log: what was tampered with is found and named.

use std::process::Command;

use serde_json::Value;
use warifu_terminal_tests::{BankFolder, CONTRACT, Ended, OTHER_CONTRACT, Program};
use warifu_test_support::redis::RedisServer;

use super::{admin, bare, reissue};

/// A bank where a few things happened, with a pair of keys.
fn busy_bank() -> BankFolder {
    let bank = BankFolder::new();
    for user in ["user01", "user02", "admin02"] {
        let ended = admin(&bank).run(&reissue(&bank, "admin01", user, &["--output", "-"]));
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let unlock = [
        "unlock",
        "--contract",
        OTHER_CONTRACT,
        "--operator",
        "admin01",
        "--user",
        "nobody",
        "--purpose",
        "login",
        "--transaction-password-file",
    ];
    let password = bank.path("admin01.transaction").display().to_string();
    let ended = admin(&bank).run(&[&unlock[..], &[&password]].concat());
    assert_eq!(ended.code, Some(6), "{ended:?}");
    make_keys(&bank);
    bank
}

/// A key to sign with, and its public half.
fn make_keys(bank: &BankFolder) {
    bank.secret("signing.key", "");
    openssl(
        bank,
        &["genpkey", "-algorithm", "ed25519", "-out", "signing.key"],
    );
    openssl(
        bank,
        &[
            "pkey",
            "-in",
            "signing.key",
            "-pubout",
            "-out",
            "public.pem",
        ],
    );
}

fn openssl(bank: &BankFolder, arguments: &[&str]) {
    let ended = Command::new("openssl")
        .args(arguments)
        .current_dir(bank.folder())
        .output();
    assert!(ended.expect("openssl runs").status.success());
}

/// `audit …`, where the words that name files of the bank are paths.
fn audit(bank: &BankFolder, arguments: &[&str]) -> Ended {
    audit_by(&admin(bank), bank, arguments)
}

/// As [`audit`], by a program with settings of its own.
fn audit_by(program: &Program, bank: &BankFolder, arguments: &[&str]) -> Ended {
    let path = |word: &&str| match word.strip_prefix('@') {
        Some(name) => bank.path(name).display().to_string(),
        None => (*word).to_owned(),
    };
    let arguments = std::iter::once("audit".to_owned()).chain(arguments.iter().map(path));
    program.run(&arguments.collect::<Vec<String>>())
}

#[test]
fn tampering_is_found_and_named() {
    let bank = busy_bank();
    let good = bank.read("audit.jsonl");
    let _ = audit(&bank, &["verify", "@audit.jsonl"]).expect(0);
    let lines: Vec<&str> = good.lines().collect();
    let with = |name: &str, content: &str| {
        bank.write(name, content);
        let found = audit(&bank, &["verify", &format!("@{name}")]).expect(1);
        found.stderr
    };
    let flipped = good.replacen("user01", "user09", 1);
    let changed = lines.iter().position(|line| line.contains("user01"));
    let changed = format!("line {}", changed.expect("user01 is written about") + 1);
    assert!(
        with("flipped", &flipped).contains(&changed),
        "a byte was flipped"
    );
    let mut fewer = lines.clone();
    fewer.remove(1);
    let deleted = with("deleted", &(fewer.join("\n") + "\n"));
    assert!(
        deleted.contains("line 2") && deleted.contains("seq"),
        "{deleted}"
    );
    assert!(with("half", &good[..good.len() - 10]).contains("cut off"));
}

#[test]
fn what_is_found_is_said_in_japanese_too() {
    let bank = busy_bank();
    let verify = |name: &str, key: &str| {
        let (log, key) = (bank.path(name), bank.path(key));
        let arguments = [
            "audit",
            "verify",
            &log.display().to_string(),
            "--public-key-file",
            &key.display().to_string(),
        ];
        bare().run(&arguments)
    };
    let good = verify("audit.jsonl", "public.pem").expect(0);
    assert!(good.stdout.contains("記録に問題はありません"), "{good:?}");
    let flipped = bank.read("audit.jsonl").replacen("user01", "user09", 1);
    bank.write("flipped", &flipped);
    let found = verify("flipped", "public.pem").expect(1).stderr;
    assert!(
        found.starts_with("エラー: ") && found.contains("行目(chain ") && found.contains("seq "),
        "{found}"
    );
    assert!(found.contains("変更されています"), "{found}");
    let wrong = verify("audit.jsonl", "signing.key").expect(2).stderr;
    assert!(wrong.contains("公開鍵(PEM)ではありません"), "{wrong}");
    let missing = verify("no-such-log", "public.pem").expect(1).stderr;
    assert!(missing.contains("読み取れません"), "{missing}");
}

#[test]
fn a_cut_tail_is_found_with_a_checkpoint_that_was_kept() {
    let bank = busy_bank();
    let sign = [
        "checkpoint",
        "--signing-key-file",
        "@signing.key",
        "--out",
        "@kept.json",
    ];
    let _ = audit(&bank, &sign).expect(0);
    let _ = audit(&bank, &sign).expect(7);
    let good = bank.read("audit.jsonl");
    let mut lines: Vec<&str> = good.lines().collect();
    lines.pop();
    bank.write("cut.jsonl", &(lines.join("\n") + "\n"));
    // The log alone cannot tell.
    let _ = audit(&bank, &["verify", "@cut.jsonl"]).expect(0);
    let check = |log: &str| {
        let verify = [
            "verify",
            log,
            "--checkpoint",
            "@kept.json",
            "--public-key-file",
            "@public.pem",
        ];
        audit(&bank, &verify)
    };
    let _ = check("@audit.jsonl").expect(0);
    let found = check("@cut.jsonl").expect(1);
    assert!(
        found.stderr.contains("is missing") && found.stderr.contains("seq"),
        "{}",
        found.stderr
    );
    // The log goes on after a checkpoint.
    let _ = admin(&bank)
        .run(&reissue(&bank, "admin01", "user01", &["--output", "-"]))
        .expect(0);
    let _ = check("@audit.jsonl").expect(0);
    // A checkpoint that was changed is none.
    let forged = bank
        .read("kept.json")
        .replacen("\"records\":", "\"records\":1", 1);
    bank.write("kept.json", &forged);
    let _ = check("@audit.jsonl").expect(1);
}

#[test]
fn a_customer_checks_an_extract_with_the_published_key_alone() {
    let bank = busy_bank();
    let extract = [
        "extract",
        "--contract",
        CONTRACT,
        "--signing-key-file",
        "@signing.key",
        "--out",
        "@extract",
    ];
    let _ = audit(&bank, &extract).expect(0);
    let records = bank.read("extract/records.jsonl");
    let own = |line: &str| {
        serde_json::from_str::<Value>(line).is_ok_and(|record| record["contract"] == CONTRACT)
    };
    assert!(records.lines().count() >= 9 && records.lines().all(own));
    assert!(!records.contains(OTHER_CONTRACT));

    let folder = bank.path("extract").display().to_string();
    let key = bank.path("public.pem").display().to_string();
    let verify = ["audit", "verify", &folder, "--public-key-file", &key];
    let said = bare().run(&verify).expect(0);
    assert!(said.stdout.contains(CONTRACT), "{}", said.stdout);
    let _ = bare().run(&["audit", "verify", &folder]).expect(2);

    let lines: Vec<&str> = records.lines().collect();
    let mut fewer = lines.clone();
    fewer.remove(3);
    for (what, content) in [
        ("a flipped byte", records.replacen("user01", "user09", 1)),
        ("a deleted line", fewer.join("\n") + "\n"),
        ("a cut tail", lines[..lines.len() - 1].join("\n") + "\n"),
    ] {
        bank.write("extract/records.jsonl", &content);
        assert_eq!(bare().run(&verify).code, Some(1), "{what}");
    }
    bank.write("extract/records.jsonl", &records);
    let _ = bare().run(&verify).expect(0);
    let statement = bank.read("extract/extract.json");
    bank.write(
        "extract/extract.json",
        &statement.replacen("\"records\":", "\"records\":1", 1),
    );
    let _ = bare().run(&verify).expect(1);

    // A broken log is not signed, and leaves nothing behind.
    let log = bank.read("audit.jsonl");
    bank.write("audit.jsonl", &log.replacen("user01", "user09", 1));
    let mut again = extract;
    again[6] = "@second";
    let _ = audit(&bank, &again).expect(1);
    assert!(!bank.path("second").exists());
}

#[test]
fn the_history_is_listed_newest_first() {
    let bank = busy_bank();
    let list = [
        "list",
        "--contract",
        CONTRACT,
        "--event",
        "retrieval_password.reissued",
    ];
    let plain = audit(&bank, &[&list[..], &["--plain"]].concat()).expect(0);
    let users: Vec<&str> = plain
        .stdout
        .lines()
        .filter_map(|line| line.split('\t').nth(3))
        .collect();
    assert_eq!(users, ["admin02", "user02", "user01"]);
    let json = audit(&bank, &[&list[..], &["--json", "--limit", "2"]].concat()).expect(0);
    let page: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(page["records"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["records"][0]["detail"]["at"], "terminal");
    assert_eq!(bank.count("audit.read"), 2);
    let _ = audit(
        &bank,
        &["list", "--contract", CONTRACT, "--event", "no.such"],
    )
    .expect(2);
    let _ = audit(&bank, &["list", "--contract", "999999"]).expect(6);
}

#[test]
fn a_log_on_redis_is_checked_signed_copied_and_extracted_as_one_in_a_file() {
    let redis = RedisServer::start_quick();
    let bank = BankFolder::new();
    make_keys(&bank);
    let url = format!("audit_log.redis.url=redis://127.0.0.1:{}", redis.port);
    let on_redis = |more: &[&str]| {
        let settings = ["--set", "audit_log.adapter=redis", "--set", &url];
        admin(&bank).before(&[&settings[..], more].concat())
    };
    let must_exist = ["--set", "audit_log.redis.must_exist=true"];
    let program = on_redis(&[]);
    let refused = on_redis(&must_exist).run(&["audit", "verify"]).expect(78);
    assert!(refused.stderr.contains("must_exist"), "{}", refused.stderr);
    for user in ["user01", "user02", "admin02"] {
        let arguments = reissue(&bank, "admin01", user, &["--output", "-"]);
        let _ = program.run(&arguments).expect(0);
    }
    assert!(!bank.path("audit.jsonl").exists(), "nothing is in the file");

    let said = audit_by(&on_redis(&must_exist), &bank, &["verify"]).expect(0);
    assert!(
        said.stdout.contains("in 3 chains, all good"),
        "{}",
        said.stdout
    );
    let sign = [
        "checkpoint",
        "--signing-key-file",
        "@signing.key",
        "--out",
        "@kept.json",
    ];
    let _ = audit_by(&program, &bank, &sign).expect(0);
    let _ = audit_by(&program, &bank, &["export", "--out", "@copy.jsonl"]).expect(0);
    let _ = audit_by(&program, &bank, &["export", "--out", "@copy.jsonl"]).expect(7);
    let kept = [
        "--checkpoint",
        "@kept.json",
        "--public-key-file",
        "@public.pem",
    ];
    let verify_copy = [&["verify", "@copy.jsonl"], &kept[..]].concat();
    let verify_log = [&["verify"], &kept[..]].concat();
    let _ = audit(&bank, &verify_copy).expect(0);
    let _ = audit_by(&program, &bank, &verify_log).expect(0);

    let list = ["list", "--contract", CONTRACT, "--plain", "--event"];
    let listed = [&list[..], &["retrieval_password.reissued"]].concat();
    let listed = audit_by(&program, &bank, &listed).expect(0);
    let users: Vec<&str> = (listed.stdout.lines())
        .filter_map(|line| line.split('\t').nth(3))
        .collect();
    assert_eq!(users, ["admin02", "user02", "user01"]);
    let extract = [
        "extract",
        "--contract",
        CONTRACT,
        "--signing-key-file",
        "@signing.key",
        "--out",
        "@extract",
    ];
    let _ = audit_by(&program, &bank, &extract).expect(0);
    let verify = ["verify", "@extract", "--public-key-file", "@public.pem"];
    let _ = audit(&bank, &verify).expect(0);

    // What the listing wrote is cut off, and the last record before: only the checkpoint tells.
    let log = redis.cli(&["--scan", "--pattern", "*:audit:{a}:log"]);
    for _ in 0..2 {
        let newest = redis.cli(&["XREVRANGE", &log, "+", "-", "COUNT", "1"]);
        let newest = newest.lines().next().expect("a record").to_owned();
        assert_eq!(redis.cli(&["XDEL", &log, &newest]), "1");
    }
    let _ = audit_by(&program, &bank, &["verify"]).expect(0);
    let found = audit_by(&program, &bank, &verify_log).expect(1);
    assert!(found.stderr.contains("is missing"), "{}", found.stderr);
    // One in the middle is missing: the log tells.
    let second = redis.cli(&["XRANGE", &log, "-", "+", "COUNT", "2"]);
    let second = second.lines().nth(3).expect("a second record").to_owned();
    assert_eq!(redis.cli(&["XDEL", &log, &second]), "1");
    let found = audit_by(&program, &bank, &["verify"]).expect(1);
    assert!(
        found.stderr.contains("line 2") && found.stderr.contains("seq"),
        "{}",
        found.stderr
    );
}

#[test]
fn a_log_in_several_files_is_listed_and_checked_as_a_whole() {
    let bank = busy_bank();
    let rotated = audit(&bank, &["rotate", "--json"]).expect(0);
    let rotated: Value = serde_json::from_str(&rotated.stdout).expect("JSON");
    let closed = rotated["closed"].as_str().expect("a file").to_owned();
    assert_eq!(rotated["number"], 1);
    let once_more = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let _ = admin(&bank).run(&once_more).expect(0);
    let said = audit(&bank, &["rotate"]).expect(0);
    assert!(said.stderr.contains("audit-000002-"), "{said:?}");
    let list = [
        "list",
        "--contract",
        CONTRACT,
        "--event",
        "retrieval_password.reissued",
    ];
    let listed = audit(&bank, &[&list[..], &["--json"]].concat()).expect(0);
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(listed["records"].as_array().map(Vec::len), Some(4));
    let said = audit(&bank, &["verify"]).expect(0).stdout;
    assert!(said.contains("3 files"), "{said}");
    let _ = audit(&bank, &["verify", "@audit.jsonl"]).expect(0);
    let alone = ["verify", "@audit.jsonl", "--earlier-elsewhere"];
    let _ = audit(&bank, &alone).expect(0);
    // A record of the first file is gone.
    let text = std::fs::read_to_string(&closed).expect("the closed file");
    let shorter = text.trim_end().rsplit_once('\n').expect("several lines").0;
    std::fs::write(&closed, format!("{shorter}\n")).expect("the file is written");
    let found = audit(&bank, &["verify"]).expect(1).stderr;
    assert!(found.contains("line 1"), "{found}");
    std::fs::remove_file(&closed).expect("the file is removed");
    let found = audit(&bank, &["verify", "@audit.jsonl"]).expect(1).stderr;
    assert!(found.contains("--earlier-elsewhere"), "{found}");
    bank.write("empty.jsonl", "");
    let found = audit(&bank, &["verify", "@empty.jsonl"]).expect(1).stderr;
    assert!(found.contains("holds no record"), "{found}");
}

#[test]
fn a_log_that_lost_records_is_refused_until_an_operator_accepts_it() {
    let bank = busy_bank();
    let again = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let log = bank.read("audit.jsonl");
    let first = log
        .split_inclusive('\n')
        .next()
        .expect("a record")
        .to_owned();
    bank.write("audit.jsonl", &first);
    let refused = admin(&bank).run(&again).expect(78).stderr;
    assert!(refused.contains("shorter"), "{refused}");
    assert!(refused.contains("store adopt"), "{refused}");
    let said = admin(&bank).run(&["store", "adopt"]).expect(0).stdout;
    assert!(said.contains("lost what it held"), "{said}");
    let _ = admin(&bank).run(&again).expect(0);
    assert_eq!(bank.count("audit.records_lost"), 1);
    let said = admin(&bank).run(&["store", "adopt"]).expect(0).stdout;
    assert!(said.contains("nothing to adopt"), "{said}");
}
