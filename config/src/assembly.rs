//! From a good configuration to wired use cases.

use std::path::Path;
use std::sync::Arc;

use warifu_argon2::{Argon2Pool, Argon2SetupError};
use warifu_core::domain::StoreIdentity;
use warifu_core::ports::{AuditLog, ImportSummary};
use warifu_core::terminal::Terminal;
use warifu_core::{Ports, StoreRecognition, StoreRefusal, UseCases};
use warifu_decorators::Meters;
use warifu_memory::MemoryDirectory;
use warifu_system::{OsRandomness, SystemClock};
use warifu_x509::X509ClientKeys;

use crate::configuration::Configuration;
use crate::problem::{ConfigError, Problem};
use crate::registry::{Context, Reload};

/// The use cases of a server, wired, and what it needs beside them.
pub struct Assembled {
    /// The use cases.
    pub use_cases: UseCases,
    /// What the adapters measure of their back ends.
    pub meters: Meters,
    /// What can be read again while the program runs.
    pub reload: Vec<Arc<dyn Reload>>,
}

/// Builds every adapter that `configuration` chooses and wires a server's use cases to them. Reaches
/// the back ends.
pub async fn assemble(configuration: &Configuration) -> Result<Assembled, ConfigError> {
    let built = build(configuration).await?;
    let policy = configuration.settings().policy.to_policy();
    Ok(Assembled {
        use_cases: UseCases::new(built.ports, policy),
        meters: built.meters,
        reload: built.reload,
    })
}

/// As [`assemble`], for a program at a terminal of the bank: the only place where what it may do is
/// made.
pub async fn assemble_terminal(configuration: &Configuration) -> Result<Terminal, ConfigError> {
    let built = build(configuration).await?;
    let policy = configuration.settings().policy.to_policy();
    Ok(Terminal::new(built.ports, policy))
}

/// Every adapter that a configuration chooses.
struct Built {
    ports: Ports,
    meters: Meters,
    reload: Vec<Arc<dyn Reload>>,
}

async fn build(configuration: &Configuration) -> Result<Built, ConfigError> {
    let mut context = begin(configuration)?;
    let stores = configuration.password_store.build(&context).await?;
    context.stores = Some(stores.clone());
    let directory = configuration.user_directory.build(&context).await?;
    context.tokens.clone_from(&directory.tokens);
    let otp_verifier = configuration.otp_verifier.build(&context).await?;
    context.staff_of_directory.clone_from(&directory.staff);
    let staff = configuration.staff_directory.build(&context).await?;
    context.staff_tokens.clone_from(&staff.tokens);
    let staff_otp_verifier = configuration.staff_otp_verifier.build(&context).await?;
    let login_verifier = configuration.login_verifier.build(&context).await?;
    let transaction_verifier = configuration.transaction_verifier.build(&context).await?;
    let certificate_authority = configuration.certificate_authority.build(&context).await?;
    let audit_log = configuration.audit_log.build(&context).await?;
    if let Some(identity) = &stores.identity {
        recognise(configuration, &context, audit_log.as_ref(), identity).await?;
    }
    let ports = Ports {
        directory: directory.users,
        otp_verifier,
        otp_cards: directory.cards,
        staff_directory: staff.members,
        staff_otp_verifier,
        login_verifier,
        transaction_verifier,
        attempts: stores.attempts,
        retrieval_passwords: stores.retrieval_passwords,
        sessions: stores.sessions,
        once: stores.once,
        quotas: stores.quotas,
        paper_requests: stores.paper_requests,
        register: stores.register,
        certificate_authority,
        client_keys: Arc::new(X509ClientKeys),
        hasher: context.hasher,
        audit_log,
        clock: context.clock,
        randomness: context.randomness,
    };
    Ok(Built {
        ports,
        meters: context.meters,
        reload: directory.reload.into_iter().chain(staff.reload).collect(),
    })
}

/// What adapters are given before any of them is built.
fn begin(configuration: &Configuration) -> Result<Context, ConfigError> {
    Ok(Context {
        environment: configuration.settings().environment,
        clock: Arc::new(SystemClock),
        randomness: Arc::new(OsRandomness),
        hasher: Arc::new(hasher(configuration)?),
        adopt: None,
        accept_loss: false,
        meters: Meters::default(),
        stores: None,
        tokens: None,
        staff_of_directory: None,
        staff_tokens: None,
    })
}

fn recognition<'a>(context: &'a Context, audit_log: &'a dyn AuditLog) -> StoreRecognition<'a> {
    StoreRecognition {
        audit_log,
        now: context.clock.now(),
        randomness: context.randomness.as_ref(),
    }
}

async fn recognise(
    configuration: &Configuration,
    context: &Context,
    audit_log: &dyn AuditLog,
    identity: &StoreIdentity,
) -> Result<(), ConfigError> {
    let recognised = recognition(context, audit_log).recognise(identity).await;
    recognised.map_err(|refusal| match refusal {
        StoreRefusal::Unavailable(unavailable) => unavailable.into(),
        another @ StoreRefusal::Another { .. } => {
            let origin = configuration.tree().origin_at("password_store.adapter");
            let key = format!("password_store.{}", configuration.password_store.name);
            ConfigError::one(Problem::new(origin, key, another.to_string()))
        }
    })
}

/// What became of a wish to adopt a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// The store keeps nothing beyond the program: there is nothing to adopt.
    NothingKept,
    /// The store is the one that was used before: there is nothing to adopt.
    KnownAlready,
    /// Every program that uses the store is to be restarted; locks are open and retrieval passwords
    /// void as far as they were lost.
    Done,
}

/// Accepts that the password store has lost what it held, or is another one than before, where an
/// operator has decided so; does nothing to a store that is well.
pub async fn adopt_store(configuration: &Configuration) -> Result<Adoption, ConfigError> {
    let mut context = begin(configuration)?;
    context.accept_loss = true;
    let audit_log = configuration.audit_log.build(&context).await?;
    let noted = recognition(&context, audit_log.as_ref()).noted().await?;
    match configuration.password_store.build(&context).await {
        Ok(stores) => {
            let Some(identity) = stores.identity else {
                return Ok(Adoption::NothingKept);
            };
            let known = |noted| noted == identity.epoch || identity.succeeds.contains(&noted);
            if noted.is_none_or(known) {
                recognise(configuration, &context, audit_log.as_ref(), &identity).await?;
                return Ok(Adoption::KnownAlready);
            }
        }
        // What it has lost is what the operator accepts. A setting that is wrong is wrong again.
        Err(ConfigError::Refused(_)) => {}
        Err(unavailable @ ConfigError::Unavailable(_)) => return Err(unavailable),
    }
    context.adopt = Some(noted.into_iter().collect());
    let stores = configuration.password_store.build(&context).await?;
    if let Some(identity) = &stores.identity {
        recognition(&context, audit_log.as_ref())
            .adopted(identity, noted)
            .await?;
    }
    Ok(Adoption::Done)
}

/// The audit log alone. Reaches its back end.
pub(crate) async fn audit_log(
    configuration: &Configuration,
) -> Result<Arc<dyn AuditLog>, ConfigError> {
    configuration.audit_log.build(&begin(configuration)?).await
}

/// Brings the contracts of the users file `file` into the configuration's user directory, each in the
/// place of what the directory had of it; or only tells what that would change. Nothing where the
/// directory takes no users in.
pub async fn import_users(
    configuration: &Configuration,
    file: &Path,
    dry_run: bool,
) -> Result<Option<ImportSummary>, ConfigError> {
    let mut context = begin(configuration)?;
    context.stores = Some(configuration.password_store.build(&context).await?);
    let directory = configuration.user_directory.build(&context).await?;
    let Some(import) = directory.import else {
        return Ok(None);
    };
    let users = MemoryDirectory::load(file)
        .map_err(|error| ConfigError::one(Problem::new("", "", error.to_string())))?;
    let mut whole = ImportSummary::default();
    for contract in users.contracts() {
        let part = if dry_run {
            import.preview(&contract).await?
        } else {
            import.import(&contract).await?
        };
        whole.added += part.added;
        whole.changed += part.changed;
        whole.removed += part.removed;
        whole.unchanged += part.unchanged;
    }
    Ok(Some(whole))
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
