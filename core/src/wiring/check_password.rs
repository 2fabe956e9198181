//! Checking a login or transaction password: here against its hash, or by another system.

use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::attempt::{AttemptFailure, Attempted, Counted};
use super::base::Wiring;
use super::strangers::CountedLogin;
use crate::domain::attempts::Purpose;
use crate::domain::{HashDigest, PasswordHash, PlainPassword, StoredHash, Subject};
use crate::ports::{
    AttemptKey, GrantedAttempt, HashCheck, HashClaimant, HashPermit, PasswordCheck,
    PasswordVerifier, Unavailable,
};
use crate::{Outcome, Refusal};

/// Whose hashes the passwords of staff are checked against.
pub(crate) const STAFF_DIRECTORY: &str = "staff_directory";

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
    pub(crate) fn password_checker(
        &self,
        purpose: Purpose,
        claimant: HashClaimant,
    ) -> Outcome<PasswordChecker> {
        match self.password_check(purpose) {
            PasswordCheck::Hashes => self.hash_permit(claimant).map(PasswordChecker::Hashes),
            PasswordCheck::Elsewhere(verifier) => {
                Ok(PasswordChecker::Elsewhere(Arc::clone(verifier)))
            }
        }
    }

    /// How the passwords of a purpose are checked.
    pub(super) fn password_check(&self, purpose: Purpose) -> &PasswordCheck {
        match purpose {
            Purpose::Transaction => &self.ports().transaction_verifier,
            Purpose::Login | Purpose::Otp | Purpose::Retrieval | Purpose::StaffDecision => {
                &self.ports().login_verifier
            }
        }
    }

    /// Checks a password of somebody who exists and counts the attempt under `key`.
    pub(crate) async fn attempt_password(
        &self,
        checker: &PasswordChecker,
        key: &AttemptKey,
        entry: PasswordEntry<'_>,
    ) -> Outcome<Attempted> {
        let counted = self.counted(key, verifier_section(entry.purpose));
        self.attempt_counted(checker, counted, entry).await
    }

    /// Checks a login password and counts the attempt.
    pub(crate) async fn attempt_login(
        &self,
        checker: &PasswordChecker,
        login: CountedLogin<'_>,
        entry: PasswordEntry<'_>,
    ) -> Outcome<Attempted> {
        let counted = login.checked_by(verifier_section(entry.purpose));
        self.attempt_counted(checker, counted, entry).await
    }

    async fn attempt_counted(
        &self,
        checker: &PasswordChecker,
        counted: Counted<'_>,
        entry: PasswordEntry<'_>,
    ) -> Outcome<Attempted> {
        let PasswordEntry {
            subject,
            purpose,
            password,
            usable,
        } = entry;
        let attempted = match checker {
            PasswordChecker::Hashes(permit) => {
                let directory = &self.ports().directory;
                let imported = directory.imported_hash(subject, purpose).await?;
                let imported = imported.as_ref().filter(|_| usable);
                self.attempt_by_hash(permit, counted, entry, imported).await
            }
            PasswordChecker::Elsewhere(verifier) => {
                let verify = |granted: GrantedAttempt| async move {
                    if usable && !granted.barred {
                        verifier.verify(subject, password).await
                    } else {
                        verifier.decoy(subject, password).await.map(|()| false)
                    }
                };
                self.attempt(counted, verify).await
            }
        };
        attempted.map_err(|failure| failure.into_refusal(Refusal::Unavailable))
    }

    /// As [`Wiring::attempt`], for a password that is checked against the newest hash of it, or
    /// against a dummy where `imported` is nothing. What was reserved waits in no queue. A hash of
    /// older parameters is brought up to date once the entry was accepted.
    pub(crate) async fn attempt_by_hash(
        &self,
        permit: &HashPermit,
        counted: Counted<'_>,
        entry: PasswordEntry<'_>,
        imported: Option<&PasswordHash>,
    ) -> Result<Attempted, AttemptFailure> {
        let turn = self.ports().hasher.turn(permit).await;
        turn.map_err(|_| AttemptFailure::Overloaded)?;
        let outdated = OnceLock::new();
        let verify = |granted: GrantedAttempt| {
            let imported = imported.filter(|_| !granted.barred);
            let outdated = &outdated;
            async move {
                let check = self.check_hash(permit, entry, imported, granted.stored_hash);
                let check = check.await?;
                if let (true, Some(imported)) = (check.outdated, imported) {
                    // Each entry is checked once.
                    let _ = outdated.set(imported);
                }
                Ok(check.matches)
            }
        };
        let attempted = self.attempt(counted, verify).await?;
        if let (Attempted::Accepted, Some(imported)) = (&attempted, outdated.get()) {
            self.renew_hash(permit, entry, imported).await;
        }
        Ok(attempted)
    }

    /// Checks a password against the newest hash of it, or against a dummy where `imported` is
    /// nothing. One that can never be checked is no wrong entry: nobody is locked out for it.
    pub(crate) async fn check_hash(
        &self,
        permit: &HashPermit,
        entry: PasswordEntry<'_>,
        imported: Option<&PasswordHash>,
        stored: Option<StoredHash>,
    ) -> Result<HashCheck, Unavailable> {
        let newest = imported.map(|imported| match &stored {
            Some(stored) if stored.replaces == HashDigest::of(imported) => &stored.hash,
            _ => imported,
        });
        let hasher = &self.ports().hasher;
        if let Some(newest) = newest {
            self.judge_hash(entry, newest)?;
        }
        let check = hasher.check(permit, newest, entry.bytes()).await;
        if check.matches || !entry.password.is_altered() {
            return Ok(check);
        }
        // Hashes of earlier versions and of other programs are of the entry itself. The work depends on
        // the entry alone, so that it tells nothing of whose it is.
        let as_entered = Zeroizing::new(entry.password.expose().to_vec());
        let check = hasher.check(permit, newest, as_entered).await;
        Ok(HashCheck {
            outdated: check.outdated || check.matches,
            ..check
        })
    }

    fn judge_hash(&self, entry: PasswordEntry<'_>, hash: &PasswordHash) -> Result<(), Unavailable> {
        let judged = self.ports().hasher.judge(hash);
        judged.map_err(|uncheckable| {
            let (subject, purpose) = (entry.subject, entry.purpose.name());
            tracing::error!(
                %subject, purpose, %uncheckable,
                "a password hash can never be checked: give its owner a new one"
            );
            Unavailable::of_no_use(
                hash_section(entry.subject),
                format!("a password hash can never be checked ({uncheckable})"),
            )
        })
    }

    /// Keeps a hash of current parameters in the place of `imported`. An entry was right either way.
    pub(crate) async fn renew_hash(
        &self,
        permit: &HashPermit,
        entry: PasswordEntry<'_>,
        imported: &PasswordHash,
    ) {
        let renewed = StoredHash {
            replaces: HashDigest::of(imported),
            hash: self.ports().hasher.hash(permit, entry.bytes()).await,
        };
        let attempts = &self.ports().attempts;
        let kept = attempts.remember_hash(entry.subject, entry.purpose, renewed);
        if let Err(unavailable) = kept.await {
            tracing::warn!(%unavailable, "a hash of older parameters could not be renewed");
        }
    }
}

impl PasswordEntry<'_> {
    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.password.to_hash().to_vec())
    }
}

/// Where the hashes of somebody's passwords come from.
fn hash_section(subject: &Subject) -> &'static str {
    if subject.is_staff() {
        STAFF_DIRECTORY
    } else {
        "user_directory"
    }
}

/// Where the system that checks the passwords of a purpose is set up.
const fn verifier_section(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Transaction => "transaction_verifier",
        Purpose::Login | Purpose::Otp | Purpose::Retrieval | Purpose::StaffDecision => {
            "login_verifier"
        }
    }
}

impl AttemptFailure {
    /// `verifier` is what is said of a verifier that failed.
    pub(crate) fn into_refusal(self, verifier: fn(Unavailable) -> Refusal) -> Refusal {
        match self {
            Self::Store(unavailable) => Refusal::Unavailable(unavailable),
            Self::Verifier(unavailable) => verifier(unavailable),
            Self::Overloaded => Refusal::Overloaded,
        }
    }
}
