//! The verifier of passwords that asks another system over HTTP, with one made up for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Value, json};
use warifu_contracts::CaseResult;
use warifu_contracts::back_end::{FakeBackEnd, Fault, Protocol, http_request_length};
use warifu_contracts::password_verifier::PasswordKit;
use warifu_core::domain::{PlainPassword, Subject};
use warifu_core::ports::PasswordVerifier;
use warifu_decorators::{BreakerPolicy, Guard, GuardLimits, GuardedPasswordVerifier, Meters};
use warifu_http_otp::{
    Demand, Encoding, Exchange, Expected, HttpPasswordSettings, HttpPasswordVerifier,
    ProviderSettings,
};
use warifu_system::SystemClock;

const DEADLINE: Duration = Duration::from_millis(500);
const DECOY: &str = "warifu-decoy";

/// Who has which password.
type Passwords = Arc<Mutex<HashMap<String, String>>>;

/// The other system: 200 for the right password, 401 for everything else.
struct OtherSystem(Passwords);

impl Protocol for OtherSystem {
    fn request_length(&self, received: &[u8]) -> Option<usize> {
        http_request_length(received)
    }

    fn answer(&self, request: &[u8]) -> Vec<u8> {
        let request = String::from_utf8_lossy(request);
        let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
        let asked: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let right = self.0.lock().get(&text("who")) == Some(&text("password"));
        let (status, result) = if right {
            ("200 OK", "right")
        } else {
            ("401 Unauthorized", "wrong")
        };
        let body = json!({ "result": result }).to_string();
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

struct HttpKit {
    passwords: Passwords,
    back_end: FakeBackEnd,
}

/// A system that knows nobody yet.
pub(crate) async fn passwords() -> Arc<dyn PasswordKit> {
    let passwords = Passwords::default();
    let back_end = FakeBackEnd::start(OtherSystem(passwords.clone()), DEADLINE).await;
    Arc::new(HttpKit {
        passwords,
        back_end: back_end.expect("a free port"),
    })
}

impl HttpKit {
    fn settings(&self) -> HttpPasswordSettings {
        let text = |text: &str| Expected::Text(text.to_owned());
        let fields = json!({ "who": "{contract}/{user}", "password": "{password}" });
        let exchange = Exchange {
            encoding: Encoding::Json,
            fields: fields.as_object().expect("an object").clone(),
            required: Vec::new(),
            accepted: Demand::new("/result", text("right")),
            refused: Some(Demand::new("/result", text("wrong"))),
            refused_statuses: vec![401],
            undecided: Vec::new(),
        };
        HttpPasswordSettings {
            provider: ProviderSettings {
                url: format!("http://{}/check", self.back_end.address),
                exchange,
                headers: Vec::new(),
                token: None,
                ca: None,
                identity: None,
                idle_connections: 8,
            },
            decoy_user: DECOY.parse().expect("a user ID"),
        }
    }
}

#[async_trait]
impl PasswordKit for HttpKit {
    fn verifier(&self) -> Arc<dyn PasswordVerifier> {
        let verifier = HttpPasswordVerifier::new(self.settings(), "login_verifier");
        let usual = GuardLimits::default();
        let limits = GuardLimits {
            deadline: DEADLINE,
            breaker: BreakerPolicy {
                open_for: Duration::from_millis(100),
                ..usual.breaker
            },
            ..usual
        };
        let clock = Arc::new(SystemClock);
        let guard = Guard::new("login_verifier", "http", limits, clock, &Meters::default());
        let verifier = Arc::new(verifier.expect("good settings"));
        Arc::new(GuardedPasswordVerifier::new(verifier, guard))
    }

    async fn set(&self, subject: &Subject, password: &PlainPassword) -> CaseResult {
        let password = std::str::from_utf8(password.expose())?.to_owned();
        self.passwords.lock().insert(subject.to_string(), password);
        Ok(())
    }

    async fn remove(&self, subject: &Subject) -> CaseResult {
        self.passwords.lock().remove(&subject.to_string());
        Ok(())
    }

    async fn set_failing(&self, failing: bool) -> CaseResult {
        self.back_end.misbehave(failing.then_some(Fault::Outage));
        Ok(())
    }

    async fn set_silent(&self, silent: bool) -> CaseResult {
        self.back_end.misbehave(silent.then_some(Fault::Silence));
        Ok(())
    }

    fn requests(&self) -> usize {
        self.back_end.arrived()
    }
}

/// Whoever is called like the decoy gets in nowhere, even with a password of their own.
#[tokio::test]
async fn the_decoy_is_nobody() {
    let kit = passwords().await;
    let decoy = Subject::new("1234567890".parse().unwrap(), DECOY.parse().unwrap());
    let password =
        PlainPassword::parse("Sunflower-42", warifu_core::domain::AllowedCharacters::Any);
    let password = password.expect("a password");
    kit.set(&decoy, &password).await.expect("it is set");
    assert_eq!(kit.verifier().verify(&decoy, &password).await, Ok(false));
}
