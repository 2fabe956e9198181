//! What a customer asks of the service, wherever it runs.

use async_trait::async_trait;
use warifu_core::Secret;
use warifu_core::domain::SerialNumber;
use warifu_terminal::{Failure, HandOver};

/// Who logs in.
pub(crate) struct Login {
    pub(crate) contract: String,
    pub(crate) user: String,
    pub(crate) password: Secret,
}

/// A fetched certificate.
pub(crate) struct Certificate {
    /// PEM.
    pub(crate) own: String,
    /// PEM, up to the root.
    pub(crate) chain: String,
    pub(crate) serial: SerialNumber,
    pub(crate) not_after: String,
}

/// Why there is no success.
pub(crate) struct Fault {
    pub(crate) failure: Failure,
    /// The service may have done what it was asked.
    pub(crate) may_be_done: bool,
}

impl Fault {
    /// What failed when nothing could have been done.
    pub(crate) fn before(failure: Failure) -> Self {
        Self {
            failure,
            may_be_done: false,
        }
    }

    /// What failed after it had been done.
    pub(crate) fn after(failure: Failure) -> Self {
        Self {
            failure,
            may_be_done: true,
        }
    }
}

/// The service: the bank's server, or the use cases in this process.
#[async_trait]
pub(crate) trait Service: Send + Sync {
    /// Logs in.
    async fn log_in(&self, login: &Login) -> Result<Box<dyn Session + '_>, Fault>;

    /// Whether the service answers as one of this version does.
    async fn check(&self) -> Result<(), Failure>;
}

/// A session at the service.
#[async_trait]
pub(crate) trait Session: Send + Sync {
    /// Enters a one-time password, for one reissue.
    async fn verify_otp(&self, otp: &Secret) -> Result<(), Fault>;

    /// Reissues one's own retrieval password.
    async fn reissue(&self) -> Result<HandOver, Fault>;

    /// Redeems a retrieval password for a certificate of the key of `request`.
    async fn redeem(&self, password: &Secret, request: String) -> Result<Certificate, Fault>;

    /// Ends the session. It would end by itself, so that a failure is not told.
    async fn log_out(&self);
}
