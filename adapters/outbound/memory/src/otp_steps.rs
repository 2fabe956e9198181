use async_trait::async_trait;
use warifu_core::domain::Subject;
use warifu_core::ports::{OtpStepStore, Unavailable};

use crate::store::MemoryStore;

#[async_trait]
impl OtpStepStore for MemoryStore {
    async fn advance(&self, subject: &Subject, step: u64) -> Result<bool, Unavailable> {
        let mut steps = self.otp_steps.lock();
        if steps.get(subject).is_some_and(|last| *last >= step) {
            return Ok(false);
        }
        steps.insert(subject.clone(), step);
        Ok(true)
    }
}
