use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use warifu_core::domain::Subject;
use warifu_core::ports::{OnceKey, OnceStore, Unavailable};

use crate::guard::{Admission, Guard};

/// After so many calls in vain for one user, the back end is not asked for them any more,
pub const VAIN_CALLS: u32 = 10;

/// until the first of those is longer ago than this.
pub const VAIN_CALL_WINDOW: Duration = Duration::from_secs(10 * 60);

/// A back end that is asked about users, with its guard.
///
/// A secret that was sent to a back end that then fails may have been checked there; whoever sent
/// it is not charged for it. So that outages are no free guesses, at most [`VAIN_CALLS`] such calls
/// are made for a user in [`VAIN_CALL_WINDOW`], over all servers that share `once` (more only where
/// several are under way at the same moment). Calls that the guard did not let through do not
/// count: nothing was sent.
pub struct Remote {
    guard: Guard,
    once: Arc<dyn OnceStore>,
}

impl Remote {
    /// Asks through `guard`; what must hold over all servers is kept in `once`.
    pub fn new(guard: Guard, once: Arc<dyn OnceStore>) -> Self {
        Self { guard, once }
    }

    /// The guard.
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Leave to make a call for `subject`.
    pub async fn admit(&self, subject: &Subject) -> Result<Admission<'_>, Unavailable> {
        if self.asked_in_vain_too_often(subject).await? {
            let minutes = VAIN_CALL_WINDOW.as_secs() / 60;
            return Err(Unavailable::without_asking(
                self.guard.section(),
                format!(
                    "not asked for this user: asked {VAIN_CALLS} times in vain within {minutes} \
                     minutes"
                ),
            ));
        }
        self.guard.admit()
    }

    /// Makes a call for `subject`.
    pub async fn call<T>(
        &self,
        subject: &Subject,
        call: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let answer = self.admit(subject).await?.call(call).await;
        if answer.as_ref().is_err_and(|unavailable| unavailable.asked) {
            self.note_vain_call(subject).await;
        }
        answer
    }

    /// Counts a call for `subject` that was made and not answered.
    pub async fn note_vain_call(&self, subject: &Subject) {
        for number in 0..VAIN_CALLS {
            let key = OnceKey::of_vain_call(self.guard.section(), subject, number);
            match self.once.claim(key, VAIN_CALL_WINDOW).await {
                // The number was free: counted.
                Ok(true) => return,
                Ok(false) => {}
                Err(unavailable) => {
                    tracing::warn!(%unavailable, "a call in vain could not be counted");
                    return;
                }
            }
        }
    }

    /// Whether all numbers are taken. Each is free again when its own time is over, so that the
    /// window slides; while all is well, the first is free and the only one looked at.
    async fn asked_in_vain_too_often(&self, subject: &Subject) -> Result<bool, Unavailable> {
        for number in 0..VAIN_CALLS {
            let key = OnceKey::of_vain_call(self.guard.section(), subject, number);
            if !self.once.is_claimed(key).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
