use async_trait::async_trait;
use warifu_adapter_kit::SettingError;
use warifu_core::domain::{CodeLengths, OneTimePassword, Subject};
use warifu_core::ports::{Enrolment, OtpVerdict, OtpVerifier, Unavailable};

use crate::provider::{Provider, ProviderSettings};
use crate::values::{SecretName, Values};

/// The section of the configuration that errors name.
const PORT: &str = "otp_verifier";

/// How codes are checked.
pub struct HttpOtpSettings {
    /// Who checks them. Its request has the place `{otp}`.
    pub provider: ProviderSettings,
    /// How many digits codes can have.
    pub code_lengths: CodeLengths,
}

/// Asks a provider over HTTP about one-time passwords. It keeps no deadline and remembers no code:
/// that comes from around it.
pub struct HttpOtpVerifier {
    provider: Provider,
    code_lengths: CodeLengths,
}

impl HttpOtpVerifier {
    /// A verifier that was asked nothing yet: the provider may come up later.
    pub fn new(settings: HttpOtpSettings) -> Result<Self, SettingError> {
        Ok(Self {
            provider: Provider::new(settings.provider, SecretName::Otp, PORT)?,
            code_lengths: settings.code_lengths,
        })
    }
}

#[async_trait]
impl OtpVerifier for HttpOtpVerifier {
    async fn verify(
        &self,
        subject: &Subject,
        code: &OneTimePassword,
    ) -> Result<OtpVerdict, Unavailable> {
        let values = Values {
            contract: subject.contract.as_str(),
            user: subject.user.as_str(),
            secret: code.expose(),
        };
        self.provider.ask(&values).await
    }

    /// Providers tell only together with a code.
    async fn enrolment(&self, _: &Subject) -> Result<Enrolment, Unavailable> {
        Ok(Enrolment::Unknown)
    }

    fn code_lengths(&self) -> CodeLengths {
        self.code_lengths.clone()
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.provider.connect().await
    }
}
