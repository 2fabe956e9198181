use std::fs;

use super::{DEVELOPMENT, Folder, line};
use crate::{Configuration, Layers, Registry};

#[test]
fn every_unknown_key_is_named_with_its_line_and_the_nearest_name() {
    let folder = Folder::with(
        "environment = \"development\"\n\
         [policy.otp]\n\
         max_failure = 3\n\
         [polcy.login]\n\
         max_failures = 3\n\
         [user_directry]\n\
         adapter = \"memory\"\n\
         [[http.listeners]]\n\
         bind = \"127.0.0.1:0\"\n\
         surfaces = [\"ops\"]\n\
         colour = \"red\"\n",
    );
    let mut lines = folder.refusal(&[]);
    lines.sort();
    assert_eq!(
        lines,
        [
            "warifu.toml:11: http.listeners[0].colour: unknown key; \
             known here: bind, surfaces, tls, client_certificate_header, \
             client_certificate_ca_file",
            "warifu.toml:3: policy.otp.max_failure: unknown key; did you mean \"max_failures\"?",
            "warifu.toml:4: polcy: unknown key; did you mean \"policy\"?",
            "warifu.toml:6: user_directry: unknown key; did you mean \"user_directory\"?",
        ]
    );
}

#[test]
fn an_unknown_key_of_the_environment_or_the_command_line_is_named_too() {
    let layers = Layers::new()
        .environment([("WARIFU__POLICY__OTP__MAX_FAILURE".into(), "3".into())])
        .overrides([
            "environment=development".parse().unwrap(),
            "policy.session.idel=1m".parse().unwrap(),
        ]);
    let error = Configuration::load(&layers, &Registry::standard())
        .map(|_| ())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment WARIFU__POLICY__OTP__MAX_FAILURE: policy.otp.max_failure: unknown key; \
         did you mean \"max_failures\"?\n\
         --set policy.session.idel: unknown key; did you mean \"idle\"?"
    );
}

#[test]
fn an_adapter_that_the_program_was_built_without_is_named_with_its_feature() {
    let folder = Folder::with(
        "environment = \"development\"\n\
         [password_store]\n\
         adapter = \"redis\"\n\
         redis.url = \"redis://127.0.0.1\"\n\
         [user_directory]\n\
         ldap.servers = [\"ldaps://ldap.bank.example\"]\n",
    );
    let mut registry = Registry::empty()
        .user_directory("memory", warifu_memory::MemoryUsers)
        .password_store("memory", warifu_memory::MemoryStores)
        .otp_verifier("totp", warifu_totp::TotpCards)
        .staff_directory("memory", warifu_memory::MemoryStaffMembers)
        .staff_otp_verifier("totp", warifu_totp::TotpCards)
        .certificate_authority("local", warifu_local_ca::LocalAuthority)
        .audit_log("file", warifu_audit_file::AuditFile);
    registry.password_store.leave_out("redis", "redis");
    registry.password_store.leave_out("embedded", "embedded");
    registry.user_directory.leave_out("ldap", "ldap");
    let layers = Layers::new().files([folder.path("warifu.toml")]);
    let error = Configuration::load(&layers, &registry).map(|_| ());
    let error = error.unwrap_err().to_string();
    let mut lines: Vec<&str> = error.lines().collect();
    lines.sort_unstable();
    let told: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split_once("warifu.toml:"))
        .map(|(_, told)| told)
        .collect();
    // Of what is built in for the adapter `embedded`, nothing is said.
    assert_eq!(
        told,
        [
            "3: password_store.adapter: this program was built without the adapter \"redis\" \
             (feature `redis`)",
            "4: password_store.redis: this program was built without the adapter \"redis\" \
             (feature `redis`)",
            "6: user_directory.ldap: this program was built without the adapter \"ldap\" \
             (feature `ldap`)",
        ]
    );
    assert_eq!(lines.len(), 3, "{lines:#?}");
}

#[test]
fn an_adapter_that_was_left_out_can_be_added() {
    let mut registry = Registry::empty();
    registry.password_store.leave_out("redis", "redis");
    registry
        .password_store
        .add("redis", warifu_memory::MemoryStores);
    let layers = Layers::new().overrides([
        "environment=development".parse().unwrap(),
        "password_store.adapter=redis".parse().unwrap(),
    ]);
    let error = Configuration::load(&layers, &registry).map(|_| ());
    let error = error.unwrap_err().to_string();
    assert!(!error.contains("built without"), "{error}");
}

#[test]
fn an_unknown_adapter_lists_those_there_are() {
    assert_eq!(
        line("[password_store]\nadapter = \"postgres\""),
        "warifu.toml:3: password_store.adapter: unknown adapter \"postgres\"; \
         known here: embedded, memory, redis"
    );
    assert_eq!(
        line("[audit_log]\nadapter = \"fil\""),
        "warifu.toml:3: audit_log.adapter: unknown adapter \"fil\"; did you mean \"file\"?"
    );
    assert_eq!(
        line("[login_verifier]\nadapter = \"kerberos\""),
        "warifu.toml:3: login_verifier.adapter: unknown adapter \"kerberos\"; \
         known here: http, ldap, store"
    );
    assert_eq!(
        line("[password_store]\npostgres.url = \"postgres://127.0.0.1\""),
        "warifu.toml:3: password_store.postgres: no adapter has this name; \
         known here: embedded, memory, redis, adapter"
    );
    assert_eq!(
        line("[password_store]\nadapter = 7"),
        "warifu.toml:3: password_store.adapter: must be the name of an adapter, a text"
    );
}

#[test]
fn the_settings_of_an_adapter_that_is_not_selected_are_checked_too() {
    assert_eq!(
        line("[audit_log]\nadapter = \"stdout\"\nfile.paht = \"x\""),
        "warifu.toml:4: audit_log.file.paht: unknown key; did you mean \"path\"?"
    );
}

#[test]
fn what_is_announced_for_later_is_refused_by_name() {
    assert_eq!(
        line("[policy.retrieval_password]\nhold_for = \"0s\""),
        "warifu.toml:3: policy.retrieval_password.hold_for: not available in this version \
         (holding a retrieval password before it is redeemed); remove it"
    );
    assert_eq!(
        line("[notifier]\nadapter = \"log\""),
        "warifu.toml:2: notifier: not available in this version (notices); remove it"
    );
}

#[test]
fn what_an_audit_log_cannot_be_is_refused() {
    for (text, expected) in [
        (
            "signing_key_fil = \"key\"",
            "audit_log.signing_key_fil: no adapter has this name; did you mean \"signing_key_file\"?",
        ),
        (
            "checkpoint_records = 0",
            "audit_log.checkpoint_records: must be an integer from 1 to 1000000, not 0",
        ),
        (
            "file.rotate_size = \"64mib\"",
            "audit_log.file.rotate_size: must be 0, or a number of bytes from 4096 on, also such as \
             \"512KiB\", \"64MiB\" or \"1GiB\", not the text \"64mib\"",
        ),
        (
            "file.rotate_size = 17",
            "audit_log.file.rotate_size: must be 0, or a number of bytes from 4096 on, also such as \
             \"512KiB\", \"64MiB\" or \"1GiB\", not the integer 17",
        ),
    ] {
        assert_eq!(
            line(&format!("[audit_log]\n{text}")),
            format!("warifu.toml:3: {expected}")
        );
    }
}

#[test]
fn impossible_limits_are_refused_with_the_range() {
    for value in [
        "0",
        "-1",
        "1000001",
        "9223372036854775807",
        "9223372036854775808",
    ] {
        assert_eq!(
            line(&format!("[policy.otp]\nmax_failures = {value}")),
            format!(
                "warifu.toml:3: policy.otp.max_failures: \
                 must be an integer from 1 to 1000000, not {value}"
            )
        );
    }
    for (value, shown) in [
        ("2.9", "the number 2.9"),
        ("nan", "the number NaN"),
        ("inf", "the number inf"),
        ("\"5\"", "the text \"5\""),
        ("\"0012\"", "the text \"0012\""),
        ("true", "true"),
        ("[5]", "a list"),
        ("{ a = 5 }", "a table"),
    ] {
        assert_eq!(
            line(&format!("[policy.otp]\nmax_failures = {value}")),
            format!(
                "warifu.toml:3: policy.otp.max_failures: \
                 must be an integer from 1 to 1000000, not {shown}"
            )
        );
    }
}

#[test]
fn impossible_durations_are_refused_with_the_range() {
    for value in [
        "\"0s\"",
        "\"-7d\"",
        "\"9223372036854775808s\"",
        "\"NaN\"",
        "\"367d\"",
        "\"7\"",
    ] {
        assert_eq!(
            line(&format!("[policy.retrieval_password]\nvalid_for = {value}")),
            format!(
                "warifu.toml:3: policy.retrieval_password.valid_for: must be a duration from \
                 \"1s\" to \"366d\" such as \"90s\", \"30m\" or \"7d\", not the text {value}"
            )
        );
    }
    assert_eq!(
        line("[policy.login]\nlock_for = \"forever\""),
        "warifu.toml:3: policy.login.lock_for: must be \"until-unlocked\" or a duration from \
         \"1s\" to \"366d\" such as \"30m\", not the text \"forever\""
    );
    assert_eq!(
        line("[policy.retrieval_password]\nlength = 13"),
        "warifu.toml:3: policy.retrieval_password.length: must be 12, 16, 20 or 24"
    );
    assert_eq!(
        line("[policy.session]\nidle = \"2h\""),
        "warifu.toml:3: policy.session.idle: must not be longer than policy.session.absolute"
    );
}

#[test]
fn several_problems_are_reported_at_once() {
    let lines = Folder::with(
        "[policy.otp]\nmax_failures = 0\nlock_for = 5\n[password_store]\nadapter = \"x\"\n",
    )
    .refusal(&["environment=test"]);
    assert_eq!(
        lines,
        [
            "--set environment: unknown value \"test\"; \
             known here: production, development",
            "warifu.toml:3: policy.otp.lock_for: must be \"until-unlocked\" or a duration from \
             \"1s\" to \"366d\" such as \"30m\", not the integer 5",
            "warifu.toml:2: policy.otp.max_failures: must be an integer from 1 to 1000000, not 0",
            "warifu.toml:5: password_store.adapter: unknown adapter \"x\"; known here: embedded, memory, redis",
        ]
    );
}

#[test]
fn a_listener_must_be_whole() {
    assert_eq!(
        line("[[http.listeners]]\nbind = \"127.0.0.1:0\""),
        "warifu.toml:2: http.listeners[0]: \"surfaces\" is missing"
    );
    assert_eq!(
        line("[[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = [\"adminn\"]"),
        "warifu.toml:4: http.listeners[0].surfaces[0]: unknown value \"adminn\"; \
         did you mean \"admin\"?"
    );
    assert_eq!(
        line("http.listeners = []"),
        "warifu.toml:2: http.listeners: must have at least one listener"
    );
    let address = "bind = \"127.0.0.1:8443\"\nsurfaces = [\"ops\"]\n";
    assert_eq!(
        line(&format!(
            "[[http.listeners]]\n{address}[[http.listeners]]\n{address}"
        )),
        "warifu.toml:6: http.listeners[1].bind: another listener has this address already"
    );
}

#[test]
fn text_that_is_not_toml_is_refused_with_its_line() {
    assert_eq!(
        line("[policy.otp\nmax_failures = 1"),
        "warifu.toml:2: unclosed table, expected `]`"
    );
}

#[test]
fn what_may_be_a_secret_is_not_repeated() {
    let refused = line("[policy.otp]\npassword = \"hunter2\"");
    assert!(!refused.contains("hunter2"), "{refused}");
}

#[tokio::test]
async fn a_wrong_users_file_is_refused_with_its_own_line() {
    let folder = Folder::with(DEVELOPMENT);
    let users = folder.path("users.toml");
    fs::write(&users, "[[contracts]]\nnumber = \"1\"\nname = \"x\"\n").unwrap();
    let set = format!(
        "user_directory.memory.users_file={:?}",
        users.display().to_string()
    );
    let configuration = folder.load(&[&set]).unwrap();
    let error = crate::assemble(&configuration)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.exit_code(), 78);
    let line = error.to_string();
    assert!(
        line.starts_with(&format!("{}:2: ", users.display())),
        "{line}"
    );

    fs::remove_file(&users).unwrap();
    let line = crate::assemble(&configuration)
        .await
        .map(|_| ())
        .unwrap_err()
        .to_string();
    let beginning = "--set user_directory.memory.users_file: ";
    assert!(
        line.starts_with(beginning) && line.contains("cannot be read"),
        "{line}"
    );
}

#[test]
fn a_value_of_another_kind_is_told_in_words_of_the_file() {
    assert_eq!(
        line("[otp_verifier]\ntotp = 5"),
        "warifu.toml:3: otp_verifier.totp: must be a table, not the integer 5"
    );
    assert_eq!(
        line("policy.otp = 5"),
        "warifu.toml:2: policy.otp: must be a table, not the integer 5"
    );
    assert_eq!(
        line("http.listeners = 5"),
        "warifu.toml:2: http.listeners: must be a list, not the integer 5"
    );
    assert_eq!(
        line("environment2 = 5"),
        "warifu.toml:2: environment2: unknown key; did you mean \"environment\"?"
    );
    assert_eq!(
        line("[audit_log]\nfile.path = 5"),
        "warifu.toml:3: audit_log.file.path: must be a text, not the integer 5"
    );
    assert_eq!(
        line("audit_log = 5"),
        "warifu.toml:2: audit_log: must be a table, such as { adapter = \"…\" }"
    );
    assert_eq!(
        line("[logging]\nlevel = 5"),
        "warifu.toml:3: logging.level: must be a text, not the integer 5"
    );
    assert_eq!(
        line("[site.help_desk]\nphone = \"\""),
        "warifu.toml:3: site.help_desk.phone: must be a text of 1 to 500 characters on one line, not the text \"\""
    );
    assert_eq!(
        line("[[http.listeners]]\nbind = \"localhost:1\"\nsurfaces = [\"ops\"]"),
        "warifu.toml:3: http.listeners[0].bind: must be an address and a port such as \
         \"127.0.0.1:8080\" or \"[::1]:8080\"; port 0 takes a free one, not the text \
         \"localhost:1\""
    );
}
