//! Acme Bank's back end, made up: the line it takes and the line it gives.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use warifu_contracts::back_end::{FakeBackEnd, Protocol, SampleCards};
use warifu_contracts::remote_otp_verifier::SampleProvider;
use warifu_contracts::samples::TestClock;
use warifu_core::ports::{OnceStore, OtpVerifier};
use warifu_decorators::{Guard, GuardLimits, Meters, RemoteOtpVerifier};
use warifu_memory::MemoryStore;

/// As short as tests should be; what ships has seconds.
pub const DEADLINE: Duration = Duration::from_millis(200);

/// `VERIFY contract user code`, answered with `YES` or `NO`.
pub struct Lines(pub Arc<SampleCards>);

impl Protocol for Lines {
    fn request_length(&self, received: &[u8]) -> Option<usize> {
        let end = received.iter().position(|byte| *byte == b'\n')?;
        Some(end + 1)
    }

    fn answer(&self, request: &[u8]) -> Vec<u8> {
        let line = String::from_utf8_lossy(request);
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["VERIFY", contract, user, code] if self.0.accepts(contract, user, code) => {
                b"YES\n".to_vec()
            }
            _ => b"NO\n".to_vec(),
        }
    }
}

/// What all servers of the bank share.
#[derive(Clone)]
pub struct Servers {
    pub once: Arc<dyn OnceStore>,
    pub clock: Arc<TestClock>,
}

impl Servers {
    /// What `OtpVerifierContext::guarded` does, with the time of the test.
    pub fn guarded(&self, verifier: Arc<dyn OtpVerifier>) -> Arc<dyn OtpVerifier> {
        let limits = GuardLimits {
            deadline: DEADLINE,
            ..GuardLimits::default()
        };
        let clock = self.clock.clone();
        let guard = Guard::new("otp_verifier", "acme", limits, clock, &Meters::default());
        Arc::new(RemoteOtpVerifier::new(verifier, guard, self.once.clone()))
    }
}

/// A store in memory.
pub fn store(clock: &Arc<TestClock>) -> Arc<dyn OnceStore> {
    Arc::new(MemoryStore::new(clock.clone()))
}

/// The back end, and verifiers that `make` makes for it.
pub async fn bank(
    make: impl Fn(SocketAddr, &Servers) -> Arc<dyn OtpVerifier> + Send + Sync + 'static,
) -> Arc<SampleProvider> {
    let clock = Arc::new(TestClock::default());
    let cards = Arc::new(SampleCards::new(clock.clone()));
    let back_end = FakeBackEnd::start(Lines(cards.clone()), DEADLINE).await;
    let back_end = back_end.expect("a port is free");
    let servers = Servers {
        once: store(&clock),
        clock: clock.clone(),
    };
    let address = back_end.address;
    Arc::new(SampleProvider {
        clock,
        cards,
        back_end,
        deadline: DEADLINE,
        make: Box::new(move || make(address, &servers)),
    })
}
