//! What programs at a terminal do without a running service.

use std::sync::Arc;

use warifu_argon2::{Argon2Pool, Argon2Settings};
use warifu_core::ports::{HashClaimant, HashJudge, PasswordHasher};
use warifu_system::OsRandomness;
use zeroize::Zeroizing;

use crate::layers::Layers;
use crate::problem::{ConfigError, Problem};
use crate::registry::Registry;
use crate::settings::Settings;
use crate::strict;
use crate::tree::Tree;

/// Reads the settings that do not belong to an adapter. No adapter is looked at, so this works
/// before there is a store or a directory.
pub fn settings(layers: &Layers) -> Result<Settings, ConfigError> {
    let defaults = Layers::new().merge().map_err(ConfigError::Refused)?;
    let (mut tree, mut defaults) = (
        Tree::new(layers.merge().map_err(ConfigError::Refused)?),
        Tree::new(defaults),
    );
    for section in Registry::SECTIONS {
        tree.take(section);
        defaults.take(section);
    }
    strict::read(&tree, "", Some(&defaults), Registry::SECTIONS).map_err(ConfigError::Refused)
}

/// Hashes a password as the server would: an Argon2id PHC string for a users file.
pub async fn hash_password(
    settings: &Settings,
    password: Zeroizing<Vec<u8>>,
) -> Result<String, ConfigError> {
    let pool = pool(&Argon2Settings {
        workers: 1,
        ..settings.policy.hashing.to_argon2()
    })?;
    let permit = pool
        .permit(HashClaimant::Bank)
        .map_err(|error| ConfigError::one(Problem::new("", "policy.hashing", error.to_string())))?;
    Ok(pool.hash(&permit, password).await.expose_phc().to_owned())
}

/// Who judges whether the configured hasher can check a hash.
pub fn hash_judge(settings: &Settings) -> impl HashJudge + use<> {
    settings.policy.hashing.to_argon2().caps
}

/// How many passwords a second the configured hasher checks on all its threads when nothing else
/// runs, measured for `seconds`. Blocks meanwhile.
pub fn bench_hash(settings: &Settings, seconds: u64) -> Result<f64, ConfigError> {
    Ok(pool(&settings.policy.hashing.to_argon2())?.bare_rate(seconds))
}

fn pool(settings: &Argon2Settings) -> Result<Argon2Pool, ConfigError> {
    Argon2Pool::new(settings, Arc::new(OsRandomness))
        .map_err(|error| ConfigError::one(Problem::new("", "policy.hashing", error.to_string())))
}
