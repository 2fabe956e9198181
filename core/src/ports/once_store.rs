use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::Unavailable;
use crate::domain::attempts::Purpose;
use crate::domain::{OneTimePassword, ReissueId, SessionId, StoreEpoch, Subject, Timestamp};

/// A thing that may happen once. A digest, so that stores hold no user's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OnceKey([u8; 32]);

impl OnceKey {
    /// The form with one-time token `nonce`, shown in `session`.
    pub fn of_form(session: &SessionId, nonce: &[u8]) -> Self {
        Self::digest(b"form", &[session.as_bytes(), nonce])
    }

    /// That the form with one-time token `nonce` was refused: nothing was done.
    pub fn of_form_refused(session: &SessionId, nonce: &[u8]) -> Self {
        Self::digest(b"form refused", &[session.as_bytes(), nonce])
    }

    /// That `session` showed the password of `reissue`.
    pub fn of_shown_password(session: &SessionId, reissue: ReissueId) -> Self {
        Self::digest(b"shown password", &[session.as_bytes(), reissue.as_bytes()])
    }

    /// That a certificate was retrieved in `session`.
    pub fn of_retrieval(session: &SessionId) -> Self {
        Self::digest(b"retrieval", &[session.as_bytes()])
    }

    /// That the notice with random number `nonce` was shown in `session`.
    pub fn of_notice(session: &SessionId, nonce: &[u8]) -> Self {
        Self::digest(b"notice", &[session.as_bytes(), nonce])
    }

    /// The one-time password `code` of `subject`: that it was given to a back end.
    pub fn of_code(subject: &Subject, code: &OneTimePassword) -> Self {
        Self::digest(
            b"code",
            &[&subject.to_key_bytes(), code.expose().as_bytes()],
        )
    }

    /// That a back end was given `code` of `subject` and nobody knows what it made of it.
    pub fn of_undecided_code(subject: &Subject, code: &OneTimePassword) -> Self {
        Self::digest(
            b"undecided code",
            &[&subject.to_key_bytes(), code.expose().as_bytes()],
        )
    }

    /// That a back end was given `code` of `subject` and refused it.
    pub fn of_refused_code(subject: &Subject, code: &OneTimePassword) -> Self {
        Self::digest(
            b"refused code",
            &[&subject.to_key_bytes(), code.expose().as_bytes()],
        )
    }

    /// That the lock of `purpose` of `subject` that was set at `since` is written down.
    pub fn of_lock_record(subject: &Subject, purpose: Purpose, since: Timestamp) -> Self {
        Self::of_lock(b"lock record", subject, purpose, since)
    }

    /// That somebody is writing it down.
    pub fn of_lock_record_begun(subject: &Subject, purpose: Purpose, since: Timestamp) -> Self {
        Self::of_lock(b"lock record begun", subject, purpose, since)
    }

    fn of_lock(kind: &[u8], subject: &Subject, purpose: Purpose, since: Timestamp) -> Self {
        Self::digest(
            kind,
            &[
                &subject.to_key_bytes(),
                purpose.name().as_bytes(),
                &since.as_unix_millis().to_be_bytes(),
            ],
        )
    }

    /// That the store with this name is noted in the audit log called `log`.
    pub fn of_noted_store(epoch: StoreEpoch, log: &str) -> Self {
        Self::digest(
            b"noted store",
            &[epoch.to_string().as_bytes(), log.as_bytes()],
        )
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn digest(kind: &[u8], parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(&kind).chain(parts) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// Remembers what already happened.
///
/// # Promises
/// - Of any number of `claim`s of one key within its time, exactly one is `true`.
/// - A claim is remembered for at least `remember_for` and takes no memory for long after.
/// - What is written down is a keyed hash of the key: the digest of something as short as a code
///   could be guessed.
#[async_trait]
pub trait OnceStore: Send + Sync {
    /// Claims `key`. `false` where it was claimed before.
    async fn claim(&self, key: OnceKey, remember_for: Duration) -> Result<bool, Unavailable>;

    /// Whether `key` was claimed.
    async fn is_claimed(&self, key: OnceKey) -> Result<bool, Unavailable>;
}
