//! From a users file into the directory that a configuration chooses.

use std::path::Path;

use warifu_core::ports::ImportSummary;
use warifu_memory::MemoryDirectory;

use crate::configuration::Configuration;
use crate::materials::Materials;
use crate::problem::{ConfigError, Problem};

/// Brings the contracts of the users file `file` into the configuration's user directory, each in the
/// place of what the directory had of it; or only tells what that would change. Nothing where the
/// directory takes no users in.
pub async fn import_users(
    configuration: &Configuration,
    file: &Path,
    dry_run: bool,
) -> Result<Option<ImportSummary>, ConfigError> {
    let (chosen, materials) = (&configuration.chosen, Materials::new(configuration)?);
    let stores = chosen
        .password_store
        .build(&materials.for_stores(None))
        .await?;
    let guards = materials.guards(stores.once);
    let for_directory = materials.for_directory(guards);
    let directory = chosen.user_directory.build(&for_directory).await?;
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
