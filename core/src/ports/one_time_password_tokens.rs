use async_trait::async_trait;
use secrecy::SecretSlice;

use super::Unavailable;
use crate::domain::{CodeLengths, Subject};

/// The hash function of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotpAlgorithm {
    /// HMAC-SHA-1, as most cards have it.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

/// An enrolled time-based token (RFC 6238).
#[derive(Clone, Debug)]
pub struct TotpToken {
    /// The shared secret.
    pub secret: SecretSlice<u8>,
    /// 6 to 8.
    pub digits: u8,
    /// Seconds a step.
    pub period: u32,
    /// Hash function.
    pub algorithm: TotpAlgorithm,
}

/// Where a verifier that computes codes itself finds the tokens of users.
///
/// # Promises
/// - Answers with what is true now: a token taken away is gone at the next call.
/// - Never another contract's token.
#[async_trait]
pub trait OneTimePasswordTokens: Send + Sync {
    /// The user's token.
    async fn token(&self, subject: &Subject) -> Result<Option<TotpToken>, Unavailable>;

    /// The numbers of digits that enrolled tokens have.
    fn code_lengths(&self) -> CodeLengths;
}

/// The last accepted step of each token, one for all uses.
///
/// # Promises
/// - `advance` succeeds only for a step above the last one, in one atomic step over all servers
///   that share the store: of any number of calls with the same step, exactly one succeeds.
/// - What was answered survives whatever the store is said to survive.
#[async_trait]
pub trait OtpStepStore: Send + Sync {
    /// Makes `step` the last accepted one if it is above it. Tells whether it did.
    async fn advance(&self, subject: &Subject, step: u64) -> Result<bool, Unavailable>;
}
