//! A real privacyIDEA, started for one test, with tokens enrolled through its API.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// Longer than a start takes on a busy machine.
const START: Duration = Duration::from_secs(90);

/// The realm of all users, which is the default one.
pub const REALM: &str = "customers";

/// A running privacyIDEA. Ends when dropped.
pub struct PrivacyIdea {
    /// Where it is, such as `http://127.0.0.1:5000`.
    pub url: String,
    token: String,
    http: Client<HttpConnector, Full<Bytes>>,
    folder: TempDir,
    _process: Child,
}

/// The interpreter of the environment that privacyIDEA is installed in: that of
/// `WARIFU_PRIVACYIDEA`, or `privacyidea` in the target folder.
fn python() -> PathBuf {
    let chosen = std::env::var_os("WARIFU_PRIVACYIDEA").map(PathBuf::from);
    let test = std::env::current_exe().expect("a test is a file");
    let nearby = test.ancestors().map(|folder| folder.join("privacyidea"));
    let mut interpreters = chosen
        .into_iter()
        .chain(nearby)
        .map(|environment| environment.join("bin/python"));
    interpreters.find(|python| python.exists()).expect(
        "privacyIDEA must be installed; tests/run does it: \
         python3 -m venv target/privacyidea && target/privacyidea/bin/pip install privacyidea",
    )
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

impl PrivacyIdea {
    /// Starts one that knows `users`, each without a token.
    pub async fn start(users: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port().await;
        let script = folder.path().join("serve.py");
        std::fs::write(&script, include_str!("serve.py")).expect("a writable folder");
        let process = Command::new(python())
            .arg(&script)
            .arg(folder.path())
            .arg(port.to_string())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("python starts");
        let mut server = Self {
            url: format!("http://127.0.0.1:{port}"),
            token: String::new(),
            http: Client::builder(TokioExecutor::new()).build_http(),
            folder,
            _process: process,
        };
        server.log_in().await;
        server.add_users(users).await;
        server
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        let log = self.folder.path().join("privacyidea.log");
        std::fs::read_to_string(log).unwrap_or_default()
    }

    async fn log_in(&mut self) {
        let body = json!({ "username": "admin", "password": "for tests only" });
        let began = Instant::now();
        let answer = loop {
            match self.try_call("/auth", &body).await {
                Some(answer) => break answer,
                None => assert!(
                    began.elapsed() < START,
                    "privacyIDEA does not start: {}",
                    self.log()
                ),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let token = answer["result"]["value"]["token"].as_str();
        token.expect("a token").clone_into(&mut self.token);
    }

    async fn add_users(&self, users: &[&str]) {
        let file = self.folder.path().join("users");
        std::fs::write(&file, passwd(users)).expect("a writable folder");
        let file: &Path = &file;
        let resolver = json!({ "type": "passwdresolver", "fileName": file });
        self.call("/resolver/users", &resolver).await;
        let realm = json!({ "resolvers": "users" });
        self.call(&format!("/realm/{REALM}"), &realm).await;
        self.call(&format!("/defaultrealm/{REALM}"), &json!({}))
            .await;
    }

    /// Enrols a token of `kind` ("totp" or "hotp") with the given secret in hexadecimal digits.
    pub async fn enrol(&self, user: &str, kind: &str, secret: &str) {
        let token = json!({
            "user": user, "realm": REALM, "type": kind, "otpkey": secret, "genkey": 0,
            "serial": serial(user),
        });
        self.call("/token/init", &token).await;
    }

    /// Gives the user's token a PIN.
    pub async fn set_pin(&self, user: &str, pin: &str) {
        let pin = json!({ "serial": serial(user), "otppin": pin });
        self.call("/token/setpin", &pin).await;
    }

    /// Switches the user's token off.
    pub async fn disable(&self, user: &str) {
        let token = json!({ "serial": serial(user) });
        self.call("/token/disable", &token).await;
    }

    /// After so many wrong codes the user's token refuses even right ones.
    pub async fn set_max_fail(&self, user: &str, count: u32) {
        let token = json!({ "serial": serial(user), "max_failcount": count });
        self.call("/token/set", &token).await;
    }

    /// A right PIN alone begins a challenge.
    pub async fn begin_challenges(&self) {
        let policy = json!({
            "action": "challenge_response=hotp totp", "scope": "authentication",
            "active": true, "realm": REALM,
        });
        self.call("/policy/challenges", &policy).await;
    }

    async fn call(&self, path: &str, body: &Value) {
        let answer = self.try_call(path, body).await;
        let answer = answer.unwrap_or_else(|| panic!("{path} gives no answer"));
        assert_eq!(answer["result"]["status"], true, "{path}: {answer}");
    }

    async fn try_call(&self, path: &str, body: &Value) -> Option<Value> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header("authorization", &self.token)
            .body(Full::new(Bytes::from(body.to_string())))
            .expect("a request");
        let answer = self.http.request(request).await.ok()?;
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        serde_json::from_slice(&body).ok()
    }
}

fn serial(user: &str) -> String {
    format!("TOKEN-{user}")
}

/// A file as /etc/passwd is one.
fn passwd(users: &[&str]) -> String {
    let line = |(number, user): (usize, &&str)| {
        let number = 1000 + number;
        format!("{user}:x:{number}:{number}:{user},,,:/:/bin/false\n")
    };
    users.iter().enumerate().map(line).collect()
}
