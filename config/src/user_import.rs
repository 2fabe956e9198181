//! From a users file into the directory that a configuration chooses.

use std::collections::BTreeSet;
use std::path::Path;

use warifu_core::domain::{Subject, User, UserId};
use warifu_core::ports::{ImportSummary, ImportedContract, Unavailable, UserDirectory};
use warifu_memory::MemoryDirectory;

use crate::configuration::Configuration;
use crate::materials::Materials;
use crate::problem::{ConfigError, Problem};

/// How many users are taken from the directory at a time.
const BATCH: usize = 1_000;

/// What an import did, or would do.
#[derive(Clone, Debug)]
pub struct ImportedUsers {
    /// In numbers.
    pub summary: ImportSummary,
    /// Users who are switched off now, or gone.
    pub withdrawn: Vec<Subject>,
}

/// Brings the contracts of the users file `file` into the configuration's user directory, each in the
/// place of what the directory had of it; or only tells what that would change. Nothing where the
/// directory takes no users in.
///
/// Who is switched off afterwards, or gone, is told: their sessions have to end. Who is switched off is
/// told again when the import is repeated, after a program that died in between.
pub async fn import_users(
    configuration: &Configuration,
    file: &Path,
    dry_run: bool,
) -> Result<Option<ImportedUsers>, ConfigError> {
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
    let users = MemoryDirectory::load_judged(file, materials.hasher.clone())
        .map_err(|error| ConfigError::one(Problem::new("", "", error.to_string())))?;
    let mut whole = ImportSummary::default();
    let mut withdrawn = Vec::new();
    for contract in users.contracts() {
        withdrawn.extend(withdrawn_by(&contract, directory.users.as_ref()).await?);
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
    Ok(Some(ImportedUsers {
        summary: whole,
        withdrawn,
    }))
}

/// Who is switched off in `imported`, and who is in the directory and not in `imported`.
async fn withdrawn_by(
    imported: &ImportedContract,
    directory: &dyn UserDirectory,
) -> Result<Vec<Subject>, Unavailable> {
    let users = || imported.users.iter().map(|imported| &imported.user);
    let switched_off = users().filter(|user| user.disabled);
    let mut withdrawn: Vec<Subject> = switched_off.map(|user| user.subject.clone()).collect();
    let stay: BTreeSet<&UserId> = users().map(User::id).collect();
    let mut walk = directory.walk(&imported.contract.number, None);
    loop {
        let part = walk.next(BATCH).await?;
        if part.is_empty() {
            return Ok(withdrawn);
        }
        let gone = part.into_iter().filter(|user| !stay.contains(user.id()));
        withdrawn.extend(gone.map(|user| user.subject));
    }
}
