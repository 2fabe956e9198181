use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use warifu_memory::{MemoryDirectory, MemoryStaff, MemoryStore, UsersFileError};
use zeroize::Zeroizing;

use super::staff_of;
use crate::users_file_cards::UsersFileCards;
use warifu_adapter_kit::Environment;
use warifu_adapter_kit::secret_file;
use warifu_adapter_kit::{
    Adapter, AdapterError, Directory, DirectoryContext, NoSettings, Reload, Stores, StoresContext,
};

const EXAMPLE: &str = include_str!("../../users.example.toml");

/// Users of a file, kept in memory.
pub(crate) struct MemoryUsers;

/// Settings of [`MemoryUsers`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemoryUsersSettings {
    /// The users file.
    users_file: PathBuf,
}

#[async_trait]
impl Adapter for MemoryUsers {
    type Port = Directory;
    type Settings = MemoryUsersSettings;

    async fn build(
        &self,
        settings: &MemoryUsersSettings,
        context: &DirectoryContext,
    ) -> Result<Directory, AdapterError> {
        let path = &settings.users_file;
        let directory = Arc::new(MemoryDirectory::load(path).map_err(
            |error| match error.line() {
                Some(_) => AdapterError::Elsewhere(error.to_string()),
                None => AdapterError::setting("users_file", error.to_string()),
            },
        )?);
        refuse_exposed(
            path,
            "user_directory.memory.users_file",
            context.environment,
        )?;
        Ok(Directory {
            users: directory.clone(),
            tokens: Some(directory.clone()),
            staff: Some(staff_of(MemoryStaff::of(directory.clone()))),
            cards: Some(Arc::new(UsersFileCards::new(path, directory.clone()))),
            reload: Some(Arc::new(UsersFile(directory))),
            import: None,
        })
    }
}

/// In production, refuses a users file whose secrets everybody knows, and warns of one that everybody
/// may read. `key` is the setting that names it.
pub(crate) fn refuse_exposed(
    path: &Path,
    key: &str,
    environment: Environment,
) -> Result<(), AdapterError> {
    if environment != Environment::Production {
        return Ok(());
    }
    if holds_an_example(path) {
        let reason = "holds a password or a card that is published as an example: \
                      everybody knows it, make new ones";
        return Err(AdapterError::path("users_file", path, reason));
    }
    if let Some(exposure) = secret_file::exposure(path) {
        tracing::warn!("{key}: {exposure}");
    }
    Ok(())
}

/// Whether a users file has a hash or a card's secret of the example that comes with Warifu.
fn holds_an_example(path: &Path) -> bool {
    let Ok(text) = fs::read_to_string(path).map(Zeroizing::new) else {
        return false;
    };
    EXAMPLE
        .lines()
        .filter(|line| line.contains("$argon2id$v=") || line.contains("secret = "))
        .filter_map(|line| line.split('"').nth(1))
        .any(|secret| text.contains(secret))
}

struct UsersFile(Arc<MemoryDirectory>);

impl Reload for UsersFile {
    fn reload(&self) -> Result<(), String> {
        self.0
            .reload()
            .map_err(|error: UsersFileError| error.to_string())
    }
}

/// All stores in memory.
pub(crate) struct MemoryStores;

#[async_trait]
impl Adapter for MemoryStores {
    type Port = Stores;
    type Settings = NoSettings;

    async fn build(&self, _: &NoSettings, context: &StoresContext) -> Result<Stores, AdapterError> {
        let store = Arc::new(MemoryStore::new(
            context.clock.clone(),
            context.randomness.as_ref(),
        ));
        Ok(Stores {
            identity: None,
            attempts: store.clone(),
            retrieval_passwords: store.clone(),
            sessions: store.clone(),
            once: store.clone(),
            quotas: store.clone(),
            otp_steps: store.clone(),
            paper_requests: store.clone(),
            register: store,
        })
    }

    fn refused_in_production(&self) -> Option<&'static str> {
        Some(
            "forgets every lock and password when the program ends and is refused unless \
             environment = \"development\"",
        )
    }
}
