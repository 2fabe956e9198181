use std::time::Duration;

use async_trait::async_trait;
use warifu_adapter_kit::SettingError;
use warifu_core::domain::{PlainPassword, Subject, UserId};
use warifu_core::ports::{OtpVerdict, PasswordVerifier, Unavailable};

use crate::provider::{Provider, ProviderSettings};
use crate::values::{SecretName, Values};

/// How passwords are checked.
pub struct HttpPasswordSettings {
    /// Who checks them. Its request has the place `{password}`.
    pub provider: ProviderSettings,
    /// Nobody's ID, which the provider refuses with as much work as a user's: asked about where
    /// there is no user.
    pub decoy_user: UserId,
}

/// Asks a provider over HTTP about passwords. It keeps no deadline: that comes from around it.
pub struct HttpPasswordVerifier {
    port: &'static str,
    provider: Provider,
    decoy_user: UserId,
}

impl HttpPasswordVerifier {
    /// A verifier that was asked nothing yet: the provider may come up later. `port` is the section
    /// of the configuration that errors name.
    pub fn new(settings: HttpPasswordSettings, port: &'static str) -> Result<Self, SettingError> {
        Ok(Self {
            port,
            provider: Provider::new(settings.provider, SecretName::Password, port)?,
            decoy_user: settings.decoy_user,
        })
    }

    async fn ask(
        &self,
        subject: &Subject,
        user: &UserId,
        password: &PlainPassword,
    ) -> Result<bool, Unavailable> {
        let Ok(secret) = std::str::from_utf8(password.expose()) else {
            return Err(Unavailable::new(self.port, "http: a password is no text"));
        };
        let values = Values {
            contract: subject.contract.as_str(),
            user: user.as_str(),
            secret,
        };
        match self.provider.ask(&values).await? {
            OtpVerdict::Accepted => Ok(true),
            // A password can be used again: a provider does not say so of one.
            OtpVerdict::Refused | OtpVerdict::UsedBefore => Ok(false),
            OtpVerdict::Undecided => {
                let reason = "http: the provider says that it decides nothing about this user";
                Err(Unavailable::of_no_use(self.port, reason))
            }
        }
    }
}

#[async_trait]
impl PasswordVerifier for HttpPasswordVerifier {
    async fn verify(
        &self,
        subject: &Subject,
        password: &PlainPassword,
    ) -> Result<bool, Unavailable> {
        let right = self.ask(subject, &subject.user, password).await?;
        // Whoever is called like nobody is nobody.
        Ok(right && subject.user != self.decoy_user)
    }

    async fn decoy(&self, subject: &Subject, password: &PlainPassword) -> Result<(), Unavailable> {
        self.ask(subject, &self.decoy_user, password)
            .await
            .map(drop)
    }

    /// Without end: the deadline comes from around it.
    fn longest_check(&self) -> Duration {
        Duration::MAX
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.provider.connect().await
    }
}
