use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OnceKey, OnceStore, OtpVerdict, OtpVerifier, Unavailable};

use crate::guard::Guard;

/// How long a code that was given to the back end is remembered: far longer than any card's code
/// is good for, and too short for the same digits to come up again by chance.
const REMEMBER_CODES_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Any verifier that asks a back end, made safe: guarded, and a code is given to the back end once at
/// most, over all servers that share the store.
///
/// A code is marked as used after the guard let the call through and before it is forwarded. What
/// was forwarded and not answered is neither forwarded again nor held against the user.
pub struct RemoteOtpVerifier {
    inner: Arc<dyn OtpVerifier>,
    guard: Guard,
    once: Arc<dyn OnceStore>,
}

impl RemoteOtpVerifier {
    /// Around `inner`; used codes are remembered in `once`.
    pub fn new(inner: Arc<dyn OtpVerifier>, guard: Guard, once: Arc<dyn OnceStore>) -> Self {
        Self { inner, guard, once }
    }

    /// What a code means that was forwarded before.
    async fn used_before(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let undecided = OnceKey::of_undecided_code(subject, code);
        let undecided = self.once.is_claimed(undecided).await;
        if undecided.map_err(nothing_sent)? {
            return Err(Unavailable::without_asking(
                self.guard.section(),
                "not asked: this code was sent before and not answered; the card's next one is \
                 needed",
            ));
        }
        let refused = OnceKey::of_refused_code(subject, code);
        if self.once.is_claimed(refused).await.map_err(nothing_sent)? {
            return Ok(OtpVerdict::Refused);
        }
        // Accepted, or being looked at.
        Ok(OtpVerdict::UsedBefore)
    }

    async fn note_refused(&self, subject: &Subject, code: &OneTimePassword) {
        let refused = OnceKey::of_refused_code(subject, code);
        if let Err(unavailable) = self.once.claim(refused, REMEMBER_CODES_FOR).await {
            tracing::warn!(%unavailable, "that a code was refused could not be noted");
        }
    }

    async fn note_undecided(&self, subject: &Subject, code: &OneTimePassword) {
        let undecided = OnceKey::of_undecided_code(subject, code);
        if let Err(unavailable) = self.once.claim(undecided, REMEMBER_CODES_FOR).await {
            tracing::warn!(%unavailable, "what became of a code could not be noted");
        }
    }
}

/// The store's failure before the back end was asked.
fn nothing_sent(unavailable: Unavailable) -> Unavailable {
    Unavailable {
        asked: false,
        ..unavailable
    }
}

#[async_trait]
impl OtpVerifier for RemoteOtpVerifier {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let admission = self.guard.admit()?;
        let used = OnceKey::of_code(subject, code);
        let claimed = self.once.claim(used, REMEMBER_CODES_FOR).await;
        if !claimed.map_err(nothing_sent)? {
            drop(admission);
            return self.used_before(subject, code).await;
        }
        let answer = admission.call(self.inner.verify(subject, code)).await;
        match answer {
            Ok(OtpVerdict::Accepted | OtpVerdict::UsedBefore) => {}
            Ok(OtpVerdict::Refused) => self.note_refused(subject, code).await,
            Ok(OtpVerdict::Undecided) | Err(_) => self.note_undecided(subject, code).await,
        }
        answer
    }

    async fn enrolment(&self, subject: &Subject) -> Result<Enrolment, Unavailable> {
        self.guard.aside(self.inner.enrolment(subject)).await
    }

    fn code_lengths(&self) -> CodeLengths {
        self.inner.code_lengths()
    }

    fn longest_check(&self) -> Duration {
        self.guard.limits().deadline
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.guard.reach(self.inner.check()).await
    }
}
