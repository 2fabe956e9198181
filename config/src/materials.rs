//! What everything is built from: clock, randomness, hasher, and what an adapter of each port is given.

use std::sync::{Arc, Weak};
use std::time::Duration;

use warifu_adapter_kit::{
    AuditLogContext, AuthorityContext, Chains, DirectoryContext, Environment, Guards,
    OtpVerifierContext, Signing, Stores, StoresContext,
};
use warifu_argon2::{Argon2Pool, Argon2SetupError};
use warifu_audit_file::ChainedAuditLog;
use warifu_core::domain::StoreEpoch;
use warifu_core::ports::{
    AuditLineStore, AuditLog, Clock, OnceStore, OneTimePasswordTokens, OtpStepStore,
    PasswordHasher, Randomness, StoreFacts,
};
use warifu_core::{StoreRecognition, StoreTime};
use warifu_decorators::Meters;
use warifu_system::{OsRandomness, SystemClock};

use crate::audit_log;
use crate::configuration::Configuration;
use crate::guards::Decorators;
use crate::problem::{ConfigError, Problem};

/// How often a server compares its clock with the store's.
const COMPARE_EVERY: Duration = Duration::from_secs(5);

/// What everything is built from.
pub(crate) struct Materials {
    pub(crate) environment: Environment,
    /// For what is no affair of the store's: how long something took.
    own_clock: Arc<dyn Clock>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) meters: Meters,
    look_only: bool,
}

impl Materials {
    pub(crate) fn new(configuration: &Configuration) -> Result<Self, ConfigError> {
        Ok(Self {
            environment: configuration.settings().environment,
            own_clock: Arc::new(SystemClock),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(OsRandomness),
            hasher: Arc::new(hasher(configuration)?),
            meters: Meters::default(),
            look_only: false,
        })
    }

    /// For building what is there, and making nothing.
    pub(crate) fn looking(self) -> Self {
        Self {
            look_only: true,
            ..self
        }
    }

    /// Goes by the clock of `stores` from now on, as long as they are in use.
    pub(crate) async fn follow(&mut self, stores: &Stores) -> Result<(), ConfigError> {
        let time = Arc::new(StoreTime::new(self.own_clock.clone()));
        time.compare(stores.facts.as_ref()).await?;
        tokio::spawn(keep_following(
            Arc::downgrade(&time),
            Arc::downgrade(&stores.facts),
        ));
        self.clock = time;
        Ok(())
    }

    pub(crate) fn for_stores(&self, adopt: Option<Vec<StoreEpoch>>) -> StoresContext {
        StoresContext {
            environment: self.environment,
            clock: self.clock.clone(),
            randomness: self.randomness.clone(),
            adopt,
            look_only: self.look_only,
        }
    }

    pub(crate) fn recognition<'a>(&'a self, audit_log: &'a dyn AuditLog) -> StoreRecognition<'a> {
        StoreRecognition {
            audit_log,
            now: self.clock.now(),
            randomness: self.randomness(),
        }
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        self.randomness.as_ref()
    }

    /// What stands around back ends, with what it remembers in `once`.
    pub(crate) fn guards(&self, once: Arc<dyn OnceStore>) -> Arc<dyn Guards> {
        Arc::new(Decorators {
            clock: self.own_clock.clone(),
            once,
            meters: self.meters.clone(),
        })
    }

    pub(crate) fn for_directory(&self, guards: Arc<dyn Guards>) -> DirectoryContext {
        DirectoryContext {
            environment: self.environment,
            randomness: self.randomness.clone(),
            hasher: self.hasher.clone(),
            guards,
            look_only: self.look_only,
        }
    }

    /// For a verifier of `section`, with the cards and the memory of used codes.
    pub(crate) fn for_codes(
        &self,
        section: &'static str,
        (cards, otp_steps): (
            Option<Arc<dyn OneTimePasswordTokens>>,
            Arc<dyn OtpStepStore>,
        ),
        guards: &Arc<dyn Guards>,
    ) -> OtpVerifierContext {
        OtpVerifierContext {
            section,
            environment: self.environment,
            clock: self.clock.clone(),
            randomness: self.randomness.clone(),
            otp_steps,
            cards,
            guards: guards.clone(),
        }
    }

    pub(crate) fn for_authority(&self) -> AuthorityContext {
        AuthorityContext {
            environment: self.environment,
            clock: self.clock.clone(),
            randomness: self.randomness.clone(),
            look_only: self.look_only,
        }
    }

    pub(crate) fn for_log(&self, accept_loss: bool, signing: Option<Signing>) -> AuditLogContext {
        let chains = HashChains(self.randomness.clone(), signing.clone());
        AuditLogContext {
            environment: self.environment,
            clock: self.clock.clone(),
            randomness: self.randomness.clone(),
            accept_loss,
            signing,
            look_only: self.look_only,
            chains: Arc::new(chains),
        }
    }
}

async fn keep_following(time: Weak<StoreTime>, facts: Weak<dyn StoreFacts>) {
    loop {
        tokio::time::sleep(COMPARE_EVERY).await;
        let (Some(time), Some(facts)) = (time.upgrade(), facts.upgrade()) else {
            return;
        };
        // A store that is away is told of by whoever needs it.
        let _ = time.compare(facts.as_ref()).await;
    }
}

/// Chains lines by their hashes, as those of a file are.
struct HashChains(Arc<dyn Randomness>, Option<Signing>);

impl Chains for HashChains {
    fn chained(&self, lines: Arc<dyn AuditLineStore>) -> Arc<dyn AuditLog> {
        let checkpoints = self.1.as_ref().and_then(audit_log::checkpoints);
        Arc::new(ChainedAuditLog::signing(lines, self.0.clone(), checkpoints))
    }
}

/// The password hasher of a configuration.
pub(crate) fn hasher(configuration: &Configuration) -> Result<Argon2Pool, ConfigError> {
    let hashing = configuration.settings().policy.hashing;
    Argon2Pool::new(&hashing.to_argon2(), Arc::new(OsRandomness)).map_err(|error| {
        let key = match error {
            Argon2SetupError::NoWorkers | Argon2SetupError::Thread(_) => "policy.hashing.workers",
            _ => "policy.hashing",
        };
        ConfigError::one(Problem::new(
            configuration.tree().origin_at(key),
            key,
            error.to_string(),
        ))
    })
}
