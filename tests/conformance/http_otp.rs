//! The verifier that asks a provider over HTTP, with a provider made up for it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use warifu_contracts::back_end::{FakeBackEnd, Protocol, SampleCards, http_request_length};
use warifu_contracts::otp_verifier::OtpKit;
use warifu_contracts::remote_otp_verifier::{RemoteOtpKit, SampleProvider};
use warifu_contracts::samples::TestClock;
use warifu_contracts::{case, remote_otp_verifier};
use warifu_core::domain::CodeLengths;
use warifu_core::ports::{OnceStore, OtpVerifier};
use warifu_decorators::{Guard, GuardLimits, Meters, RemoteOtpVerifier};
use warifu_http_otp::{Exchange, HttpOtpSettings, HttpOtpVerifier, ProviderSettings};
use warifu_memory::MemoryStore;

const DEADLINE: Duration = Duration::from_millis(300);

/// Answers as privacyIDEA does.
struct Provider(Arc<SampleCards>);

impl Protocol for Provider {
    fn request_length(&self, received: &[u8]) -> Option<usize> {
        http_request_length(received)
    }

    fn answer(&self, request: &[u8]) -> Vec<u8> {
        let request = String::from_utf8_lossy(request);
        let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
        let field = |name: &str| {
            body.split('&')
                .find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
                .unwrap_or_default()
        };
        let (contract, user) = field("user").split_once('-').unwrap_or_default();
        let value = self.0.accepts(contract, user, field("pass"));
        let answer = json!({ "result": { "status": true, "value": value }, "detail": {} });
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        (head + &answer).into_bytes()
    }
}

fn settings(url: String) -> HttpOtpSettings {
    HttpOtpSettings {
        provider: ProviderSettings {
            url,
            exchange: Exchange::privacyidea(),
            headers: Vec::new(),
            token: None,
            ca: None,
            identity: None,
            idle_connections: 8,
        },
        code_lengths: CodeLengths::new([6]),
    }
}

/// A provider and verifiers that ask it. Without `guarded`, nothing is around them.
async fn provider(guarded: bool) -> Arc<SampleProvider> {
    let clock = Arc::new(TestClock::default());
    let cards = Arc::new(SampleCards::new(clock.clone()));
    let back_end = FakeBackEnd::start(Provider(cards.clone()), DEADLINE).await;
    let back_end = back_end.expect("a free port");
    let url = format!("http://{}/validate/check", back_end.address);
    let once: Arc<dyn OnceStore> = Arc::new(MemoryStore::new(clock.clone()));
    let time = clock.clone();
    let make = move || -> Arc<dyn OtpVerifier> {
        let verifier = HttpOtpVerifier::new(settings(url.clone())).expect("good settings");
        if !guarded {
            return Arc::new(verifier);
        }
        let limits = GuardLimits {
            deadline: DEADLINE,
            ..GuardLimits::default()
        };
        let meters = Meters::default();
        let guard = Guard::new("otp_verifier", "http", limits, time.clone(), &meters);
        Arc::new(RemoteOtpVerifier::new(
            Arc::new(verifier),
            guard,
            once.clone(),
        ))
    };
    Arc::new(SampleProvider {
        clock,
        cards,
        back_end,
        deadline: DEADLINE,
        make: Box::new(make),
    })
}

/// For the promises of every verifier.
pub(crate) async fn verifier() -> Arc<dyn OtpKit> {
    provider(true).await
}

/// For those of one that asks a back end.
pub(crate) async fn with_back_end() -> Arc<dyn RemoteOtpKit> {
    provider(true).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_decorators_are_for_is_noticed_without_them() {
    let make = async || provider(false).await as Arc<dyn RemoteOtpKit>;
    let failing = case::failing(remote_otp_verifier::CASES, make).await;
    assert_eq!(
        failing,
        [
            "silence_ends_at_the_deadline",
            "a_slow_drip_ends_at_the_deadline",
            "a_code_goes_out_once",
            "a_code_sent_in_vain_is_neither_sent_again_nor_refused",
            "a_back_end_that_keeps_failing_is_left_alone_and_recovers",
            "what_is_not_sent_is_not_used_up",
            "what_was_not_sent_is_told_apart_from_what_may_have_been_checked",
        ]
    );
}
