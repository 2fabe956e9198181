//! What a wrong configuration is told, to the letter, and what a right one yields.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use warifu_core::domain::attempts::LockDuration;

use crate::adapters::MemoryStores;
use crate::registry::{Adapter, AdapterError, Context, NoSettings, Stores};
use crate::{ConfigError, Configuration, Layers, Registry};

/// A folder with a file `warifu.toml` in it.
struct Folder(TempDir);

impl Folder {
    fn with(text: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path("warifu.toml"), text).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self, overrides: &[&str]) -> Result<Configuration, ConfigError> {
        let layers = Layers::new()
            .files([self.path("warifu.toml")])
            .overrides(overrides.iter().map(|text| text.parse().unwrap()));
        Configuration::load(&layers, &Registry::standard())
    }

    /// The lines of the refusal, the folder left out.
    fn refusal(&self, overrides: &[&str]) -> Vec<String> {
        let error = self.load(overrides).map(|_| ()).unwrap_err();
        assert_eq!(error.exit_code(), 78);
        let folder = format!("{}/", self.0.path().display());
        error
            .to_string()
            .lines()
            .map(|line| line.replace(&folder, ""))
            .collect()
    }
}

const DEVELOPMENT: &str = "environment = \"development\"\n";

/// The one line that `text` in a development configuration is refused with.
fn line(text: &str) -> String {
    let lines = Folder::with(&format!("{DEVELOPMENT}{text}\n")).refusal(&[]);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.into_iter().next().unwrap()
}

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
             known here: bind, surfaces, tls",
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
fn an_unknown_adapter_lists_those_there_are() {
    assert_eq!(
        line("[password_store]\nadapter = \"redis\""),
        "warifu.toml:3: password_store.adapter: unknown adapter \"redis\"; known here: memory"
    );
    assert_eq!(
        line("[audit_log]\nadapter = \"fil\""),
        "warifu.toml:3: audit_log.adapter: unknown adapter \"fil\"; did you mean \"file\"?"
    );
    assert_eq!(
        line("[login_verifier]\nadapter = \"ldap\""),
        "warifu.toml:3: login_verifier.adapter: unknown adapter \"ldap\"; known here: store"
    );
    assert_eq!(
        line("[password_store]\nredis.url = \"redis://127.0.0.1\""),
        "warifu.toml:3: password_store.redis: no adapter has this name; \
         known here: memory, adapter"
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
    assert_eq!(
        line("[audit_log]\nsigning_key_file = \"key\""),
        "warifu.toml:3: audit_log.signing_key_file: not available in this version \
         (signed checkpoints of the audit log); remove it"
    );
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
            "warifu.toml:5: password_store.adapter: unknown adapter \"x\"; known here: memory",
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
    assert!(
        line("[[http.listeners]]\nbind = \"localhost\"\nsurfaces = [\"ops\"]")
            .starts_with("warifu.toml:3: http.listeners[0].bind: "),
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

#[test]
fn the_memory_store_is_refused_in_production() {
    let folder = Folder::with("[password_store]\nadapter = \"memory\"\n");
    let expected = "warifu.toml:2: password_store.adapter: \"memory\" forgets every lock and \
                    password when the program ends and is refused unless environment = \
                    \"development\"";
    assert_eq!(folder.refusal(&[]), [expected]);
    assert!(folder.load(&["environment=development"]).is_ok());
}

/// The lines about listeners that a production configuration is refused with.
fn production_lines(text: &str) -> Vec<String> {
    let folder = Folder::with(text);
    let lines = folder.refusal(&[]);
    lines
        .into_iter()
        .filter(|line| !line.contains("password_store.adapter"))
        .collect()
}

#[test]
fn production_is_encrypted_off_loopback() {
    let listener = |bind: &str, more: &str| {
        format!("{more}\n[[http.listeners]]\nbind = \"{bind}\"\nsurfaces = [\"self-service\"]\n")
    };
    let refused = "warifu.toml:3: http.listeners[0].bind: 0.0.0.0:8080 without tls is refused in \
                   production: set tls here, or http.public_origin to an https:// origin if a \
                   proxy ends TLS";
    assert_eq!(production_lines(&listener("0.0.0.0:8080", "")), [refused]);
    let none: [&str; 0] = [];
    for loopback in ["127.0.0.1:8080", "[::1]:8080"] {
        assert_eq!(production_lines(&listener(loopback, "")), none);
    }
    let proxied = "http.public_origin = \"https://certificate.bank.example\"";
    assert_eq!(production_lines(&listener("0.0.0.0:8080", proxied)), none);
    let plain = "http.public_origin = \"http://certificate.bank.example\"";
    assert_eq!(
        production_lines(&listener("127.0.0.1:8080", plain)),
        ["warifu.toml:1: http.public_origin: must be an https:// origin in production"]
    );
}

#[test]
fn production_demands_client_certificates_of_administrators_off_loopback() {
    let text = |tls: &str, more: &str| {
        format!(
            "{more}\n[[http.listeners]]\nbind = \"192.0.2.1:443\"\nsurfaces = [\"admin\"]\n\
             [http.listeners.tls]\ncertificate_file = \"a.pem\"\nkey_file = \"a.key\"\n{tls}\n"
        )
    };
    assert_eq!(
        production_lines(&text("", "")),
        [
            "warifu.toml:4: http.listeners[0].surfaces: the surface admin on 192.0.2.1:443 needs \
          tls.client_ca_file in production, or admin.client_certificate = \"not-required\""
        ]
    );
    let none: [&str; 0] = [];
    assert_eq!(
        production_lines(&text("client_ca_file = \"ca.pem\"", "")),
        none
    );
    assert_eq!(
        production_lines(&text("", "admin.client_certificate = \"not-required\"")),
        none
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused_in_production() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::with("");
    let key = folder.path("server.key");
    fs::write(&key, "").unwrap();
    let text = format!(
        "[[http.listeners]]\nbind = \"127.0.0.1:0\"\nsurfaces = [\"ops\"]\n\
         [http.listeners.tls]\ncertificate_file = \"a.pem\"\nkey_file = \"{}\"\n",
        key.display()
    );
    fs::write(folder.path("warifu.toml"), text).unwrap();
    let about_the_key = |mode| {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let lines = folder.refusal(&[]);
        lines
            .into_iter()
            .filter(|line| line.contains("key_file"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        about_the_key(0o644),
        [
            "warifu.toml:6: http.listeners[0].tls.key_file: server.key holds a secret and others \
          may read it (mode 0644): chmod 600 server.key"
        ]
    );
    assert!(about_the_key(0o600).is_empty());
}

#[test]
fn the_defaults_are_those_of_the_manual() {
    let configuration = Folder::with(DEVELOPMENT).load(&[]).unwrap();
    let policy = configuration.settings().policy.to_policy();
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    for attempts in [
        policy.login,
        policy.transaction,
        policy.otp,
        policy.retrieval,
    ] {
        assert_eq!(attempts.max_failures.get(), 5);
        assert!(attempts.lease >= Duration::from_secs(10));
    }
    assert_eq!(policy.login.lock, LockDuration::For(minutes(30)));
    for attempts in [policy.transaction, policy.otp, policy.retrieval] {
        assert_eq!(attempts.lock, LockDuration::UntilUnlocked);
    }
    assert_eq!(policy.retrieval_password.valid_for, minutes(7 * 24 * 60));
    assert_eq!(policy.retrieval_password.length.get(), 16);
    assert_eq!(policy.session.idle, minutes(15));
    assert_eq!(policy.session.absolute, minutes(60));
    assert_eq!(policy.reissue.per_target.limit.get(), 10);
    assert_eq!(policy.reissue.per_operator.limit.get(), 200);
    assert_eq!(policy.reissue.otp_proof_for, minutes(5));
    assert!(!policy.reissue.own_through_admin);
    assert_eq!(policy.idempotency.remember_for, minutes(24 * 60));
    assert_eq!(policy.certificate.notice, minutes(28 * 24 * 60));
}

#[test]
fn a_login_lock_until_unlocked_does_not_show() {
    let configuration = Folder::with(DEVELOPMENT)
        .load(&["policy.login.lock_for=until-unlocked"])
        .unwrap();
    let lock = configuration.settings().policy.to_policy().login.lock;
    assert_eq!(
        lock,
        LockDuration::UntilUnlockedShownAs(Duration::from_secs(1_800))
    );
}

#[test]
fn a_lease_outlasts_a_full_queue() {
    let configuration = Folder::with(DEVELOPMENT)
        .load(&["policy.hashing.workers=1", "policy.hashing.queue=1000"])
        .unwrap();
    let lease = configuration.settings().policy.to_policy().login.lease;
    assert_eq!(lease, Duration::from_millis(3 * 50 * 1001));
}

#[test]
fn what_is_shown_is_a_configuration_of_the_same_meaning() {
    let folder = Folder::with(DEVELOPMENT);
    let shown = folder
        .load(&["policy.otp.max_failures=3"])
        .unwrap()
        .to_toml();
    assert!(
        shown.contains("max_failures = 3  # --set policy.otp.max_failures\n"),
        "{shown}"
    );
    assert!(shown.contains("warifu.toml:1\n"), "{shown}");
    fs::write(folder.path("warifu.toml"), &shown).unwrap();
    let again = folder.load(&[]).unwrap().to_toml();
    let values = |text: &str| {
        let lines = text
            .lines()
            .map(|line| line.split("  # ").next().unwrap_or_default().to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(values(&again), values(&shown));
}

#[tokio::test]
async fn every_example_is_a_good_configuration() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut examples = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let more: &[&str] = match name.as_str() {
            "development.toml" => &[],
            // Complete only with a store for production, and none is part of this version.
            "default.toml" | "production.example.toml" => &["environment=development"],
            _ => continue,
        };
        examples += 1;
        let layers = Layers::new()
            .files([path.clone()])
            .overrides(more.iter().map(|text| text.parse().unwrap()));
        if let Err(error) = Configuration::load(&layers, &Registry::standard()) {
            panic!("{name}: {error}");
        }
    }
    assert_eq!(examples, 3);
}

#[tokio::test]
async fn the_users_file_example_starts_a_service() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = tempfile::tempdir().unwrap();
    let set = |key: &str, path: PathBuf| format!("{key}={:?}", path.display().to_string());
    let layers = Layers::new()
        .files([folder.join("development.toml")])
        .overrides(
            [
                set(
                    "user_directory.memory.users_file",
                    folder.join("users.example.toml"),
                ),
                set(
                    "certificate_authority.local.directory",
                    scratch.path().join("ca"),
                ),
                set("audit_log.file.path", scratch.path().join("audit.jsonl")),
            ]
            .map(|text| text.parse().unwrap()),
        );
    let configuration = Configuration::load(&layers, &Registry::standard()).unwrap();
    let assembled = crate::assemble(&configuration).await.unwrap();
    assert!(assembled.warifu.failing().await.is_empty());
    assert_eq!(assembled.reload.len(), 1);
}

#[tokio::test]
async fn the_users_file_example_is_refused_in_production() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("users.example.toml");
    let folder = Folder::with("[password_store]\nadapter = \"forgetful\"\n");
    let copy = folder.path("users.toml");
    let text = fs::read_to_string(example).unwrap();
    fs::write(&copy, text.replace("example.jp", "bank.example")).unwrap();
    let quoted = |path: PathBuf| format!("{:?}", path.display().to_string());
    let layers = Layers::new().files([folder.path("warifu.toml")]).overrides(
        [format!("user_directory.memory.users_file={}", quoted(copy))]
            .map(|text| text.parse().unwrap()),
    );
    let registry = Registry::standard().password_store("forgetful", Forgetful);
    let configuration = Configuration::load(&layers, &registry).unwrap();
    let line = crate::assemble(&configuration)
        .await
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(line.contains("published as an example"), "{line}");
}

/// A bank's own adapter: the memory store, for once allowed in production.
struct Forgetful;

#[async_trait]
impl Adapter for Forgetful {
    type Port = Stores;
    type Settings = NoSettings;

    async fn build(
        &self,
        settings: &NoSettings,
        context: &Context,
    ) -> Result<Stores, AdapterError> {
        MemoryStores.build(settings, context).await
    }
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
