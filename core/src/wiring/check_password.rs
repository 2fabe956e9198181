//! Checking a login or transaction password: here against its hash, or by another system.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::attempt::{AttemptFailure, Attempted};
use super::base::Wiring;
use super::outages::RemoteCheck;
use crate::domain::attempts::Purpose;
use crate::domain::{PasswordHash, PlainPassword, StoredHash, Subject};
use crate::ports::{
    AttemptKey, GrantedAttempt, HashPermit, PasswordCheck, PasswordVerifier, Unavailable,
};
use crate::{Outcome, Refusal};

/// What a check needs before anything is reserved.
pub(crate) enum PasswordChecker {
    /// A place in the hasher's queue.
    Hashes(HashPermit),
    /// Nothing: another system does the work.
    Elsewhere(Arc<dyn PasswordVerifier>),
}

impl PasswordChecker {
    /// The place in the hasher's queue, for what is hashed next.
    pub(crate) fn into_hash_permit(self) -> Option<HashPermit> {
        match self {
            Self::Hashes(permit) => Some(permit),
            Self::Elsewhere(_) => None,
        }
    }
}

/// A password as entered, and as whose.
#[derive(Clone, Copy)]
pub(crate) struct PasswordEntry<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) purpose: Purpose,
    pub(crate) password: &'a PlainPassword,
    /// Where this is false no password is right, and finding out takes as long.
    pub(crate) usable: bool,
}

impl Wiring {
    /// Makes ready to check a login or transaction password, before any work is done.
    pub(crate) fn password_checker(&self, purpose: Purpose) -> Outcome<PasswordChecker> {
        let check = match purpose {
            Purpose::Transaction => &self.ports().transaction_verifier,
            Purpose::Login | Purpose::Otp | Purpose::Retrieval => &self.ports().login_verifier,
        };
        match check {
            PasswordCheck::Hashes => self.hash_permit().map(PasswordChecker::Hashes),
            PasswordCheck::Elsewhere(verifier) => {
                Ok(PasswordChecker::Elsewhere(Arc::clone(verifier)))
            }
        }
    }

    /// Checks a password and counts the attempt under `key`.
    pub(crate) async fn attempt_password(
        &self,
        checker: &PasswordChecker,
        key: &AttemptKey,
        entry: PasswordEntry<'_>,
    ) -> Outcome<Attempted> {
        let PasswordEntry {
            subject,
            purpose,
            password,
            usable,
        } = entry;
        match checker {
            PasswordChecker::Hashes(permit) => {
                let directory = &self.ports().directory;
                let imported = directory.imported_hash(subject, purpose).await?;
                let verify = |granted: GrantedAttempt| {
                    let imported = imported.as_ref().filter(|_| usable && !granted.barred);
                    let stored = granted.stored_hash;
                    async move { Ok(self.check_hash(permit, entry, imported, stored).await) }
                };
                self.attempt(key, purpose, verify)
                    .await
                    .map_err(|failure| Refusal::Unavailable(failure.into_unavailable()))
            }
            PasswordChecker::Elsewhere(verifier) => {
                let verify = |granted: GrantedAttempt| async move {
                    if usable && !granted.barred {
                        verifier.verify(subject, password).await
                    } else {
                        verifier.decoy(subject, password).await.map(|()| false)
                    }
                };
                let check = RemoteCheck {
                    subject,
                    purpose,
                    section: verifier_section(purpose),
                };
                let policy = self.attempt_policy(purpose);
                self.attempt_remotely(policy, key, check, verify)
                    .await
                    .map_err(|failure| Refusal::Unavailable(failure.into_unavailable()))
            }
        }
    }

    /// Checks a password against the newest hash of it, or against a dummy where `imported` is
    /// nothing; on success brings a hash of older parameters up to date.
    pub(crate) async fn check_hash(
        &self,
        permit: &HashPermit,
        entry: PasswordEntry<'_>,
        imported: Option<&PasswordHash>,
        stored: Option<StoredHash>,
    ) -> bool {
        let newest = imported.map(|imported| match &stored {
            Some(stored) if stored.replaces == *imported => &stored.hash,
            _ => imported,
        });
        let hasher = &self.ports().hasher;
        let bytes = || Zeroizing::new(entry.password.expose().to_vec());
        let check = hasher.check(permit, newest, bytes()).await;
        if let (true, true, Some(imported)) = (check.matches, check.outdated, imported) {
            let hash = hasher.hash(permit, bytes()).await;
            let renewed = StoredHash {
                replaces: imported.clone(),
                hash,
            };
            let kept = self
                .ports()
                .attempts
                .remember_hash(entry.subject, entry.purpose, renewed)
                .await;
            if let Err(unavailable) = kept {
                tracing::warn!(%unavailable, "a hash of older parameters could not be renewed");
            }
        }
        check.matches
    }
}

/// Where the system that checks the passwords of a purpose is set up.
const fn verifier_section(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Transaction => "transaction_verifier",
        Purpose::Login | Purpose::Otp | Purpose::Retrieval => "login_verifier",
    }
}

impl AttemptFailure {
    pub(crate) fn into_unavailable(self) -> Unavailable {
        match self {
            Self::Store(unavailable) | Self::Verifier(unavailable) => unavailable,
        }
    }
}
