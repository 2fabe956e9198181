//! From a good configuration to wired use cases.

use std::sync::Arc;
use std::time::Duration;

use warifu_adapter_kit::{PasswordCheckContext, Reload, Signing, StaffContext};
use warifu_core::ports::{AuditLog, Unavailable};
use warifu_core::terminal::Terminal;
use warifu_core::{Ports, StoreRecognition, UseCases};
use warifu_decorators::{LateAuditLog, Meters};
use warifu_x509::X509ClientKeys;

use crate::audit_log::{self, KnownByLog};
use crate::configuration::Configuration;
use crate::materials::Materials;
use crate::past_watch::PastWatch;
use crate::problem::{ConfigError, Problem};
use crate::recognition::{Adoption, Belongings, replace_authority};

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
    let built = build(configuration, audit_log::signing(configuration)?).await?;
    let policy = configuration.settings().to_policy();
    Ok(Assembled {
        use_cases: UseCases::new(built.ports, policy),
        meters: built.meters,
        reload: built.reload,
    })
}

/// As [`assemble`], for a program at a terminal of the bank: the only place where what it may do is
/// made.
pub async fn assemble_terminal(configuration: &Configuration) -> Result<Terminal, ConfigError> {
    // Servers sign; a program that comes and goes would do nothing else.
    let built = build(configuration, None).await?;
    let policy = configuration.settings().to_policy();
    Ok(Terminal::new(built.ports, policy))
}

/// Every adapter that a configuration chooses.
struct Built {
    ports: Ports,
    meters: Meters,
    reload: Vec<Arc<dyn Reload>>,
}

async fn build(
    configuration: &Configuration,
    signing: Option<Signing>,
) -> Result<Built, ConfigError> {
    let (chosen, mut materials) = (&configuration.chosen, Materials::new(configuration)?);
    let for_stores = materials.for_stores(None);
    let stores = chosen.password_store.build(&for_stores).await?;
    materials.follow(&stores).await?;
    let guards = materials.guards(stores.once.clone());
    let for_directory = materials.for_directory(guards.clone());
    let directory = chosen.user_directory.build(&for_directory).await?;
    let for_codes = |section, cards| {
        let memory = (cards, stores.otp_steps.clone());
        materials.for_codes(section, memory, &guards)
    };
    let for_users = for_codes("otp_verifier", directory.tokens.clone());
    let otp_verifier = chosen.otp_verifier.build(&for_users).await?;
    let for_staff = StaffContext {
        environment: materials.environment,
        hasher: materials.hasher.clone(),
        of_user_directory: directory.staff,
    };
    let staff = chosen.staff_directory.build(&for_staff).await?;
    let for_staff = for_codes("staff_otp_verifier", staff.tokens);
    let staff_otp_verifier = chosen.staff_otp_verifier.build(&for_staff).await?;
    let for_passwords = |section| PasswordCheckContext {
        section,
        environment: materials.environment,
        guards: guards.clone(),
    };
    let login_verifier = &chosen.login_verifier;
    let login_verifier = login_verifier
        .build(&for_passwords("login_verifier"))
        .await?;
    let transaction_verifier = &chosen.transaction_verifier;
    let transaction_verifier = transaction_verifier
        .build(&for_passwords("transaction_verifier"))
        .await?;
    let for_authority = materials.for_authority();
    let certificate_authority = chosen.certificate_authority.build(&for_authority).await?;
    let audit_log = chosen
        .audit_log
        .build(&materials.for_log(false, signing))
        .await?;
    let audit_log: Arc<dyn AuditLog> = Arc::new(LateAuditLog::new(audit_log));
    let known = stores
        .identity
        .as_ref()
        .and_then(|identity| KnownByLog::new(configuration, stores.once.as_ref(), identity));
    miss_log(
        configuration,
        &materials.recognition(audit_log.as_ref()),
        known.as_ref(),
    )
    .await?;
    let belongings = Belongings {
        configuration,
        materials: &materials,
        stores: &stores,
        audit_log: audit_log.as_ref(),
        authority: Some(certificate_authority.as_ref()),
        directory: Some(directory.users.as_ref()),
    };
    let policy = configuration.settings().to_policy();
    let past_watch = PastWatch::of(&stores, &audit_log, &directory.users, policy);
    belongings.recognise().await?;
    if let Some(past_watch) = past_watch {
        let recognition = materials.recognition(audit_log.as_ref());
        if let Some((since, _)) = recognition.noted_since().await? {
            past_watch.begin(since);
        }
    }
    if let Some(known) = &known {
        known.note().await?;
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
        hasher: materials.hasher,
        audit_log,
        clock: materials.clock,
        randomness: materials.randomness,
    };
    Ok(Built {
        ports,
        meters: materials.meters,
        reload: directory.reload.into_iter().chain(staff.reload).collect(),
    })
}

const A_SECOND: Duration = Duration::from_secs(1);

/// Refuses a log that says nothing of a store which it was used with.
async fn miss_log(
    configuration: &Configuration,
    recognition: &StoreRecognition<'_>,
    known: Option<&KnownByLog<'_>>,
) -> Result<(), ConfigError> {
    if !is_log_missing(recognition, known).await? {
        return Ok(());
    }
    let key = "audit_log.file.path";
    let message = "holds nothing of the password store that it was used with: put the log's files \
                   back, or accept their loss with `warifu-admin store adopt`";
    let origin = configuration.tree().origin_at(key);
    Err(ConfigError::one(Problem::new(origin, key, message)))
}

async fn is_log_missing(
    recognition: &StoreRecognition<'_>,
    known: Option<&KnownByLog<'_>>,
) -> Result<bool, Unavailable> {
    match known {
        Some(known) if recognition.noted().await?.is_none() => known.is_known().await,
        _ => Ok(false),
    }
}

/// Accepts that the password store has lost what it held, is an older copy or another one than before,
/// or is used with another authority, where an operator has decided so; does nothing to a store that is
/// well.
pub async fn adopt_store(configuration: &Configuration) -> Result<Adoption, ConfigError> {
    let (chosen, mut materials) = (&configuration.chosen, Materials::new(configuration)?);
    let begun = materials.clock.now();
    let audit_log = chosen
        .audit_log
        .build(&materials.for_log(true, None))
        .await?;
    let noted = materials
        .recognition(audit_log.as_ref())
        .noted_since()
        .await?;
    let for_authority = materials.for_authority();
    let authority = chosen.certificate_authority.build(&for_authority).await?;
    let as_it_is = materials.for_stores(None);
    match chosen.password_store.build(&as_it_is).await {
        Ok(stores) => {
            let Some(identity) = &stores.identity else {
                return Ok(Adoption::NothingKept);
            };
            let guards = materials.guards(stores.once.clone());
            let for_directory = materials.for_directory(guards);
            let directory = chosen.user_directory.build(&for_directory).await?;
            let belongings = Belongings {
                configuration,
                materials: &materials,
                stores: &stores,
                audit_log: audit_log.as_ref(),
                authority: Some(authority.as_ref()),
                directory: Some(directory.users.as_ref()),
            };
            let known = KnownByLog::new(configuration, stores.once.as_ref(), identity);
            let recognition = materials.recognition(audit_log.as_ref());
            let log_lost = is_log_missing(&recognition, known.as_ref()).await?
                || recognition.notes_loss_since(begun).await?;
            if let Some(adoption) = belongings.adopt(identity, noted).await? {
                return Ok(match adoption {
                    Adoption::KnownAlready if log_lost => Adoption::LogAccepted,
                    adoption => adoption,
                });
            }
        }
        // What it has lost is what the operator accepts. A setting that is wrong is wrong again.
        Err(ConfigError::Refused(_)) => {}
        Err(unavailable @ ConfigError::Unavailable(_)) => return Err(unavailable),
    }
    let former = noted.map(|(_, epoch)| epoch);
    let adopted = materials.for_stores(Some(former.into_iter().collect()));
    let stores = chosen.password_store.build(&adopted).await?;
    materials.follow(&stores).await?;
    replace_authority(stores.facts.as_ref(), authority.as_ref()).await?;
    let guards = materials.guards(stores.once.clone());
    let for_directory = materials.for_directory(guards);
    let directory = chosen.user_directory.build(&for_directory).await?;
    let belongings = Belongings {
        configuration,
        materials: &materials,
        stores: &stores,
        audit_log: audit_log.as_ref(),
        authority: Some(authority.as_ref()),
        directory: Some(directory.users.as_ref()),
    };
    // What is left may be an older copy that lost its name.
    belongings.follow_adoption(noted).await?;
    if let Some(identity) = &stores.identity {
        // The log tells seconds: what it says of the time before is in an earlier one.
        tokio::time::sleep(A_SECOND).await;
        let recognition = materials.recognition(audit_log.as_ref());
        recognition.adopted(identity.epoch, former, None).await?;
    }
    Ok(Adoption::Done)
}

/// The audit log alone. Reaches its back end.
pub(crate) async fn only_audit_log(
    configuration: &Configuration,
) -> Result<Arc<dyn AuditLog>, ConfigError> {
    let materials = Materials::new(configuration)?;
    let audit_log = &configuration.chosen.audit_log;
    audit_log.build(&materials.for_log(false, None)).await
}
