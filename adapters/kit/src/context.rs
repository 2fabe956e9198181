//! What the adapter of a port is given besides its settings: a type a port, so that nothing can be
//! asked for that is not there yet.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use warifu_core::domain::StoreEpoch;
use warifu_core::ports::{
    AuditLineStore, AuditLog, Clock, OneTimePasswordTokens, OtpStepStore, OtpVerifier,
    PasswordCheck, PasswordHasher, PasswordVerifier, Randomness, UserDirectory,
};

use crate::built::Staff;
use crate::chains::Chains;
use crate::environment::Environment;
use crate::error::AdapterError;
use crate::guards::Guards;

/// For adapters of `password_store`.
pub struct StoresContext {
    /// Whether this is for real.
    pub environment: Environment,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets.
    pub randomness: Arc<dyn Randomness>,
    /// An operator accepts that a store has lost what it held: it is to be taken as it is, under a
    /// new name, as the successor of these.
    pub adopt: Option<Vec<StoreEpoch>>,
    /// Nothing is to be made: where there is nothing yet, the adapter answers
    /// [`AdapterError::NotYet`].
    pub look_only: bool,
}

/// For adapters of `user_directory`.
pub struct DirectoryContext {
    /// Whether this is for real.
    pub environment: Environment,
    /// Randomness for secrets.
    pub randomness: Arc<dyn Randomness>,
    /// The password hasher.
    pub hasher: Arc<dyn PasswordHasher>,
    /// What is put around back ends.
    pub guards: Arc<dyn Guards>,
    /// Nothing is to be made: where there is nothing yet, the adapter answers
    /// [`AdapterError::NotYet`].
    pub look_only: bool,
}

impl DirectoryContext {
    /// Guards a directory that is asked over a network: a call takes no longer than `deadline`; a
    /// back end that keeps failing is left alone for a while. `adapter` is the name that log and
    /// metrics show.
    pub fn guarded(
        &self,
        adapter: &str,
        deadline: Duration,
        directory: Arc<dyn UserDirectory>,
    ) -> Arc<dyn UserDirectory> {
        self.guards.user_directory(adapter, deadline, directory)
    }
}

/// For adapters of `staff_directory`.
pub struct StaffContext {
    /// Whether this is for real.
    pub environment: Environment,
    /// The password hasher.
    pub hasher: Arc<dyn PasswordHasher>,
    /// The bank's staff, where the user directory knows them, too.
    pub of_user_directory: Option<Staff>,
}

/// For adapters of `otp_verifier` and `staff_otp_verifier`.
pub struct OtpVerifierContext {
    /// Which of the two.
    pub section: &'static str,
    /// Whether this is for real.
    pub environment: Environment,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets.
    pub randomness: Arc<dyn Randomness>,
    /// Remembers the last code of each card, for all servers.
    pub otp_steps: Arc<dyn OtpStepStore>,
    /// The cards, where the directory of these people keeps them: see [`Self::tokens`].
    pub cards: Option<Arc<dyn OneTimePasswordTokens>>,
    /// What is put around back ends.
    pub guards: Arc<dyn Guards>,
}

impl OtpVerifierContext {
    /// The cards of the people whose codes are checked, for adapters that cannot do without. That
    /// their directory keeps none is a mistake of the configuration.
    pub fn tokens(&self) -> Result<Arc<dyn OneTimePasswordTokens>, AdapterError> {
        let needed = if self.section == "staff_otp_verifier" {
            "needs a staff directory that keeps the one-time-password cards of the staff, and the \
             selected one keeps none; select another adapter"
        } else {
            "needs a user directory that keeps the users' one-time-password cards, and the \
             selected one keeps none; select another adapter"
        };
        let cards = self.cards.clone();
        cards.ok_or_else(|| AdapterError::setting("", needed))
    }

    /// Makes a verifier that asks a back end a safe one: a call takes no longer than `deadline`; a
    /// back end that keeps failing is left alone for a while; a code is sent once at most. All of
    /// it holds over the servers that share the stores. That an outage is no free guess, the
    /// service sees to for every verifier.
    ///
    /// `adapter` is the name that log and metrics show.
    pub fn guarded(
        &self,
        adapter: &str,
        deadline: Duration,
        verifier: Arc<dyn OtpVerifier>,
    ) -> Arc<dyn OtpVerifier> {
        self.guards
            .otp_verifier(self.section, adapter, deadline, verifier)
    }
}

/// For adapters of `login_verifier` and `transaction_verifier`.
pub struct PasswordCheckContext {
    /// Which of the two.
    pub section: &'static str,
    /// Whether this is for real.
    pub environment: Environment,
    /// What is put around back ends.
    pub guards: Arc<dyn Guards>,
}

impl PasswordCheckContext {
    /// Guards a verifier that asks a back end: a check takes no longer than `deadline`; a back end
    /// that keeps failing is left alone for a while. That an outage is no free guess, the service
    /// sees to for every verifier. `adapter` is the name that log and metrics show.
    pub fn guarded(
        &self,
        adapter: &str,
        deadline: Duration,
        verifier: Arc<dyn PasswordVerifier>,
    ) -> PasswordCheck {
        let guards = &self.guards;
        PasswordCheck::Elsewhere(guards.password_verifier(
            self.section,
            adapter,
            deadline,
            verifier,
        ))
    }
}

/// For adapters of `certificate_authority`.
pub struct AuthorityContext {
    /// Whether this is for real.
    pub environment: Environment,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets.
    pub randomness: Arc<dyn Randomness>,
    /// Nothing is to be made: where there is nothing yet, the adapter answers
    /// [`AdapterError::NotYet`].
    pub look_only: bool,
}

/// How a program signs where its audit log stands.
#[derive(Clone)]
pub struct Signing {
    /// An Ed25519 key, PKCS#8 in PEM.
    pub key: Arc<SecretString>,
    /// After so many records.
    pub records: u64,
    /// After so long, where there was any record.
    pub interval: Duration,
}

/// For adapters of `audit_log`.
pub struct AuditLogContext {
    /// Whether this is for real.
    pub environment: Environment,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for the names of chains.
    pub randomness: Arc<dyn Randomness>,
    /// An operator is about to accept a loss: whatever is left of a log is to be used.
    pub accept_loss: bool,
    /// With what key the program signs where the log stands, and how often; nothing where it does not.
    pub signing: Option<Signing>,
    /// Nothing is to be made: where there is nothing yet, the adapter answers
    /// [`AdapterError::NotYet`].
    pub look_only: bool,
    /// How records become lines.
    pub chains: Arc<dyn Chains>,
}

impl AuditLogContext {
    /// An audit log whose lines `lines` keeps, chained like those of a file: for adapters that keep
    /// lines and leave to others what is in them.
    pub fn chained(&self, lines: Arc<dyn AuditLineStore>) -> Arc<dyn AuditLog> {
        self.chains.chained(lines)
    }
}
