//! One-time passwords checked by a provider over HTTP that behaves, and misbehaves.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{
    ADMIN, CARD_HOLDER, CONTRACT, Client, OTHER_CONTRACT, OpenSsl, Provider, SECOND_ADMIN, Script,
    Setup, TestServer, TlsFiles,
};

const TIMEOUT: Duration = Duration::from_millis(500);

fn setup(url: &str, more: &str) -> Setup {
    Setup::with(&format!(
        "otp_verifier = {{ adapter = \"http\", http = {{ url = \"{url}\", \
         preset = \"privacyidea\", timeout = \"{}ms\"{more} }} }}",
        TIMEOUT.as_millis()
    ))
}

async fn server_of(provider: &Provider) -> TestServer {
    let url = format!("http://{}/validate/check", provider.address);
    TestServer::start_with(setup(&url, "")).await
}

/// Enters a code; gives status and problem.
async fn enter(session: &Client, code: usize) -> (u16, Option<String>) {
    let body = json!({ "otp": format!("{code:06}") });
    let answer = session.post("/api/v1/self/otp", body).await;
    (answer.status.as_u16(), answer.problem())
}

fn unavailable() -> (u16, Option<String>) {
    (503, Some("otp-unavailable".to_owned()))
}

/// What is written to the log in this process.
fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().with_writer(log.clone());
        let _ = subscriber.with_ansi(false).try_init();
        log
    })
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).unwrap()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A way of misbehaving: its name, what comes, and what the log says of it.
type Misbehaviour = (&'static str, Script, &'static str);

const JSON: &str = "Content-Type: application/json\r\n";
const GOOD: &str = r#"{"result": {"status": true, "value": true}}"#;

/// Whole answers that mean nothing.
fn nonsense() -> Vec<Misbehaviour> {
    let json = |body: &str| Script::http("200 OK", JSON, body);
    let page = Script::http("200 OK", "Content-Type: text/html\r\n", "<p>true");
    let pad = "a".repeat(20 * 1024 * 1024);
    let huge = format!(r#"{{"pad": "{pad}", "result": {{"status": true, "value": true}}}}"#);
    let bomb = Script::http("200 OK", "Content-Encoding: gzip\r\n", GOOD);
    let text = r#"{"result": {"status": true, "value": "true"}}"#;
    let number = r#"{"result": {"status": true, "value": 1}}"#;
    let twice = r#"{"result": {"status": true, "value": false, "value": true}}"#;
    let failed = r#"{"result": {"status": false, "value": true}}"#;
    let missing = r#"{"result": {"status": true}}"#;
    vec![
        ("a page", page, "not JSON"),
        ("20 MB", json(&huge), "longer than 64 KiB"),
        ("a compressed bomb", bomb, "content encoding"),
        ("a text", json(text), "another type"),
        ("a number", json(number), "another type"),
        ("a value twice", json(twice), "twice"),
        ("a status that failed", json(failed), "another value"),
        ("no value", json(missing), "nothing at"),
    ]
}

/// Answers with another status, all of which look good otherwise.
fn other_statuses(elsewhere: &Provider) -> Vec<Misbehaviour> {
    let location = format!("Location: http://{}/\r\n", elsewhere.address);
    let answer = |status: &str, headers: &str| Script::http(status, headers, GOOD);
    vec![
        ("a redirect", answer("302 Found", &location), "status 302"),
        (
            "another",
            answer("307 Temporary Redirect", &location),
            "status 307",
        ),
        (
            "a failure",
            answer("500 Internal Server Error", JSON),
            "status 500",
        ),
        (
            "no permission",
            answer("401 Unauthorized", JSON),
            "status 401",
        ),
        (
            "nothing",
            Script::http("204 No Content", "", ""),
            "status 204",
        ),
    ]
}

/// What is no whole answer, or none in time.
fn broken_connections() -> Vec<Misbehaviour> {
    let good = Script::accepting().pieces.concat();
    let silence = Script {
        pieces: Vec::new(),
        pause: Duration::ZERO,
        lingers: true,
    };
    let drip = Script {
        pieces: good.iter().map(|byte| vec![*byte]).collect(),
        pause: Duration::from_millis(100),
        lingers: true,
    };
    let head = format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(1024 * 1024));
    let endless = Script {
        pieces: vec![head.into_bytes()],
        ..silence.clone()
    };
    let length = |length: usize| {
        Script::bytes(format!(
            "HTTP/1.1 200 OK\r\n{JSON}Connection: close\r\nContent-Length: {length}\r\n\r\n{GOOD}"
        ))
    };
    let noise = Script::bytes([0x16, 3, 1, 0, 0xFF, b'\n', b'\n']);
    let truncated = Script::bytes(&good[..good.len() - 5]);
    vec![
        ("silence", silence, "no whole answer within 0.5 s"),
        ("a slow drip", drip, "no whole answer within 0.5 s"),
        ("a head without end", endless, "http: client error"),
        ("garbage", noise, "http: client error"),
        (
            "a closed connection",
            Script::bytes([]),
            "http: client error",
        ),
        ("a truncated body", truncated, "body"),
        ("too long a length", length(9999), "body"),
        ("too short a length", length(20), "not JSON"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_misbehaves_lets_nobody_in_and_costs_nobody_an_attempt() {
    let log = log();
    let (provider, elsewhere) = (Provider::start().await, Provider::start().await);
    let server = server_of(&provider).await;
    let mut victims = Vec::new();
    for contract in [CONTRACT, OTHER_CONTRACT] {
        for user in [ADMIN, SECOND_ADMIN] {
            victims.push(server.client.login("self", contract, user).await);
        }
    }
    let well = server.client.login_self(CARD_HOLDER).await;
    let misbehaviours = [nonsense(), other_statuses(&elsewhere), broken_connections()].concat();
    for (number, (name, script, cause)) in misbehaviours.iter().enumerate() {
        provider.answer(script.clone());
        let before = log.text().len();
        let (began, code) = (Instant::now(), 730_100 + number);
        let answer = enter(&victims[number % victims.len()], code).await;
        assert_eq!(answer, unavailable(), "{name}");
        let took = began.elapsed();
        assert!(took < TIMEOUT + Duration::from_secs(2), "{name}: {took:?}");
        let written = log.text().split_off(before);
        let names = |line: &str| {
            line.contains("could not be checked") && line.contains("http: ") && line.contains(cause)
        };
        assert!(written.lines().any(names), "{name}: {written}");
        assert!(!written.contains(&code.to_string()), "{name}: {written}");
        // In between all is well, for somebody else: no failure of one is held against another.
        provider.answer(Script::accepting());
        assert_eq!(enter(&well, number).await.0, 200, "after {name}");
    }
    assert_eq!(provider.arrived(), 2 * misbehaviours.len());
    assert_eq!(elsewhere.arrived(), 0, "nothing is followed");
    assert_eq!(server.count("otp.verified"), misbehaviours.len());
    assert_eq!(server.count("otp.refused"), 0);
    assert_eq!(server.count("lock.set"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_keeps_failing_is_left_alone_and_asked_again_soon() {
    let provider = Provider::start().await;
    let server = server_of(&provider).await;
    let user = server.client.login_self(CARD_HOLDER).await;
    provider.answer(Script::http("500 Internal Server Error", "", ""));
    for code in 0..8 {
        assert_eq!(enter(&user, code).await, unavailable());
    }
    assert_eq!(provider.arrived(), 5, "calls until it is left alone");
    let failed = Instant::now();
    let metrics = server.client.get("/metrics").await.expect(200, None).text();
    let labels = "{section=\"otp_verifier\",adapter=\"http\"";
    for line in [
        format!("warifu_back_end_breaker_open{labels}}} 1"),
        format!("warifu_back_end_calls_total{labels},outcome=\"failed\"}} 5"),
    ] {
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
    let ready = server.client.get("/readyz").await.expect(503, None).json();
    assert_eq!(ready["failing"], json!(["otp_verifier"]));
    provider.answer(Script::accepting());
    let mut code = 100;
    while enter(&user, code).await.0 != 200 {
        assert!(failed.elapsed() < Duration::from_secs(30), "it recovers");
        code += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(server.count("otp.refused") + server.count("lock.set"), 0);
    server.client.get("/readyz").await.expect(200, None);
}

#[tokio::test]
async fn a_code_is_sent_once_and_a_wrong_one_counts() {
    let provider = Provider::start().await;
    let server = server_of(&provider).await;
    let (one, two) = (
        server.client.login_self(CARD_HOLDER).await,
        server.client.login_self(CARD_HOLDER).await,
    );
    assert_eq!(enter(&one, 123_456).await.0, 200);
    let refused = (401, Some("otp-refused".to_owned()));
    assert_eq!(enter(&two, 123_456).await, refused);
    assert_eq!(provider.arrived(), 1);
    let wrong = r#"{"result": {"status": true, "value": false}}"#;
    provider.answer(Script::http("200 OK", "", wrong));
    // What was used before is no guess; the same wrong code is one each time, and goes out once.
    for code in [0, 1, 2, 2] {
        assert_eq!(enter(&one, code).await, refused);
    }
    let locked = (423, Some("otp-locked".to_owned()));
    assert_eq!(enter(&one, 3).await, locked);
    assert_eq!(enter(&one, 4).await, locked);
    assert_eq!(provider.arrived(), 5, "what is locked is not asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_share_a_store_send_a_code_once_and_give_up_together() {
    let provider = Provider::start().await;
    let url = format!("http://{}/validate/check", provider.address);
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().display();
    let store = format!(
        "password_store = {{ adapter = \"embedded\", embedded.path = \"{shared}/warifu.db\" }}"
    );
    let authority = format!(
        "certificate_authority = {{ adapter = \"local\", local.directory = \"{shared}/ca\" }}"
    );
    let mut sessions = Vec::new();
    let mut servers = Vec::new();
    for _ in 0..2 {
        let server = TestServer::start_with(setup(&url, "").and(&store).and(&authority)).await;
        let unlucky = server.client.login_self(CARD_HOLDER).await;
        let lucky = server.client.login_self(ADMIN).await;
        sessions.push((unlucky, lucky));
        servers.push(server);
    }
    let refused = (401, Some("otp-refused".to_owned()));
    assert_eq!(enter(&sessions[0].0, 123_456).await.0, 200);
    assert_eq!(enter(&sessions[1].0, 123_456).await, refused);
    assert_eq!(provider.arrived(), 1);
    // Ten calls in vain, five from each server. Between them all is well for somebody else, so
    // that the provider is left alone for one user only.
    for number in 0..10 {
        let (unlucky, lucky) = &sessions[number % 2];
        provider.answer(Script::http("500 Internal Server Error", "", ""));
        assert_eq!(enter(unlucky, number).await, unavailable());
        provider.answer(Script::accepting());
        assert_eq!(enter(lucky, number).await.0, 200);
    }
    assert_eq!(provider.arrived(), 21);
    for (number, (unlucky, lucky)) in sessions.iter().enumerate() {
        assert_eq!(enter(unlucky, 20 + number).await, unavailable());
        assert_eq!(
            provider.arrived(),
            21 + number,
            "nothing is sent for that user"
        );
        assert_eq!(enter(lucky, 20 + number).await.0, 200);
    }
    assert!(servers.iter().all(|server| server.count("lock.set") == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_right_certificate_is_spoken_to() {
    let (files, others) = (TlsFiles::new(), TlsFiles::new());
    files.write_client();
    let ca = format!(", ca_file = \"{}\"", files.path("ca.pem").display());
    let client = format!(
        "{ca}, client_certificate_file = \"{}\", client_key_file = \"{}\"",
        files.path("client.pem").display(),
        files.path("client.key").display()
    );
    let local = "127.0.0.1";
    for (name, tls, more, good) in [
        (
            "its own authority",
            files.server(local, false, false),
            &ca,
            true,
        ),
        (
            "a client certificate",
            files.server(local, true, false),
            &client,
            true,
        ),
        (
            "no client certificate",
            files.server(local, true, false),
            &ca,
            false,
        ),
        (
            "another authority",
            others.server(local, false, false),
            &ca,
            false,
        ),
        (
            "another name",
            files.server("otp.bank.example", false, false),
            &ca,
            false,
        ),
        (
            "an expired one",
            files.server(local, false, true),
            &ca,
            false,
        ),
    ] {
        let provider = Provider::start_tls(tls).await;
        let url = format!("https://{}/validate/check", provider.address);
        let server = TestServer::start_with(setup(&url, more)).await;
        let user = server.client.login_self(CARD_HOLDER).await;
        let answer = enter(&user, 123_456).await;
        if good {
            assert_eq!(answer.0, 200, "{name}");
        } else {
            assert_eq!(answer, unavailable(), "{name}");
            assert_eq!(provider.arrived(), 0, "{name}: nothing is sent");
            assert_eq!(server.count("otp.refused"), 0, "{name}");
        }
    }
    // TLS that the other side does not speak is no reason to do without.
    let plain = Provider::start().await;
    let url = format!("https://{}/validate/check", plain.address);
    let server = TestServer::start_with(setup(&url, &ca)).await;
    let user = server.client.login_self(CARD_HOLDER).await;
    assert_eq!(enter(&user, 123_456).await, unavailable());
    assert_eq!(plain.arrived(), 0);
}

#[tokio::test]
async fn self_service_all_the_way_with_an_exchange_spelled_out() {
    let provider = Provider::start().await;
    provider.answer(Script::http(
        "200 OK",
        "",
        r#"{"verdict": "OK", "version": 2}"#,
    ));
    let url = format!("http://{}/codes", provider.address);
    let exchange = format!(
        "otp_verifier = {{ adapter = \"http\", http = {{ url = \"{url}\", \
         request = {{ encoding = \"json\", fields = {{ tenant = \"{{contract}}\", \
         who = {{ login = \"{{user}}\" }}, code = \"{{otp}}\" }} }}, \
         required = [{{ pointer = \"/version\", equals = 2 }}], \
         accepted = {{ pointer = \"/verdict\", equals = \"OK\" }}, \
         refused = {{ pointer = \"/verdict\", equals = \"WRONG\" }} }} }}"
    );
    let server = TestServer::start_with(Setup::with(&exchange)).await;
    let user = server.client.login_self(CARD_HOLDER).await;
    let expected = [
        (r#"{"verdict": "WRONG", "version": 2}"#, 401),
        (r#"{"verdict": "BUSY", "version": 2}"#, 503),
        (r#"{"verdict": "OK", "version": 3}"#, 503),
        (r#"{"verdict": "OK", "version": 2}"#, 200),
    ];
    for (code, (answer, status)) in expected.into_iter().enumerate() {
        provider.answer(Script::http("200 OK", "", answer));
        assert_eq!(enter(&user, code).await.0, status, "{answer}");
    }
    let shown = user
        .post("/api/v1/self/retrieval-password", json!({}))
        .await;
    let password = shown.expect(201, None).json();
    let password = password["retrieval_password"].as_str().unwrap();
    let csr = OpenSsl::new().p256_request();
    user.redeem_csr(password, &csr).await.expect(201, None);
}
