use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, OtpVerifierContext};
use warifu_core::ports::OtpVerifier;

use crate::settings::AcmeSettings;
use crate::verifier::AcmeVerifier;

/// What a configuration selects with `otp_verifier.adapter = "acme"`.
pub struct AcmeOtp;

#[async_trait]
impl Adapter for AcmeOtp {
    type Port = Arc<dyn OtpVerifier>;
    type Settings = AcmeSettings;

    async fn build(
        &self,
        settings: &AcmeSettings,
        context: &OtpVerifierContext,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let verifier = AcmeVerifier::new(settings.address()?);
        // Deadline, circuit breaker, single use of a code: the same for every remote back end.
        Ok(context.guarded("acme", settings.timeout(), Arc::new(verifier)))
    }
}
