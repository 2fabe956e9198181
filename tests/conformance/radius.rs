//! The RADIUS adapter on a real server, with cards made up for it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretSlice;
use warifu_contracts::otp_verifier::OtpKit;
use warifu_contracts::samples::{SeededRandomness, TestClock};
use warifu_contracts::{CaseResult, Failure};
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{OnceStore, OtpVerifier};
use warifu_decorators::{Guard, GuardLimits, Meters, RemoteOtpVerifier};
use warifu_memory::MemoryStore;
use warifu_radius_otp::{RadiusSettings, RadiusVerifier};
use warifu_test_support::radius::{FreeRadius, SECRET};

/// Cards that show another code whenever they are told to.
struct Cards {
    server: Mutex<FreeRadius>,
    once: Arc<dyn OnceStore>,
    /// One for all verifiers: a server takes equal requests for repetitions of one.
    randomness: Arc<SeededRandomness>,
    /// Whether codes that were sent are remembered.
    remembers: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    holders: BTreeSet<Subject>,
    /// How often all cards went on to the next code.
    turns: u64,
}

/// A server that knows no card; what was sent is remembered in memory.
pub(crate) async fn verifier() -> Arc<dyn OtpKit> {
    cards(true)
}

/// The same, but the server is trusted to remember codes, and does not.
pub(crate) fn forgetful() -> Arc<dyn OtpKit> {
    cards(false)
}

fn cards(remembers: bool) -> Arc<dyn OtpKit> {
    let clock = Arc::new(TestClock::default());
    Arc::new(Cards {
        server: Mutex::new(FreeRadius::start()),
        once: Arc::new(MemoryStore::new(clock)),
        randomness: Arc::new(SeededRandomness::new(3)),
        remembers,
        state: Mutex::default(),
    })
}

fn name(subject: &Subject) -> String {
    format!("{}-{}", subject.contract, subject.user)
}

/// What the card of `subject` shows after so many turns.
fn shown(subject: &Subject, turns: u64) -> String {
    let seed = subject.to_key_bytes().iter().fold(turns, |seed, byte| {
        seed.wrapping_mul(0x0100_0000_01B3) ^ u64::from(*byte)
    });
    format!(
        "{:06}",
        SeededRandomness::new(seed).next_number() % 1_000_000
    )
}

#[async_trait]
impl OtpKit for Cards {
    fn verifier(&self) -> Arc<dyn OtpVerifier> {
        let secret = SecretSlice::from(SECRET.as_bytes().to_vec());
        let mut settings = RadiusSettings::new(vec![self.server.lock().address()], secret);
        settings.timeout = Duration::from_secs(4);
        let verifier =
            RadiusVerifier::new(settings, self.randomness.clone()).expect("good settings");
        if !self.remembers {
            return Arc::new(verifier);
        }
        let limits = GuardLimits {
            deadline: Duration::from_secs(8),
            ..GuardLimits::default()
        };
        let clock = Arc::new(TestClock::default());
        let guard = Guard::new("otp_verifier", "radius", limits, clock, &Meters::default());
        let verifier = Arc::new(verifier);
        Arc::new(RemoteOtpVerifier::new(verifier, guard, self.once.clone()))
    }

    async fn enrol(&self, subject: &Subject) -> CaseResult {
        let mut state = self.state.lock();
        state.holders.insert(subject.clone());
        let code = shown(subject, state.turns);
        self.server.lock().show(&name(subject), &code);
        Ok(())
    }

    async fn withdraw(&self, subject: &Subject) -> CaseResult {
        self.state.lock().holders.remove(subject);
        self.server.lock().withdraw(&name(subject));
        Ok(())
    }

    async fn code(
        &self,
        subject: &Subject,
        steps: i64,
    ) -> Result<Option<OneTimePassword>, Failure> {
        if steps != 0 {
            return Ok(None);
        }
        let code = shown(subject, self.state.lock().turns);
        Ok(Some(OneTimePassword::parse(&code, &CodeLengths::new([6]))?))
    }

    async fn next_code(&self) -> CaseResult {
        let mut state = self.state.lock();
        state.turns += 1;
        for holder in &state.holders {
            let code = shown(holder, state.turns);
            self.server.lock().show(&name(holder), &code);
        }
        Ok(())
    }

    async fn set_failing(&self, failing: bool) -> CaseResult {
        let mut server = self.server.lock();
        if failing {
            server.kill();
        } else {
            server.start_again();
        }
        Ok(())
    }

    fn is_time_based(&self) -> bool {
        false
    }
}
