use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OnceKey, OnceStore, OtpVerdict, OtpVerifier, Unavailable};

/// How long a code is remembered: longer than any card shows one.
const REMEMBER_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Sends each code of a user once at most, whatever the verifier behind it remembers: the code is
/// marked as used before it is sent, over all servers that share the store.
///
/// A code that was sent in vain stays used. Entered again, it is not sent and not called wrong
/// either: nobody knows what became of it.
pub struct SingleUse<V> {
    verifier: V,
    once: Arc<dyn OnceStore>,
}

impl<V: OtpVerifier> SingleUse<V> {
    /// Codes go to `verifier`; what was sent is remembered in `once`.
    pub fn new(verifier: V, once: Arc<dyn OnceStore>) -> Self {
        Self { verifier, once }
    }
}

#[async_trait]
impl<V: OtpVerifier> OtpVerifier for SingleUse<V> {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let undecided = OnceKey::of_undecided_code(subject, code);
        let used = OnceKey::of_code(subject, code);
        if !self.once.claim(used, REMEMBER_FOR).await? {
            if self.once.is_claimed(undecided).await? {
                return Err(Unavailable::without_asking(
                    "otp_verifier",
                    "this code was sent before and never decided; the next one will be sent",
                ));
            }
            return Ok(OtpVerdict::Refused);
        }
        let verdict = self.verifier.verify(subject, code).await;
        if !matches!(verdict, Ok(OtpVerdict::Accepted | OtpVerdict::Refused)) {
            self.once.claim(undecided, REMEMBER_FOR).await?;
        }
        verdict
    }

    async fn enrolment(&self, subject: &Subject) -> Result<Enrolment, Unavailable> {
        self.verifier.enrolment(subject).await
    }

    fn code_lengths(&self) -> CodeLengths {
        self.verifier.code_lengths()
    }

    fn longest_check(&self) -> Duration {
        self.verifier.longest_check()
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.verifier.check().await
    }
}
