//! Login and transaction passwords that another system checks: the same counting, the same
//! answers, and outages that are nobody's fault and nobody's free guess.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::json;
use warifu_adapter_kit::{Adapter, AdapterError, NoSettings, PasswordCheckContext};
use warifu_config::Registry;
use warifu_core::domain::{PlainPassword, Subject};
use warifu_core::ports::{PasswordCheck, PasswordVerifier, Unavailable};

use crate::support::{
    ADMIN, Answer, CONTRACT, DISABLED, LOGIN_PASSWORD, Provider, Script, Setup,
    TRANSACTION_PASSWORD, TestServer, USER, WRONG_PASSWORD,
};

/// Another system in which everybody has the same password.
#[derive(Clone, Default)]
struct OtherSystem(Arc<State>);

#[derive(Default)]
struct State {
    password: Mutex<String>,
    failing: AtomicBool,
    /// What was asked of it, by user: checks and decoys.
    asked: Mutex<HashMap<String, (usize, usize)>>,
}

impl OtherSystem {
    fn knowing(password: &str) -> Self {
        let system = Self::default();
        password.clone_into(&mut system.0.password.lock());
        system
    }

    fn set_failing(&self, failing: bool) {
        self.0.failing.store(failing, Ordering::SeqCst);
    }

    /// Checks and decoys so far for a user of the usual contract.
    fn asked(&self, user: &str) -> (usize, usize) {
        let asked = self.0.asked.lock();
        let subject = format!("{CONTRACT}/{user}");
        asked.get(&subject).copied().unwrap_or_default()
    }

    fn answer(&self) -> Result<(), Unavailable> {
        if self.0.failing.load(Ordering::SeqCst) {
            return Err(Unavailable::new("login_verifier", "told to fail"));
        }
        Ok(())
    }
}

#[async_trait]
impl PasswordVerifier for OtherSystem {
    async fn verify(
        &self,
        subject: &Subject,
        password: &PlainPassword,
    ) -> Result<bool, Unavailable> {
        self.0
            .asked
            .lock()
            .entry(subject.to_string())
            .or_default()
            .0 += 1;
        self.answer()?;
        Ok(password.expose() == self.0.password.lock().as_bytes())
    }

    async fn decoy(&self, subject: &Subject, _: &PlainPassword) -> Result<(), Unavailable> {
        self.0
            .asked
            .lock()
            .entry(subject.to_string())
            .or_default()
            .1 += 1;
        self.answer()
    }

    fn longest_check(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.answer()
    }
}

#[async_trait]
impl Adapter for OtherSystem {
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

/// A server that has the login passwords checked by `system`.
async fn server(system: &OtherSystem) -> TestServer {
    let system = system.clone();
    let setup = Setup::with("login_verifier.adapter = \"other\"")
        .adapters(move |registry: Registry| registry.login_verifier("other", system));
    TestServer::start_with(setup).await
}

async fn log_in(server: &TestServer, user: &str, password: &str) -> Answer {
    server
        .client
        .try_login("self", CONTRACT, user, password)
        .await
}

#[tokio::test]
async fn the_other_system_decides_and_the_hashes_do_not() {
    let system = OtherSystem::knowing("kept elsewhere");
    let server = server(&system).await;
    log_in(&server, USER, LOGIN_PASSWORD)
        .await
        .expect(401, Some("login-refused"));
    log_in(&server, USER, "kept elsewhere")
        .await
        .expect(201, None);
    assert_eq!(system.asked(USER), (2, 0));
    let ready = server.client.get("/readyz").await;
    assert_eq!(ready.status, 200);
    system.set_failing(true);
    let ready = server.client.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["failing"], json!(["login_verifier"]));
}

#[tokio::test]
async fn wrong_entries_are_counted_here_and_lock_the_same_for_everybody() {
    let system = OtherSystem::knowing("kept elsewhere");
    let server = server(&system).await;
    for user in [USER, DISABLED, "nobody"] {
        for _ in 0..4 {
            log_in(&server, user, WRONG_PASSWORD)
                .await
                .expect(401, Some("login-refused"));
        }
        for _ in 0..2 {
            log_in(&server, user, WRONG_PASSWORD)
                .await
                .expect(429, Some("login-locked"));
        }
    }
    // Locked, the right one is not even tried.
    log_in(&server, USER, "kept elsewhere")
        .await
        .expect(429, Some("login-locked"));
    assert_eq!(system.asked(USER), (5, 0));
    // Who may not log in is never put to the test, and costs as much.
    assert_eq!(system.asked(DISABLED), (0, 5));
    assert_eq!(system.asked("nobody"), (0, 5));
    assert_eq!(server.count("lock.set"), 3);
}

#[tokio::test]
async fn a_disabled_user_is_refused_whatever_the_other_system_says() {
    let system = OtherSystem::knowing("kept elsewhere");
    let server = server(&system).await;
    log_in(&server, DISABLED, "kept elsewhere")
        .await
        .expect(401, Some("login-refused"));
}

#[tokio::test]
async fn an_outage_costs_no_attempt() {
    let system = OtherSystem::knowing("kept elsewhere");
    let server = server(&system).await;
    system.set_failing(true);
    for user in [USER, DISABLED, "nobody"] {
        for _ in 0..9 {
            let answer = log_in(&server, user, WRONG_PASSWORD).await;
            let answer = answer.expect(503, Some("unavailable"));
            assert!(answer.header("retry-after").is_some());
        }
    }
    system.set_failing(false);
    for _ in 0..4 {
        log_in(&server, USER, WRONG_PASSWORD)
            .await
            .expect(401, Some("login-refused"));
    }
    log_in(&server, USER, "kept elsewhere")
        .await
        .expect(201, None);
    assert_eq!(server.count("lock.set"), 0);
}

#[tokio::test]
async fn ten_undecided_entries_are_the_last_that_are_asked_about() {
    let system = OtherSystem::knowing("kept elsewhere");
    let server = server(&system).await;
    system.set_failing(true);
    for user in [USER, "nobody"] {
        for _ in 0..15 {
            log_in(&server, user, WRONG_PASSWORD)
                .await
                .expect(503, Some("unavailable"));
        }
    }
    assert_eq!(system.asked(USER), (10, 0));
    assert_eq!(system.asked("nobody"), (0, 10));
    system.set_failing(false);
    for (user, password) in [(USER, "kept elsewhere"), ("nobody", WRONG_PASSWORD)] {
        log_in(&server, user, password)
            .await
            .expect(503, Some("unavailable"));
    }
    assert_eq!(system.asked(USER), (10, 0));
    // Nobody else is touched by it.
    log_in(&server, ADMIN, "kept elsewhere")
        .await
        .expect(201, None);
}

#[tokio::test]
async fn transaction_passwords_can_be_checked_elsewhere_too() {
    let system = OtherSystem::knowing("kept elsewhere");
    let own = system.clone();
    let setup = Setup::with("transaction_verifier.adapter = \"other\"")
        .and("policy.hashing.workers = 1")
        .adapters(move |registry: Registry| registry.transaction_verifier("other", own));
    let server = TestServer::start_with(setup).await;
    let admin = server.client.login_admin(ADMIN).await;
    admin
        .try_reissue(USER, TRANSACTION_PASSWORD)
        .await
        .expect(401, Some("transaction-refused"));
    system.set_failing(true);
    admin
        .try_reissue(USER, "kept elsewhere")
        .await
        .expect(503, Some("unavailable"));
    system.set_failing(false);
    let issued = admin.try_reissue(USER, "kept elsewhere").await;
    issued.expect(201, None);
    let unlock = json!({"purpose": "login", "transaction_password": "kept elsewhere"});
    let path = format!("/api/v1/admin/users/{USER}/unlock");
    admin.post(&path, unlock).await.expect(204, None);
    for _ in 0..4 {
        admin
            .try_reissue(USER, WRONG_PASSWORD)
            .await
            .expect(401, Some("transaction-refused"));
    }
    admin
        .try_reissue(USER, WRONG_PASSWORD)
        .await
        .expect(423, Some("transaction-locked"));
}

/// What a system says over HTTP with this status and this body.
pub(crate) fn says(status: &str, body: &str) -> Script {
    Script::http(status, "Content-Type: application/json\r\n", body)
}

/// A server that has the login passwords checked over HTTP.
pub(crate) async fn server_over_http(provider: &Provider, more: &[&str]) -> TestServer {
    let fields = "{ who = \"{contract}-{user}\", password = \"{password}\" }";
    let verifier = format!(
        "login_verifier = {{ adapter = \"http\", http = {{ url = \"http://{}/check\", \
         request = {{ encoding = \"json\", fields = {fields} }}, timeout = \"300ms\", \
         accepted = {{ pointer = \"/right\", equals = true }}, \
         refused = {{ pointer = \"/right\", equals = false }}, refused_statuses = [401] }} }}",
        provider.address
    );
    let setup = (more.iter()).fold(Setup::with(&verifier), |setup, line| setup.and(line));
    TestServer::start_with(setup).await
}

#[tokio::test]
async fn a_system_over_http_decides() {
    let provider = Provider::start().await;
    let server = server_over_http(&provider, &[]).await;
    provider.answer(says("200 OK", r#"{"right": true}"#));
    log_in(&server, USER, "kept elsewhere")
        .await
        .expect(201, None);
    // Its word counts for those who may log in, and for nobody else.
    for user in [DISABLED, "nobody"] {
        log_in(&server, user, "kept elsewhere")
            .await
            .expect(401, Some("login-refused"));
    }
    for refusal in [
        says("200 OK", r#"{"right": false}"#),
        says("401 Unauthorized", r#"{"right": false}"#),
    ] {
        provider.answer(refusal);
        log_in(&server, USER, WRONG_PASSWORD)
            .await
            .expect(401, Some("login-refused"));
    }
    assert_eq!(provider.arrived(), 5);
}

#[tokio::test]
async fn a_system_over_http_that_misbehaves_lets_nobody_in_and_costs_no_attempt() {
    let provider = Provider::start().await;
    let server = server_over_http(&provider, &[]).await;
    let right = r#"{"right": true}"#;
    let mut drip = says("200 OK", right);
    drip.pieces = drip.pieces[0].chunks(8).map(<[u8]>::to_vec).collect();
    drip.pause = Duration::from_millis(200);
    let mut silent = Script::bytes("");
    silent.lingers = true;
    let huge = format!(r#"{{"pad": "{}", "right": true}}"#, "a".repeat(1 << 20));
    let misbehaviour = [
        Script::http("200 OK", "Content-Type: text/html\r\n", "<p>true"),
        says("200 OK", r#"{"right": "true"}"#),
        says("200 OK", r#"{"right": true, "right": true}"#),
        says("200 OK", &huge),
        says("302 Found", right),
        says("401 Unauthorized", right),
        says("403 Forbidden", r#"{"right": false}"#),
        says("500 Internal Server Error", right),
        Script::bytes("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"right\": true}"),
        drip,
        silent,
    ];
    for (number, script) in misbehaviour.into_iter().enumerate() {
        provider.answer(script);
        // Another each time, for outages are nobody's free guess.
        let answer = log_in(&server, [USER, ADMIN, "nobody"][number % 3], WRONG_PASSWORD).await;
        let answer = answer.expect(503, Some("unavailable"));
        assert!(answer.header("retry-after").is_some());
        if number % 4 == 3 {
            // So that the breaker stays closed and each is really asked.
            provider.answer(says("200 OK", r#"{"right": false}"#));
            log_in(&server, "somebody", WRONG_PASSWORD)
                .await
                .expect(401, Some("login-refused"));
        }
    }
    assert_eq!(server.count("lock.set"), 0);

    let asked = provider.arrived();
    for _ in 0..9 {
        log_in(&server, "other", WRONG_PASSWORD)
            .await
            .expect(503, Some("unavailable"));
    }
    assert!(provider.arrived() < asked + 5, "it is left alone");
    provider.answer(says("200 OK", right));
    let patience = std::time::Instant::now() + Duration::from_secs(30);
    while server.client.get("/readyz").await.status != 200 {
        assert!(std::time::Instant::now() < patience, "it is asked again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    log_in(&server, USER, "kept elsewhere")
        .await
        .expect(201, None);
}
