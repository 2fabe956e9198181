use async_trait::async_trait;
use warifu_core::domain::Subject;
use warifu_core::ports::{OtpStepStore, Unavailable};
use warifu_redis_link::Call;

use crate::store::RedisStore;

#[async_trait]
impl OtpStepStore for RedisStore {
    async fn advance(&self, subject: &Subject, step: u64) -> Result<bool, Unavailable> {
        let call = Call::new(&self.scripts.otp_advance)
            .key(self.keys.user(subject).key("otp"))
            .arg(format!("{step:020}"));
        // A code that was accepted and forgotten by a failover would be accepted again.
        Ok(self.run_lasting(call, |reply| reply.flag(0)).await?.flag(0))
    }
}
