//! Many users in one run.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use warifu_terminal_tests::{BankFolder, CONTRACT, Ended, transaction_password};

use super::{admin, pdf_text};

/// The list of `pc00001` and so on, as a file of the bank.
fn list(bank: &BankFolder, count: usize) -> String {
    let mut text = "user_id\n".to_owned();
    for number in 1..=count {
        // Writing to a string does not fail.
        let _ = writeln!(text, "pc{number:05}");
    }
    bank.write("list.csv", &text).display().to_string()
}

/// A bulk reissue by admin01 with `more`.
fn bulk(bank: &BankFolder, more: &[&str]) -> Vec<String> {
    let path = |name: &str| bank.path(name).display().to_string();
    let (password, sheets) = (path("admin01.transaction"), path("sheets"));
    [
        "bulk-reissue",
        "--contract",
        CONTRACT,
        "--operator",
        "admin01",
        "--transaction-password-file",
        &password,
        "--not-instructed-by-others",
        "--sheets",
        &sheets,
    ]
    .iter()
    .chain(more)
    .map(|&text| text.to_owned())
    .collect()
}

fn sheets(bank: &BankFolder) -> BTreeSet<String> {
    let Ok(folder) = std::fs::read_dir(bank.path("sheets")) else {
        return BTreeSet::new();
    };
    folder
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect()
}

#[test]
fn everybody_of_a_list_gets_a_sheet() {
    let bank = BankFolder::with("policy.reissue.max_per_operator_per_hour = 1").and_users(40);
    let list = list(&bank, 40);
    let summary = bank.path("summary.csv").display().to_string();
    let more = [
        "--users-file",
        &list,
        "--confirm",
        "40",
        "--summary",
        &summary,
        "--json",
    ];
    let ended = admin(&bank).run(&bulk(&bank, &more)).expect(0);
    let said: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (said["users"].clone(), said["reissued"].clone()),
        (40.into(), 40.into())
    );
    assert_eq!(sheets(&bank).len(), 40);
    assert!(sheets(&bank).contains("pc00007.html"));
    assert_eq!(bank.count("retrieval_password.reissued"), 40);
    assert_eq!(bank.count("bulk_reissue.started"), 1);
    assert_eq!(bank.count("bulk_reissue.finished"), 1);
    assert_eq!(bank.read("summary.csv").lines().count(), 41);
    assert!(
        ended.stderr.contains("10%") && ended.stderr.contains("100%"),
        "{}",
        ended.stderr
    );
    // No password anywhere but on the sheets.
    let sheet = bank.read("sheets/pc00007.html");
    let at = sheet.find("class=\"value\"").unwrap();
    let password = &sheet[at..]
        .split(['>', '<'])
        .nth(1)
        .unwrap()
        .trim()
        .to_owned();
    assert_eq!(password.len(), 19, "{password}");
    for text in [
        bank.read("summary.csv"),
        bank.read("sheets.journal"),
        bank.read("audit.jsonl"),
        ended.stderr,
    ] {
        assert!(!text.contains(password) && !text.contains(&password.replace('-', "")));
    }
    // The run counted once for the operator, who has used up the quota with it.
    let single = super::reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let _ = admin(&bank).run(&single).expect(4);
    // The same command again finds nothing to do, but asks for everything.
    let summary = bank.path("other.csv").display().to_string();
    let more = [
        "--users-file",
        &list,
        "--confirm",
        "40",
        "--summary",
        &summary,
    ];
    let _ = admin(&bank).run(&bulk(&bank, &more)).expect(4);
}

#[test]
fn sheets_are_pages_or_pdfs_or_both() {
    let bank = BankFolder::new().and_users(3);
    let list = list(&bank, 3);
    let run = |format: &str, code: i32| {
        let more = ["--users-file", &list, "--confirm", "3"];
        let more = [&more[..], &["--sheet-format", format]].concat();
        admin(&bank).run(&bulk(&bank, &more)).expect(code)
    };
    let _ = run("pdf", 0);
    let names = ["pc00001.pdf", "pc00002.pdf", "pc00003.pdf"];
    assert!(sheets(&bank).iter().eq(names), "{:?}", sheets(&bank));
    let text = pdf_text(&bank.path("sheets/pc00002.pdf"));
    assert!(
        text.contains("＊＊＊＊002") && !text.contains(CONTRACT),
        "{text}"
    );
    let passwords = passwords_in(&text);
    assert_eq!(passwords.len(), 1, "{text}");
    for written in [bank.read("sheets.journal"), bank.read("audit.jsonl")] {
        assert!(!written.contains(&passwords[0]));
    }
    // Going on in another format reissues for nobody who has a sheet.
    let _ = run("html", 0);
    assert!(sheets(&bank).iter().eq(names), "{:?}", sheets(&bank));
    // A new run finds that they have theirs.
    std::fs::remove_file(bank.path("sheets.journal")).unwrap();
    let refused = run("html", 7);
    assert!(refused.stderr.contains("pc00001.pdf"), "{}", refused.stderr);
    assert_eq!(bank.count("retrieval_password.reissued"), 3);

    std::fs::rename(bank.path("sheets"), bank.path("handed-over")).unwrap();
    let _ = run("both", 0);
    assert_eq!(sheets(&bank).len(), 6);
    let text = pdf_text(&bank.path("sheets/pc00003.pdf"));
    let page = bank.read("sheets/pc00003.html");
    assert!(
        page.contains(&passwords_in(&text)[0]),
        "not the same password"
    );
    let _ = run("docx", 2);
}

/// What looks like a password in a text.
fn passwords_in(text: &str) -> Vec<String> {
    let shaped = |word: &&str| word.len() == 19 && word.split('-').all(|group| group.len() == 4);
    let words = text.split_whitespace();
    words.filter(shaped).map(str::to_owned).collect()
}

#[test]
fn who_cannot_be_reissued_for_is_named_and_the_others_are_done() {
    let bank = BankFolder::new().and_users(3);
    let text = "user_id\npc00001\nnobody\nuser03\nadmin01\npc00002\n";
    let list = bank.write("list.csv", text).display().to_string();
    let dry = ["--users-file", &list, "--dry-run"];
    let ended = admin(&bank).run(&bulk(&bank, &dry)).expect(10);
    assert!(ended.stdout.contains("利用者 1"), "{}", ended.stdout);
    assert!(sheets(&bank).is_empty() && !bank.path("sheets.journal").exists());
    assert_eq!(bank.count("retrieval_password.reissued"), 0);

    let more = ["--users-file", &list, "--confirm", "5"];
    let ended = admin(&bank).run(&bulk(&bank, &more)).expect(10);
    assert_eq!(sheets(&bank).len(), 2);
    let failed: Vec<&str> = ended
        .stdout
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert_eq!(failed, ["nobody", "user03", "admin01"]);

    let good = bank
        .write("good.csv", "user_id\npc00003\n")
        .display()
        .to_string();
    let dry = ["--users-file", &good, "--dry-run", "--sheets", "elsewhere"];
    let dry: Vec<String> = bulk(&bank, &[])
        .into_iter()
        .take(8)
        .chain(dry.map(str::to_owned))
        .collect();
    let _ = admin(&bank).run(&dry).expect(0);
}

#[test]
fn what_is_wrong_is_said_before_anything_is_done() {
    let bank = BankFolder::with("policy.bulk.max_users = 2").and_users(5);
    let refused = |name: &str, content: &str, confirm: &str, code: i32| {
        let list = bank.write(name, content).display().to_string();
        let more = ["--users-file", &list, "--confirm", confirm];
        admin(&bank).run(&bulk(&bank, &more)).expect(code)
    };
    let wrong = refused("a.csv", "user_id\npc00001\nno one\npc00001\n", "3", 2);
    assert!(
        wrong.stderr.contains("a.csv:3:") && wrong.stderr.contains("a.csv:4:"),
        "{}",
        wrong.stderr
    );
    let count = refused("b.csv", "user_id\npc00001\n", "2", 2);
    assert!(count.stderr.contains("there are 1"), "{}", count.stderr);
    let many = refused("c.csv", "user_id\npc00001\npc00002\npc00003\n", "3", 2);
    assert!(many.stderr.contains("At most 2"), "{}", many.stderr);
    let _ = refused("d.csv", "user_id\n", "0", 6);
    let unconfirmed = bulk(
        &bank,
        &["--users-file", &bank.path("b.csv").display().to_string()],
    );
    let asked = admin(&bank).run(&unconfirmed).expect(2);
    assert!(asked.stderr.contains("--confirm"), "{}", asked.stderr);
    std::fs::create_dir(bank.path("sheets")).unwrap();
    bank.write("sheets/pc00001.html", "of another run");
    let _ = refused("b.csv", "user_id\npc00001\n", "1", 7);
    assert_eq!(bank.read("sheets/pc00001.html"), "of another run");
    assert!(!bank.path("audit.jsonl").exists() || bank.count("retrieval_password.reissued") == 0);
}

#[test]
fn a_second_person_agrees_where_the_policy_says_so() {
    let bank = BankFolder::with("policy.bulk.second_approver = true").and_users(2);
    let list = list(&bank, 2);
    let approver = bank
        .secret("approver", &transaction_password("admin02"))
        .display()
        .to_string();
    let wrong = bank.path("wrong").display().to_string();
    let run = |more: &[&str]| {
        let base = ["--users-file", &list, "--confirm", "2"];
        admin(&bank).run(&bulk(&bank, &[&base[..], more].concat()))
    };
    let _ = run(&[]).expect(5);
    let oneself = bank.path("admin01.transaction").display().to_string();
    let _ = run(&[
        "--approver",
        "admin01",
        "--approver-password-file",
        &oneself,
    ])
    .expect(5);
    let _ = run(&[
        "--approver",
        "user01",
        "--approver-password-file",
        &approver,
    ])
    .expect(5);
    let _ = run(&["--approver", "admin02", "--approver-password-file", &wrong]).expect(3);
    assert_eq!(bank.count("retrieval_password.reissued"), 0);
    let _ = run(&[
        "--approver",
        "admin02",
        "--approver-password-file",
        &approver,
    ])
    .expect(0);
    let records = bank.audit();
    let started = records
        .iter()
        .find(|record| record["event"] == "bulk_reissue.started");
    assert_eq!(started.unwrap()["detail"]["approver"], "admin02");
}

#[test]
fn those_whose_certificates_are_about_to_end_are_found() {
    let bank = BankFolder::new();
    // user01's certificate ends on 2026-12-31, user02's has ended.
    let more = ["--expiring-within", "36500d", "--dry-run", "--json"];
    let ended = admin(&bank).run(&bulk(&bank, &more));
    let ids: Vec<Value> = match ended.code {
        Some(0) => {
            let said: Value = serde_json::from_str(&ended.stdout).unwrap();
            let targets = said["targets"].as_array().unwrap();
            targets
                .iter()
                .map(|target| target["user_id"].clone())
                .collect()
        }
        _ => Vec::new(),
    };
    let now = warifu_terminal_tests::now();
    let alive = now.as_str() < "2026-12-31";
    assert_eq!(
        ids,
        if alive {
            vec![Value::from("user01")]
        } else {
            vec![]
        }
    );
    let none = ["--expiring-within", "0d", "--dry-run"];
    let _ = admin(&bank).run(&bulk(&bank, &none)).expect(6);
}

/// Runs until `enough` sheets are there, sends `signal`, and waits for the end.
fn interrupted(bank: &BankFolder, arguments: &[String], enough: usize, signal: Signal) -> Ended {
    let mut child = admin(bank).start(arguments);
    drop(child.stdin.take());
    let begun = Instant::now();
    while sheets(bank).len() < enough {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "no sheets appear"
        );
        let ended = child.try_wait().expect("it can be asked");
        assert!(ended.is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("it has an ID"), signal).expect("it can be signalled");
    Ended::of(child)
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let bank = BankFolder::new().and_users(120);
    let list = list(&bank, 120);
    let arguments = bulk(&bank, &["--users-file", &list, "--confirm", "120"]);
    let ended = interrupted(&bank, &arguments, 10, Signal::INT).expect(130);
    assert!(ended.stderr.contains("are left"), "{}", ended.stderr);
    let after = sheets(&bank);
    assert!((10..120).contains(&after.len()), "{}", after.len());
    assert_eq!(bank.count("retrieval_password.reissued"), after.len());
    let first: Vec<String> = after
        .iter()
        .map(|name| bank.read(&format!("sheets/{name}")))
        .collect();

    // Killed: what was in flight may be reissued again, and no sheet is half written.
    let ended = interrupted(&bank, &arguments, after.len() + 10, Signal::KILL);
    assert_eq!(ended.code, None);
    let others = bank
        .write("other.csv", "user_id\npc00001\n")
        .display()
        .to_string();
    let other = bulk(&bank, &["--users-file", &others, "--confirm", "1"]);
    let _ = admin(&bank).run(&other).expect(7);

    let _ = admin(&bank).run(&arguments).expect(0);
    let complete = sheets(&bank);
    let finished: Vec<&String> = complete
        .iter()
        .filter(|name| name.starts_with("pc"))
        .collect();
    assert_eq!(finished.len(), 120);
    for (name, sheet) in after.iter().zip(&first) {
        assert_eq!(
            &bank.read(&format!("sheets/{name}")),
            sheet,
            "{name} was replaced"
        );
    }
    for name in finished {
        assert!(
            bank.read(&format!("sheets/{name}")).ends_with("</html>"),
            "{name}"
        );
    }
    // Nobody was reissued for twice but who was in flight when it was killed.
    let reissued = bank.count("retrieval_password.reissued");
    assert!((120..=152).contains(&reissued), "{reissued}");
}

#[test]
fn nobody_sees_a_secret_in_the_list_of_processes() {
    let bank = BankFolder::new().and_users(60);
    let list = list(&bank, 60);
    let arguments = bulk(&bank, &["--users-file", &list, "--confirm", "60"]);
    let mut child = admin(&bank).start(&arguments);
    drop(child.stdin.take());
    while sheets(&bank).is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    for file in ["cmdline", "environ"] {
        let mut text = Vec::new();
        let path = format!("/proc/{}/{file}", child.id());
        std::fs::File::open(path)
            .unwrap()
            .read_to_end(&mut text)
            .unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(file == "environ" || text.contains("bulk-reissue"), "{text}");
        assert!(!text.contains(&transaction_password("admin01")), "{file}");
    }
    let _ = Ended::of(child).expect(0);
}
