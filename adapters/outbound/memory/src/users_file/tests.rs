use secrecy::ExposeSecret;

use super::*;

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$fVDMzvkKRn6SRHyxs6rlSbKZwhwXVwBMlQ2fLOMfJ4o";

const WHOLE: &str = r#"
[[contracts]]
number = "1234567890"
name = "株式会社サンプル"
edition = "light"
registered_address = "〒100-0000 東京都"

[[contracts.users]]
id = "Admin01"
name = "山田 太郎"
service_administrator = true
permissions = ["reissue-retrieval-password"]
mail = "taro@example.jp"
disabled = true
login_password = "HASH"
transaction_password = "HASH"
totp = { secret = "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", digits = 8, period = 60, algorithm = "SHA256" }
certificate_not_after = "2026-12-31T09:00:00+09:00"

[[contracts.users]]
id = "user01"
name = "佐藤 花子"

[[contracts]]
number = "2345678"
name = "有限会社見本"

[[staff]]
id = "Clerk01"
name = "鈴木 一郎"
roles = ["maker", "checker"]
login_password = "HASH"
totp = { secret = "GEZDGNBVGY3TQOJQ" }
"#;

fn parse(text: &str) -> Result<Users, UsersFileError> {
    Users::parse(&text.replace("HASH", HASH), "users.toml", None)
}

fn refusal(text: &str) -> String {
    match parse(text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(error) => error.to_string(),
    }
}

/// The whole file with one line replaced, and the number of that line.
fn with(line: &str, replacement: &str) -> (String, usize) {
    let number = WHOLE
        .lines()
        .position(|given| given == line)
        .expect("a line of the file")
        + 1;
    (WHOLE.replacen(line, replacement, 1), number)
}

#[test]
fn everything_that_the_file_says_is_known() {
    let users = parse(WHOLE).unwrap();
    let tenant = &users.tenants[&"1234567890".parse().unwrap()];
    assert_eq!(tenant.contract.name, "株式会社サンプル");
    assert_eq!(tenant.contract.edition.as_str(), "light");
    assert_eq!(tenant.contract.registered_address, "〒100-0000 東京都");

    let account = &tenant.accounts[&"admin01".parse().unwrap()];
    assert_eq!(account.user.subject.to_string(), "1234567890/admin01");
    assert_eq!(account.user.name, "山田 太郎");
    assert!(account.user.service_administrator && account.user.disabled);
    assert_eq!(account.user.permissions.len(), 1);
    assert_eq!(account.user.mail.as_deref(), Some("taro@example.jp"));
    assert_eq!(
        account.user.certificate_not_after.unwrap().to_string(),
        "2026-12-31T00:00:00Z"
    );
    assert_eq!(account.login_password.as_ref().unwrap().expose_phc(), HASH);
    assert_eq!(
        account.transaction_password.as_ref().unwrap().expose_phc(),
        HASH
    );
    let token = account.totp.as_ref().unwrap();
    assert_eq!(token.secret.expose_secret(), b"12345678901234567890");
    assert_eq!(
        (token.digits, token.period, token.algorithm),
        (8, 60, TotpAlgorithm::Sha256)
    );

    let account = &users.staff[&"clerk01".parse().unwrap()];
    assert_eq!(account.member.name, "鈴木 一郎");
    assert!(!account.member.disabled);
    assert_eq!(
        account.member.roles,
        BTreeSet::from([StaffRole::Maker, StaffRole::Checker])
    );
    assert!(account.login_password.is_some());
    assert_eq!(account.totp.as_ref().unwrap().digits, 6);
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let users = parse(WHOLE).unwrap();
    let account =
        &users.tenants[&"1234567890".parse().unwrap()].accounts[&"user01".parse().unwrap()];
    assert!(!account.user.service_administrator && !account.user.disabled);
    assert!(account.user.permissions.is_empty() && account.user.mail.is_none());
    assert!(account.login_password.is_none() && account.transaction_password.is_none());
    assert!(account.totp.is_none() && account.user.certificate_not_after.is_none());

    let contract = &users.tenants[&"2345678".parse().unwrap()].contract;
    assert_eq!(contract.edition.as_str(), "standard");
    assert_eq!(contract.registered_address, "");

    let member = users.staff.values().next().unwrap();
    let token = member.totp.as_ref().unwrap();
    assert_eq!(
        (token.digits, token.period, token.algorithm),
        (6, 30, TotpAlgorithm::Sha1)
    );
}

#[test]
fn the_lengths_of_codes_are_those_of_the_users_tokens() {
    let users = parse(WHOLE).unwrap();
    assert_eq!(
        users.code_lengths,
        CodeLengths::new([8]),
        "staff have a verifier of their own"
    );
    assert_eq!(parse("").unwrap().code_lengths, CodeLengths::new([6]));
}

#[test]
fn whatever_is_wrong_is_refused_with_its_line_and_what_to_do() {
    let cases = [
        (
            r#"number = "2345678""#,
            r#"number = "12""#,
            "write 6 to 12 digits",
        ),
        (
            r#"name = "有限会社見本""#,
            r#"name = " ""#,
            "the name is empty",
        ),
        (
            r#"name = "有限会社見本""#,
            r#"name = "a\nb""#,
            "control characters",
        ),
        (
            r#"edition = "light""#,
            r#"edition = "Light!""#,
            "write 1 to 32 of a-z",
        ),
        (
            r#"id = "user01""#,
            r#"id = "us er""#,
            "write 1 to 32 of A-Z",
        ),
        (
            r#"id = "user01""#,
            r#"id = "ＡＤＭＩＮ０１""#,
            "admin01 already stands on line 9",
        ),
        (
            r#"number = "2345678""#,
            r#"number = "1234-567-890""#,
            "already stands on line 3",
        ),
        (
            r#"permissions = ["reissue-retrieval-password"]"#,
            r#"permissions = ["reissue"]"#,
            "choose from reissue-retrieval-password",
        ),
        (
            r#"mail = "taro@example.jp""#,
            r#"mail = "taro@x\r\nBcc: y@z""#,
            "write one name@domain",
        ),
        ("disabled = true", r#"disabled = "yes""#, "than a boolean"),
        (
            "disabled = true",
            "dissabled = true",
            "unknown field `dissabled`",
        ),
        ("disabled = true", "disabled = }", "expected"),
        (
            r#"certificate_not_after = "2026-12-31T09:00:00+09:00""#,
            r#"certificate_not_after = "2026-13-01""#,
            "write it as \"2026-12-31T00:00:00Z\"",
        ),
        (
            r#"id = "Clerk01""#,
            r#"id = "受付""#,
            "write 1 to 32 of A-Z",
        ),
        (
            r#"roles = ["maker", "checker"]"#,
            r#"roles = ["boss"]"#,
            "maker, checker, auditor",
        ),
        (
            r#"roles = ["maker", "checker"]"#,
            "roles = []",
            "needs a role",
        ),
    ];
    for (line, replacement, expected) in cases {
        let (text, number) = with(line, replacement);
        let message = refusal(&text);
        assert!(
            message.starts_with(&format!("users.toml:{number}: ")),
            "{message}"
        );
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn a_token_that_cannot_work_is_refused() {
    for (token, expected) in [
        (r#"{ secret = "0189" }"#, "not Base32"),
        (r#"{ secret = "GEZDGNBVGY3TQOI" }"#, "too short"),
        (
            r#"{ secret = "GEZDGNBVGY3TQOJQ", digits = 5 }"#,
            "`digits` must be a number from 6 to 8",
        ),
        (
            r#"{ secret = "GEZDGNBVGY3TQOJQ", digits = 9 }"#,
            "`digits` must be a number from 6 to 8",
        ),
        (
            r#"{ secret = "GEZDGNBVGY3TQOJQ", period = 0 }"#,
            "`period` must be",
        ),
        (
            r#"{ secret = "GEZDGNBVGY3TQOJQ", period = 4294967326 }"#,
            "`period` must be",
        ),
        (
            r#"{ secret = "GEZDGNBVGY3TQOJQ", algorithm = "MD5" }"#,
            "SHA1, SHA256, SHA512",
        ),
        (
            r#"{ secret = "GEZDGNBVGY3TQOJQ", step = 30 }"#,
            "unknown field `step`",
        ),
        ("{ digits = 6 }", "missing field `secret`"),
    ] {
        let (text, number) = with(
            r#"totp = { secret = "GEZDGNBVGY3TQOJQ" }"#,
            &format!("totp = {token}"),
        );
        let message = refusal(&text);
        assert!(
            message.starts_with(&format!("users.toml:{number}: ")),
            "{message}"
        );
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_hash_that_no_entry_can_match_is_refused() {
    let digest = "fVDMzvkKRn6SRHyxs6rlSbKZwhwXVwBMlQ2fLOMfJ4o";
    for hash in [
        "secret",
        "",
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA",
        &format!("$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA${digest}"),
        &format!("$argon2id$v=19$m=19456,t=0,p=1$c29tZXNhbHRzb21lc2FsdA${digest}"),
        &format!("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRz*21lc2FsdA${digest}"),
        "$2b$12$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let (text, number) = with(
            r#"transaction_password = "HASH""#,
            &format!("transaction_password = '{hash}'"),
        );
        let message = refusal(&text);
        assert!(
            message.starts_with(&format!("users.toml:{number}: ")),
            "{message}"
        );
        assert!(message.contains("warifu-admin hash-password"), "{message}");
    }
}

#[test]
fn no_message_repeats_a_value_that_may_be_secret() {
    for (line, replacement) in [
        (
            r#"transaction_password = "HASH""#,
            r#"transaction_password = "hunter2""#,
        ),
        (
            r#"transaction_password = "HASH""#,
            r#"transaction_password = ["hunter2"]"#,
        ),
        (
            r#"totp = { secret = "GEZDGNBVGY3TQOJQ" }"#,
            r#"totp = "hunter2""#,
        ),
        (
            r#"totp = { secret = "GEZDGNBVGY3TQOJQ" }"#,
            r#"totp = { secret = "hunter2" }"#,
        ),
        (
            r#"totp = { secret = "GEZDGNBVGY3TQOJQ" }"#,
            r#"totp = { secret = "hunter2 }"#,
        ),
        (
            r#"totp = { secret = "GEZDGNBVGY3TQOJQ" }"#,
            "totp = { secret = hunter2 }",
        ),
    ] {
        let message = refusal(&with(line, replacement).0);
        assert!(!message.contains("hunter2"), "{message}");
    }
    let number = refusal(
        &with(
            r#"transaction_password = "HASH""#,
            "transaction_password = 31337",
        )
        .0,
    );
    assert!(!number.contains("31337"), "{number}");
}
