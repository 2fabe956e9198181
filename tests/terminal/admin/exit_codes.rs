//! Every exit code, provoked.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use warifu_terminal_tests::{BankFolder, CONTRACT, OTHER_CONTRACT};

use super::{admin, bare, reissue};

#[test]
fn wrong_usage_is_2() {
    let bank = BankFolder::new();
    let _ = bare().run(&[""; 0]).expect(2);
    let _ = bare().run(&["dance"]).expect(2);
    let said = bare()
        .run(&["--lang", "en", "freeze", "--contract", CONTRACT])
        .expect(2);
    assert!(said.stderr.contains("not available in this version"));

    let exposed = bank.secret("exposed", "x");
    std::fs::set_permissions(&exposed, Permissions::from_mode(0o644)).unwrap();
    let cases = [
        ("exposed", "chmod 600"),
        ("empty", "is empty"),
        ("two-lines", "one line"),
        ("missing", "cannot be read"),
    ];
    bank.secret("two-lines", "a\nb");
    let empty = bank.secret("empty", "");
    std::fs::write(&empty, "").unwrap();
    for (name, expected) in cases {
        let mut arguments = reissue(&bank, "admin01", "user01", &["--output", "-"]);
        arguments[8] = bank.path(name).display().to_string();
        let refused = admin(&bank).run(&arguments).expect(2);
        assert!(
            refused.stderr.contains(expected),
            "{name}: {}",
            refused.stderr
        );
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
    }

    let unasked = [
        "reissue",
        "--contract",
        CONTRACT,
        "--operator",
        "admin01",
        "--user",
        "user01",
        "--not-instructed-by-others",
        "--output",
        "-",
        "--yes",
    ];
    let refused = admin(&bank).run(&unasked).expect(2);
    assert!(refused.stderr.contains("--transaction-password-file"));
    let unconfirmed = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let unconfirmed: Vec<&String> = unconfirmed.iter().filter(|text| *text != "--yes").collect();
    let refused = admin(&bank).run(&unconfirmed).expect(2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let instructed = reissue(&bank, "admin01", "user01", &["--output", "-"]);
    let instructed: Vec<&String> = instructed
        .iter()
        .filter(|text| *text != "--not-instructed-by-others")
        .collect();
    let _ = admin(&bank).run(&instructed).expect(2);
    assert!(!bank.path("audit.jsonl").exists() || bank.count("retrieval_password.reissued") == 0);
}

#[test]
fn refusals_have_their_codes() {
    let bank = BankFolder::with("policy.reissue.max_per_target_per_hour = 1");
    let out = ["--output", "-"];
    let code = |operator: &str, user: &str| {
        bank.secret(
            &format!("{operator}.transaction"),
            &format!("example-trans-{operator}"),
        );
        admin(&bank).run(&reissue(&bank, operator, user, &out)).code
    };
    assert_eq!(code("admin01", "nobody"), Some(6));
    assert_eq!(code("admin01", "not an id"), Some(6));
    assert_eq!(code("admin01", "user03"), Some(7), "disabled");
    assert_eq!(code("admin01", "admin01"), Some(5), "oneself");
    assert_eq!(code("user01", "user02"), Some(5), "no right");
    assert_eq!(code("user03", "user02"), Some(5), "disabled");
    assert_eq!(code("nobody", "user02"), Some(5), "unknown");
    assert_eq!(code("admin01", "user01"), Some(0));
    assert_eq!(code("admin01", "user01"), Some(4), "too often");

    let unknown = ["users", "list", "--contract", "999999"];
    let refused = admin(&bank).run(&unknown).expect(6);
    assert!(refused.stderr.contains("contract"), "{}", refused.stderr);
    let malformed = ["users", "list", "--contract", "x"];
    let _ = admin(&bank).run(&malformed).expect(2);

    // Users of the other contract do not exist here.
    let own = [
        "users",
        "show",
        "--contract",
        OTHER_CONTRACT,
        "--user",
        "user01",
    ];
    let _ = admin(&bank).run(&own).expect(6);
}

#[test]
fn a_bad_configuration_is_78_and_a_back_end_that_is_gone_is_9() {
    let bank = BankFolder::new();
    let list = ["users", "list", "--contract", CONTRACT];
    let misspelt = admin(&bank).before(&["--set", "policy.otp.max_failure=3"]);
    let refused = misspelt.run(&list).expect(78);
    assert!(
        refused.stderr.contains("max_failures"),
        "{}",
        refused.stderr
    );

    let checked = admin(&bank).run(&["--check"]).expect(0);
    assert!(
        checked
            .stdout
            .contains("password_store: embedded: would make")
    );
    let _ = admin(&bank).run(&list).expect(0);
    let checked = admin(&bank).run(&["--check"]).expect(0);
    assert!(checked.stdout.contains("password_store: embedded: good"));
    let printed = admin(&bank).run(&["--print-config"]).expect(0);
    assert!(
        printed.stdout.contains("second_approver"),
        "{}",
        printed.stdout
    );

    let address = warifu_terminal_tests::nobody().replace("http", "redis");
    let gone = format!("password_store={{ adapter = \"redis\", redis.url = \"{address}\" }}");
    let _ = admin(&bank).before(&["--set", &gone]).run(&list).expect(9);
}
