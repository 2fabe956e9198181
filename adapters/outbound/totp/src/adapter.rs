//! How a configuration sets the verifier up.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{Adapter, AdapterError, NoSettings, OtpVerifierContext};
use warifu_core::ports::OtpVerifier;

use crate::verifier::TotpVerifier;

/// Codes computed here, from the secrets that the directory keeps: of users, or of the bank's staff.
pub struct TotpCards;

#[async_trait]
impl Adapter for TotpCards {
    type Port = Arc<dyn OtpVerifier>;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        context: &OtpVerifierContext,
    ) -> Result<Arc<dyn OtpVerifier>, AdapterError> {
        let (steps, clock) = (context.otp_steps.clone(), context.clock.clone());
        Ok(Arc::new(TotpVerifier::new(context.tokens()?, steps, clock)))
    }
}
