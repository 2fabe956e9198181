use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::attempts::LockDuration;
use warifu_core::domain::{PlainPassword, Subject};
use warifu_core::ports::{PasswordCheck, PasswordVerifier, Unavailable};

use super::{DEVELOPMENT, Folder};
use crate::{Configuration, Layers, Registry};
use warifu_adapter_kit::{Adapter, AdapterError, NoSettings, PasswordCheckContext};

#[test]
fn the_defaults_are_those_of_the_manual() {
    let configuration = Folder::with(DEVELOPMENT).load(&[]).unwrap();
    let policy = configuration.settings().to_policy();
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
    let lock = configuration.settings().to_policy().login.lock;
    assert_eq!(
        lock,
        LockDuration::UntilUnlockedShownAs(Duration::from_secs(1_800))
    );
}

#[test]
fn a_lease_outlasts_the_dearest_hash_and_no_queue() {
    let lease = |queue: &str| {
        let configuration = Folder::with(DEVELOPMENT)
            .load(&["policy.hashing.workers=1", queue])
            .unwrap();
        configuration.settings().to_policy().login.lease
    };
    // Six have their turn at one thread, each with 64 MiB and ten passes: 17 times the least.
    let dearest = Duration::from_millis(3 * 6 * 17 * 50);
    assert_eq!(lease("policy.hashing.queue=1"), dearest);
    assert_eq!(lease("policy.hashing.queue=1000"), dearest);
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
        // The demonstration's adapters are its own; users are no configuration.
        let other = matches!(
            name.as_str(),
            "demo.toml" | "users.example.toml" | "Cargo.toml"
        );
        if other || path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        examples += 1;
        let layers = Layers::new().files([path.clone()]);
        if let Err(error) = Configuration::load(&layers, &Registry::standard()) {
            panic!("{name}: {error}");
        }
    }
    assert!(examples >= 5, "{examples} examples are found");
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
    assert!(assembled.use_cases.health.failing().await.is_empty());
    assert_eq!(assembled.reload.len(), 1);
}

/// Another system that takes its time.
struct Slow;

#[async_trait]
impl PasswordVerifier for Slow {
    async fn verify(&self, _: &Subject, _: &PlainPassword) -> Result<bool, Unavailable> {
        Ok(false)
    }

    async fn decoy(&self, _: &Subject, _: &PlainPassword) -> Result<(), Unavailable> {
        Ok(())
    }

    fn longest_check(&self) -> Duration {
        Duration::from_secs(100)
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl Adapter for Slow {
    type Port = PasswordCheck;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        _: &PasswordCheckContext,
    ) -> Result<PasswordCheck, AdapterError> {
        Ok(PasswordCheck::elsewhere(Slow))
    }
}

#[tokio::test]
async fn a_lease_outlasts_a_check_by_another_system() {
    let folder = Folder::with(DEVELOPMENT);
    fs::write(folder.path("users.toml"), "").unwrap();
    let set = |key: &str, name: &str| format!("{key}={:?}", folder.path(name));
    let layers = Layers::new().files([folder.path("warifu.toml")]).overrides(
        [
            "login_verifier.adapter=slow".to_owned(),
            "password_store.adapter=memory".to_owned(),
            set("user_directory.memory.users_file", "users.toml"),
            set("certificate_authority.local.directory", "ca"),
            set("audit_log.file.path", "audit.jsonl"),
        ]
        .map(|text| text.parse().unwrap()),
    );
    let registry = Registry::standard().login_verifier("slow", Slow);
    let configuration = Configuration::load(&layers, &registry).unwrap();
    let assembled = crate::assemble(&configuration).await.unwrap();
    let policy = assembled.use_cases.service.policy();
    assert!(policy.login.lease > Duration::from_secs(100));
    assert!(policy.transaction.lease < Duration::from_secs(100));
}
