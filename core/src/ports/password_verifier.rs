use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::{PlainPassword, Subject};

/// How the login or the transaction passwords of users are checked.
#[derive(Clone)]
pub enum PasswordCheck {
    /// Here, against the hash that the user directory or the password store keeps.
    Hashes,
    /// By another system.
    Elsewhere(Arc<dyn PasswordVerifier>),
}

impl PasswordCheck {
    /// By `verifier`.
    pub fn elsewhere(verifier: impl PasswordVerifier + 'static) -> Self {
        Self::Elsewhere(Arc::new(verifier))
    }
}

/// Checks passwords where they are kept: in another system.
///
/// # Promises
/// - A password is right for its owner only, and only while the other system says so: one that was
///   changed there is wrong at the next call.
/// - A user whom the other system does not know, or no longer lets in, is a wrong password, never
///   an error.
/// - A back end that fails, delays or answers nonsense is [`Unavailable`], never a verdict.
/// - A back end that works again is used again within half a minute.
/// - `verify` and `decoy` end within `longest_check`, whatever the back end does.
/// - `decoy` asks the back end for as much work as a wrong password does and fails when it does,
///   so that nobody learns from outside which of the two was called. It hands the password to no
///   account of a user.
/// - Passwords appear in no log and no error.
/// - Attempts are not counted here; the caller does.
#[async_trait]
pub trait PasswordVerifier: Send + Sync {
    /// Whether `password` is the one of `subject`.
    async fn verify(
        &self,
        subject: &Subject,
        password: &PlainPassword,
    ) -> Result<bool, Unavailable>;

    /// The work of a wrong password, for a `subject` who does not exist or whom the caller does not
    /// let in whatever they enter.
    async fn decoy(&self, subject: &Subject, password: &PlainPassword) -> Result<(), Unavailable>;

    /// The longest that `verify` and `decoy` take to answer; a reserved attempt outlasts it.
    fn longest_check(&self) -> Duration;

    /// Whether it can answer.
    async fn check(&self) -> Result<(), Unavailable>;
}
