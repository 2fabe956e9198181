//! The verifier of time-based codes, with cards made up for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretSlice};
use warifu_contracts::otp_verifier::OtpKit;
use warifu_contracts::samples::{SeededRandomness, TestClock};
use warifu_contracts::{CaseResult, Failure};
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{
    Clock, OneTimePasswordTokens, OtpStepStore, OtpVerifier, Randomness, TotpAlgorithm, TotpToken,
    Unavailable,
};
use warifu_memory::MemoryStore;
use warifu_totp::TotpVerifier;

const PERIOD: u32 = 30;

/// Cards with random secrets, and what of theirs was used.
pub(crate) struct Cards {
    clock: Arc<TestClock>,
    randomness: SeededRandomness,
    back_end: Arc<BackEnd>,
}

/// What the verifier asks.
struct BackEnd {
    tokens: Mutex<HashMap<Subject, TotpToken>>,
    steps: Arc<dyn OtpStepStore>,
    failing: AtomicBool,
}

/// No cards yet; what is used is remembered in memory.
pub(crate) async fn verifier() -> Arc<dyn OtpKit> {
    let clock = Arc::new(TestClock::default());
    let steps = Arc::new(MemoryStore::new(clock.clone()));
    Arc::new(Cards::new(clock, steps))
}

impl Cards {
    /// No cards yet; what is used is remembered in `steps`.
    pub(crate) fn new(clock: Arc<TestClock>, steps: Arc<dyn OtpStepStore>) -> Self {
        let back_end = BackEnd {
            tokens: Mutex::default(),
            steps,
            failing: AtomicBool::new(false),
        };
        Self {
            clock,
            randomness: SeededRandomness::new(2),
            back_end: Arc::new(back_end),
        }
    }
}

impl BackEnd {
    fn answer(&self) -> Result<(), Unavailable> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(Unavailable::new("otp_verifier", "told to fail"));
        }
        Ok(())
    }
}

#[async_trait]
impl OneTimePasswordTokens for BackEnd {
    async fn token(&self, subject: &Subject) -> Result<Option<TotpToken>, Unavailable> {
        self.answer()?;
        Ok(self.tokens.lock().get(subject).cloned())
    }

    fn code_lengths(&self) -> CodeLengths {
        CodeLengths::new([6])
    }
}

#[async_trait]
impl OtpStepStore for BackEnd {
    async fn advance(&self, subject: &Subject, step: u64) -> Result<bool, Unavailable> {
        self.answer()?;
        self.steps.advance(subject, step).await
    }
}

#[async_trait]
impl OtpKit for Cards {
    fn verifier(&self) -> Arc<dyn OtpVerifier> {
        let (tokens, steps) = (self.back_end.clone(), self.back_end.clone());
        Arc::new(TotpVerifier::new(tokens, steps, self.clock.clone()))
    }

    async fn enrol(&self, subject: &Subject) -> CaseResult {
        let mut secret = vec![0; 20];
        self.randomness.fill(&mut secret);
        let token = TotpToken {
            secret: SecretSlice::from(secret),
            digits: 6,
            period: PERIOD,
            algorithm: TotpAlgorithm::Sha1,
        };
        self.back_end.tokens.lock().insert(subject.clone(), token);
        Ok(())
    }

    async fn withdraw(&self, subject: &Subject) -> CaseResult {
        self.back_end.tokens.lock().remove(subject);
        Ok(())
    }

    async fn code(
        &self,
        subject: &Subject,
        steps: i64,
    ) -> Result<Option<OneTimePassword>, Failure> {
        let token = self.back_end.tokens.lock().get(subject).cloned();
        let Some(token) = token else {
            return Err(Failure::new(format!("{subject} has no card")));
        };
        let moment = self.clock.now().as_unix_seconds() + steps * i64::from(PERIOD);
        let totp = totp_rs::Builder::new()
            .with_secret(token.secret.expose_secret())
            .with_step_duration(PERIOD.into())
            .build()?;
        let code = totp.generate(u64::try_from(moment)?).to_string();
        Ok(Some(OneTimePassword::parse(&code, &CodeLengths::new([6]))?))
    }

    async fn next_code(&self) -> CaseResult {
        self.clock.advance_by(Duration::from_secs(PERIOD.into()));
        Ok(())
    }

    async fn set_failing(&self, failing: bool) -> CaseResult {
        self.back_end.failing.store(failing, Ordering::SeqCst);
        Ok(())
    }

    fn is_time_based(&self) -> bool {
        true
    }
}
