use std::sync::Arc;

use async_trait::async_trait;
use warifu_core::ports::OtpVerifier;
use warifu_totp::TotpVerifier;

use warifu_adapter_kit::{Adapter, AdapterError, NoSettings, OtpVerifierContext};

/// Codes computed here, from the secrets that the user directory keeps.
pub(crate) struct Totp;

#[async_trait]
impl Adapter for Totp {
    type Port = Arc<dyn OtpVerifier>;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        context: &OtpVerifierContext,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let steps = context.otp_steps.clone();
        Ok(Arc::new(TotpVerifier::new(
            context.tokens()?,
            steps,
            context.clock.clone(),
        )))
    }
}
