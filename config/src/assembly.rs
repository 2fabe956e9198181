//! From a good configuration to wired use cases.

use std::sync::Arc;
use std::time::Duration;

use warifu_argon2::{Argon2Pool, Argon2SetupError};
use warifu_core::ports::{Clock, PasswordHasher, Randomness};
use warifu_core::use_cases::{Ports, Warifu};
use warifu_decorators::Meters;
use warifu_inbound_http::HttpSettings;
use warifu_system::{OsRandomness, SystemClock};
use warifu_x509::X509ClientKeys;

use crate::configuration::Configuration;
use crate::problem::{ConfigError, Problem};
use crate::registry::{Context, Reload};

/// What the store may take before and after a code is checked, while the attempt stays reserved.
const AROUND_A_CHECK: Duration = Duration::from_secs(10);

/// Wired use cases and what a program needs beside them.
pub struct Assembled {
    /// The use cases.
    pub warifu: Warifu,
    /// What the server is told.
    pub http: HttpSettings,
    /// What can be read again while the program runs.
    pub reload: Vec<Arc<dyn Reload>>,
}

/// Builds every adapter that `configuration` chooses and wires the use cases to them. Reaches the
/// back ends.
pub async fn assemble(configuration: &Configuration) -> Result<Assembled, ConfigError> {
    let settings = configuration.settings();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let randomness: Arc<dyn Randomness> = Arc::new(OsRandomness);
    let hasher: Arc<dyn PasswordHasher> = Arc::new(hasher(configuration)?);
    let mut context = Context {
        environment: settings.environment,
        clock: clock.clone(),
        randomness: randomness.clone(),
        hasher: hasher.clone(),
        meters: Meters::default(),
        stores: None,
        tokens: None,
    };
    let stores = configuration.password_store.build(&context).await?;
    context.stores = Some(stores.clone());
    let directory = configuration.user_directory.build(&context).await?;
    context.tokens.clone_from(&directory.tokens);
    let otp_verifier = configuration.otp_verifier.build(&context).await?;
    configuration.login_verifier.build(&context).await?;
    configuration.transaction_verifier.build(&context).await?;
    let certificate_authority = configuration.certificate_authority.build(&context).await?;
    let audit_log = configuration.audit_log.build(&context).await?;
    let mut policy = settings.policy.to_policy();
    let otp_lease = otp_verifier.longest_check() + AROUND_A_CHECK;
    policy.otp.lease = policy.otp.lease.max(otp_lease);
    let mut http = settings
        .http
        .to_inbound(settings.admin, &settings.policy, &settings.site);
    let meters = context.meters;
    http.more_metrics
        .push(Arc::new(move |registry| meters.register(registry)));
    let ports = Ports {
        directory: directory.users,
        otp_verifier,
        attempts: stores.attempts,
        retrieval_passwords: stores.retrieval_passwords,
        sessions: stores.sessions,
        once: stores.once,
        quotas: stores.quotas,
        register: stores.register,
        certificate_authority,
        client_keys: Arc::new(X509ClientKeys),
        hasher,
        audit_log,
        clock,
        randomness,
    };
    Ok(Assembled {
        warifu: Warifu::new(ports, policy),
        http,
        reload: directory.reload.into_iter().collect(),
    })
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
