use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use warifu_core::domain::{PlainPassword, Subject};
use warifu_core::ports::{PasswordVerifier, Unavailable};

use crate::guard::Guard;

/// Any verifier that asks another system about passwords, guarded.
pub struct GuardedPasswordVerifier {
    inner: Arc<dyn PasswordVerifier>,
    guard: Guard,
}

impl GuardedPasswordVerifier {
    /// Around `inner`.
    pub fn new(inner: Arc<dyn PasswordVerifier>, guard: Guard) -> Self {
        Self { inner, guard }
    }
}

#[async_trait]
impl PasswordVerifier for GuardedPasswordVerifier {
    async fn verify(
        &self,
        subject: &Subject,
        password: &PlainPassword,
    ) -> Result<bool, Unavailable> {
        self.guard.call(self.inner.verify(subject, password)).await
    }

    async fn decoy(&self, subject: &Subject, password: &PlainPassword) -> Result<(), Unavailable> {
        self.guard.call(self.inner.decoy(subject, password)).await
    }

    fn longest_check(&self) -> Duration {
        self.guard.limits().deadline
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.guard.reach(self.inner.check()).await
    }
}
