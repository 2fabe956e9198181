use std::sync::Arc;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use totp_rs::{Algorithm, Builder, Totp};
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{
    Clock, Enrolment, OneTimePasswordTokens, OtpStepStore, OtpVerdict, OtpVerifier, TotpAlgorithm,
    TotpToken, Unavailable,
};

/// How many steps before the current one are accepted: one, for a code that was typed slowly
/// (RFC 6238 §5.2). None after it: a card whose clock runs ahead is a card to exchange.
const STEPS_BACK: u64 = 1;

/// Computes the codes itself, from the secrets of enrolled tokens.
pub struct TotpVerifier {
    tokens: Arc<dyn OneTimePasswordTokens>,
    steps: Arc<dyn OtpStepStore>,
    clock: Arc<dyn Clock>,
}

impl TotpVerifier {
    /// Tokens from `tokens`; what was used is remembered in `steps`.
    pub fn new(
        tokens: Arc<dyn OneTimePasswordTokens>,
        steps: Arc<dyn OtpStepStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            tokens,
            steps,
            clock,
        }
    }
}

#[async_trait]
impl OtpVerifier for TotpVerifier {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let Some(token) = self.tokens.token(subject).await? else {
            return Ok(OtpVerdict::Refused);
        };
        let seconds = u64::try_from(self.clock.now().as_unix_seconds()).unwrap_or(0);
        // All matching comes before the store is asked, so that using a code up is one step.
        let generator = generator(&token).ok_or_else(|| {
            tracing::error!(
                %subject,
                "a card has values that no code can have: no code is ever right"
            );
            Unavailable::of_no_use("otp_verifier", "a card has values that no code can have")
        })?;
        let Some(step) = matching_step(&generator, seconds, code) else {
            return Ok(OtpVerdict::Refused);
        };
        if self.steps.advance(subject, step).await? {
            Ok(OtpVerdict::Accepted)
        } else {
            Ok(OtpVerdict::UsedBefore)
        }
    }

    async fn enrolment(&self, subject: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(match self.tokens.token(subject).await? {
            Some(_) => Enrolment::Enrolled,
            None => Enrolment::NotEnrolled,
        })
    }

    fn code_lengths(&self) -> CodeLengths {
        self.tokens.code_lengths()
    }

    /// It has no back end of its own: tokens and steps are checked with the directory and the
    /// store they come from.
    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// The newest acceptable step that shows `code`. Every acceptable step is compared, and each
/// comparison takes the same time whichever digit differs.
fn matching_step(totp: &Totp, seconds: u64, code: &OneTimePassword) -> Option<u64> {
    let current = seconds / totp.step();
    (current.saturating_sub(STEPS_BACK)..=current).fold(None, |newest, step| {
        totp.check(code.expose(), step * totp.step()).or(newest)
    })
}

/// The generator of a token's codes; nothing where a token has values that no code can have.
fn generator(token: &TotpToken) -> Option<Totp> {
    if !(6..=8).contains(&token.digits) || token.period == 0 {
        return None;
    }
    let algorithm = match token.algorithm {
        TotpAlgorithm::Sha1 => Algorithm::SHA1,
        TotpAlgorithm::Sha256 => Algorithm::SHA256,
        TotpAlgorithm::Sha512 => Algorithm::SHA512,
    };
    // How long a secret must be is judged at enrolment: cards of 80 bits exist.
    let builder = Builder::new()
        .with_algorithm(algorithm)
        .with_digits(token.digits)
        .with_step_duration(token.period.into())
        .with_skew(0)
        .with_secret(token.secret.expose_secret());
    Some(builder.build_noncompliant())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use parking_lot::Mutex;
    use secrecy::SecretSlice;
    use warifu_core::domain::Timestamp;

    use super::*;

    #[derive(Default)]
    struct World {
        seconds: Mutex<u64>,
        token: Mutex<Option<TotpToken>>,
        steps: Mutex<HashMap<Subject, u64>>,
    }

    #[async_trait::async_trait]
    impl Clock for World {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_millis(i64::try_from(*self.seconds.lock() * 1000 + 999).unwrap())
        }

        async fn sleep(&self, _: std::time::Duration) {
            std::future::pending::<()>().await;
        }
    }

    #[async_trait]
    impl OneTimePasswordTokens for World {
        async fn token(&self, subject: &Subject) -> Result<Option<TotpToken>, Unavailable> {
            Ok((*subject == holder())
                .then(|| self.token.lock().clone())
                .flatten())
        }

        fn code_lengths(&self) -> CodeLengths {
            CodeLengths::new([6, 8])
        }
    }

    #[async_trait]
    impl OtpStepStore for World {
        async fn advance(&self, subject: &Subject, step: u64) -> Result<bool, Unavailable> {
            let mut steps = self.steps.lock();
            let above = steps.get(subject).is_none_or(|last| *last < step);
            if above {
                steps.insert(subject.clone(), step);
            }
            Ok(above)
        }
    }

    fn holder() -> Subject {
        Subject::new("123456".parse().unwrap(), "holder".parse().unwrap())
    }

    fn token(algorithm: TotpAlgorithm, digits: u8) -> TotpToken {
        // The seeds of RFC 6238, appendix B: the same digits up to the length of the hash.
        let length = match algorithm {
            TotpAlgorithm::Sha1 => 20,
            TotpAlgorithm::Sha256 => 32,
            TotpAlgorithm::Sha512 => 64,
        };
        let secret: Vec<u8> = b"1234567890".iter().copied().cycle().take(length).collect();
        TotpToken {
            secret: SecretSlice::from(secret),
            digits,
            period: 30,
            algorithm,
        }
    }

    fn world(token: TotpToken) -> (Arc<World>, TotpVerifier) {
        let world = Arc::new(World::default());
        *world.token.lock() = Some(token);
        let verifier = TotpVerifier::new(world.clone(), world.clone(), world.clone());
        (world, verifier)
    }

    fn code(text: &str) -> OneTimePassword {
        OneTimePassword::parse(text, &CodeLengths::new([6, 7, 8])).unwrap()
    }

    fn code_of_step(token: &TotpToken, step: u64) -> OneTimePassword {
        code(
            &generator(token)
                .unwrap()
                .generate(step * u64::from(token.period))
                .to_string(),
        )
    }

    async fn verdict(verifier: &TotpVerifier, code: &OneTimePassword) -> OtpVerdict {
        verifier.verify(&holder(), code).await.unwrap()
    }

    #[tokio::test]
    async fn the_vectors_of_the_rfc_are_accepted() {
        let vectors = [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ];
        let algorithms = [
            TotpAlgorithm::Sha1,
            TotpAlgorithm::Sha256,
            TotpAlgorithm::Sha512,
        ];
        for (seconds, codes) in vectors {
            for (algorithm, vector) in algorithms.into_iter().zip(codes) {
                let (world, verifier) = world(token(algorithm, 8));
                *world.seconds.lock() = seconds;
                assert_eq!(
                    verdict(&verifier, &code(vector)).await,
                    OtpVerdict::Accepted,
                    "{algorithm:?} at {seconds}"
                );
            }
        }
    }

    #[tokio::test]
    async fn only_the_current_step_and_the_one_before_are_accepted() {
        let current = 41_000;
        for (step, expected) in [
            (current - 2, OtpVerdict::Refused),
            (current - 1, OtpVerdict::Accepted),
            (current, OtpVerdict::Accepted),
            (current + 1, OtpVerdict::Refused),
            (current + 2, OtpVerdict::Refused),
        ] {
            for second_of_step in [0, 29] {
                let token = token(TotpAlgorithm::Sha1, 6);
                let (world, verifier) = world(token.clone());
                *world.seconds.lock() = current * 30 + second_of_step;
                let verdict = verdict(&verifier, &code_of_step(&token, step)).await;
                assert_eq!(verdict, expected, "step {step} of {current}");
            }
        }
    }

    #[tokio::test]
    async fn a_code_is_used_up_and_with_it_every_older_one() {
        let token = token(TotpAlgorithm::Sha1, 6);
        let (world, verifier) = world(token.clone());
        *world.seconds.lock() = 500 * 30;
        let (current, before) = (code_of_step(&token, 500), code_of_step(&token, 499));
        assert_eq!(verdict(&verifier, &current).await, OtpVerdict::Accepted);
        let used = OtpVerdict::UsedBefore;
        assert_eq!(verdict(&verifier, &current).await, used);
        assert_eq!(verdict(&verifier, &before).await, used);
        *world.seconds.lock() = 501 * 30;
        assert_eq!(verdict(&verifier, &current).await, used);
        assert_eq!(
            verdict(&verifier, &code_of_step(&token, 501)).await,
            OtpVerdict::Accepted
        );
    }

    #[tokio::test]
    async fn the_first_step_of_all_has_none_before_it() {
        let token = token(TotpAlgorithm::Sha1, 6);
        let (_world, verifier) = world(token.clone());
        assert_eq!(
            verdict(&verifier, &code_of_step(&token, 0)).await,
            OtpVerdict::Accepted
        );
    }

    #[tokio::test]
    async fn a_code_of_another_length_uses_nothing_up() {
        let token = token(TotpAlgorithm::Sha1, 6);
        let (world, verifier) = world(token.clone());
        *world.seconds.lock() = 59;
        assert_eq!(
            verdict(&verifier, &code("94287082")).await,
            OtpVerdict::Refused
        );
        assert_eq!(
            verdict(&verifier, &code("287082")).await,
            OtpVerdict::Accepted
        );
    }

    #[tokio::test]
    async fn a_token_taken_away_is_gone_at_once() {
        let token = token(TotpAlgorithm::Sha1, 6);
        let (world, verifier) = world(token.clone());
        assert_eq!(verifier.enrolment(&holder()).await, Ok(Enrolment::Enrolled));
        *world.token.lock() = None;
        assert_eq!(
            verifier.enrolment(&holder()).await,
            Ok(Enrolment::NotEnrolled)
        );
        assert_eq!(
            verdict(&verifier, &code_of_step(&token, 0)).await,
            OtpVerdict::Refused
        );
    }
}
