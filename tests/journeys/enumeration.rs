//! How long a refusal takes tells nobody who exists: unknown, wrong and disabled, with hashes older and
//! dearer than those of today, by hashes, LDAP and HTTP. Measured by turns, so that a busy moment meets
//! all alike.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, NoSettings, PasswordCheckContext};
use warifu_config::Registry;
use warifu_contracts::case::rounds;
use warifu_core::domain::{PlainPassword, Subject};
use warifu_core::ports::{PasswordCheck, PasswordVerifier, Unavailable};
use warifu_test_support::rank_sum::rank_sum_z;

use crate::passwords_elsewhere::{says, server_over_http};
use crate::providers::{self, Bank};
use crate::support::{CONTRACT, LOGIN_PASSWORD, Provider, Setup, TestServer, WRONG_PASSWORD};

/// Once in two million times by chance.
const NO_CHANCE: f64 = 5.0;

const REFUSED: (u16, &str) = (401, "login-refused");
const LOCKED: (u16, &str) = (429, "login-locked");

const LENIENT: &str = "policy.login.max_failures = 1000000";

/// Each class has so many people, so that none is refused for many wrong entries a day.
const PEOPLE: usize = 10;

/// Of m=256, t=2, p=1, and of m=65536, t=2, p=1: the reference implementation's own.
const OLDER: &str =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const DEARER: &str =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

/// People who are to look alike.
struct Class {
    name: &'static str,
    ids: Vec<String>,
    password: &'static str,
    took: Vec<f64>,
}

fn class(name: &'static str, password: &'static str, ids: Vec<String>) -> Class {
    Class {
        name,
        ids,
        password,
        took: Vec::new(),
    }
}

fn ids(name: &str) -> Vec<String> {
    (0..PEOPLE)
        .map(|number| format!("{name}{number}"))
        .collect()
}

/// Tries people of each class by turns, who are all refused with `problem`, and compares how long it took.
async fn differing(
    server: &TestServer,
    (status, problem): (u16, &str),
    mut classes: Vec<Class>,
) -> Vec<String> {
    let tries = rounds(40, 300);
    for number in 0..=tries {
        for class in &mut classes {
            let id = &class.ids[number % class.ids.len()];
            let begun = Instant::now();
            let answer = server
                .client
                .try_login("self", CONTRACT, id, class.password);
            answer.await.expect(status, Some(problem));
            // The first of all warms up.
            if number > 0 {
                class.took.push(begun.elapsed().as_secs_f64());
            }
        }
    }
    let mut differing = Vec::new();
    for (place, one) in classes.iter().enumerate() {
        for other in &classes[place + 1..] {
            let z = rank_sum_z(&one.took, &other.took);
            if z.abs() > NO_CHANCE {
                differing.push(format!("{} and {}: {z:.1}", one.name, other.name));
            }
        }
    }
    differing
}

async fn server_with_people(setup: Setup) -> TestServer {
    let server = TestServer::start_with(setup).await;
    add_people(&server);
    server
}

/// As many of each class as are tried.
fn add_people(server: &TestServer) {
    let users = server.users();
    let today = users.split("login_password = \"").nth(1);
    let today = today.and_then(|rest| rest.split('"').next());
    let today = today.expect("somebody has a password");
    let mut more = String::new();
    for (name, hash, switched) in [
        ("plain", today, "disabled = false"),
        ("off", today, "disabled = true"),
        ("older", OLDER, "disabled = false"),
        ("dearer", DEARER, "disabled = false"),
        ("away", DEARER, "disabled = true"),
    ] {
        for id in ids(name) {
            let _ = writeln!(
                more,
                "[[contracts.users]]\nid = \"{id}\"\nname = \"利用者\"\n\
                 login_password = \"{hash}\"\n{switched}"
            );
        }
    }
    // Before the other contract begins.
    let (first, second) = users.split_at(users.rfind("[[contracts]]").expect("two contracts"));
    server.replace_users(&format!("{first}{more}{second}"));
}

#[tokio::test]
async fn by_hashes_nobody_is_told_from_another() {
    let server = server_with_people(Setup::with(LENIENT)).await;
    let classes = vec![
        class("wrong", WRONG_PASSWORD, ids("plain")),
        class("unknown", WRONG_PASSWORD, ids("nobody")),
        class("an older hash", WRONG_PASSWORD, ids("older")),
        class("a dearer hash", WRONG_PASSWORD, ids("dearer")),
        class("disabled", LOGIN_PASSWORD, ids("off")),
        class("disabled, with a dearer hash", "password", ids("away")),
    ];
    let differing = differing(&server, REFUSED, classes).await;
    assert!(differing.is_empty(), "{differing:?}");
}

/// When everybody is locked, nobody is told from another either, whatever is entered.
#[tokio::test]
async fn locked_nobody_is_told_from_another() {
    let server = server_with_people(Setup::default()).await;
    let classes = vec![
        class("wrong", WRONG_PASSWORD, ids("dearer")),
        class("right", "password", ids("older")),
        class("unknown", WRONG_PASSWORD, ids("nobody")),
        class("disabled", "password", ids("away")),
    ];
    for id in classes.iter().flat_map(|class| &class.ids) {
        for _ in 0..5 {
            let client = &server.client;
            client.try_login("self", CONTRACT, id, WRONG_PASSWORD).await;
        }
    }
    let differing = differing(&server, LOCKED, classes).await;
    assert!(differing.is_empty(), "{differing:?}");
}

#[tokio::test]
async fn by_ldap_nobody_is_told_from_another() {
    let bank = Bank::lenient().await;
    for id in ids("plain") {
        bank.add_person(&id, "");
    }
    for id in ids("off") {
        bank.add_person(&id, "employeeType: disabled\n");
    }
    let classes = vec![
        class("wrong", WRONG_PASSWORD, ids("plain")),
        class("unknown", WRONG_PASSWORD, ids("nobody")),
        class("disabled", providers::LOGIN, ids("off")),
    ];
    let differing = differing(&bank.server, REFUSED, classes).await;
    assert!(differing.is_empty(), "{differing:?}");
}

#[tokio::test]
async fn by_a_system_over_http_nobody_is_told_from_another() {
    let provider = Provider::start().await;
    let server = server_over_http(&provider, &[LENIENT]).await;
    add_people(&server);
    provider.answer(says("200 OK", r#"{"right": false}"#));
    let classes = vec![
        class("wrong", WRONG_PASSWORD, ids("plain")),
        class("unknown", WRONG_PASSWORD, ids("nobody")),
        class("disabled", WRONG_PASSWORD, ids("off")),
    ];
    let differing = differing(&server, REFUSED, classes).await;
    assert!(differing.is_empty(), "{differing:?}");
}

/// A verifier that says at once that there is nobody, and of others after a while.
#[derive(Clone)]
struct Leaky(Duration);

#[async_trait]
impl PasswordVerifier for Leaky {
    async fn verify(&self, _: &Subject, _: &PlainPassword) -> Result<bool, Unavailable> {
        tokio::time::sleep(self.0).await;
        Ok(false)
    }

    async fn decoy(&self, _: &Subject, _: &PlainPassword) -> Result<(), Unavailable> {
        Ok(())
    }

    fn longest_check(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl Adapter for Leaky {
    type Port = PasswordCheck;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        _: &PasswordCheckContext,
    ) -> Result<PasswordCheck, AdapterError> {
        Ok(PasswordCheck::elsewhere(self.clone()))
    }
}

async fn differing_by(leak: Duration) -> Vec<String> {
    let setup = Setup::with("login_verifier.adapter = \"leaky\"")
        .and(LENIENT)
        .adapters(move |registry: Registry| registry.login_verifier("leaky", Leaky(leak)));
    let server = server_with_people(setup).await;
    let classes = vec![
        class("wrong", WRONG_PASSWORD, ids("plain")),
        class("unknown", WRONG_PASSWORD, ids("nobody")),
    ];
    differing(&server, REFUSED, classes).await
}

#[tokio::test]
async fn a_small_leak_of_another_system_is_not_seen() {
    let differing = differing_by(Duration::from_millis(20)).await;
    assert!(differing.is_empty(), "{differing:?}");
}

/// What the others look for is found where it is.
#[tokio::test]
async fn a_large_leak_of_another_system_is_found() {
    let differing = differing_by(Duration::from_millis(120)).await;
    assert_eq!(differing.len(), 1, "{differing:?}");
}
