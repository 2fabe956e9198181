//! How a configuration sets directory, staff and stores up.

use std::sync::Arc;

use async_trait::async_trait;
use warifu_adapter_kit::{
    Adapter, AdapterError, Directory, DirectoryContext, NoSettings, Reload, Staff, StaffContext,
    Stores, StoresContext,
};
use warifu_core::domain::Subject;

use crate::cards::UsersFileCards;
use crate::directory::MemoryDirectory;
use crate::example_secrets::refuse_published;
use crate::settings::{MemoryStaffSettings, MemoryUsersSettings};
use crate::staff::MemoryStaff;
use crate::store::MemoryStore;
use crate::users_file::UsersFileError;

/// Users of a file, kept in memory.
pub struct MemoryUsers;

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
        let directory = MemoryDirectory::load_judged(path, context.hasher.clone());
        let directory = Arc::new(directory.map_err(|error| refusal(&error))?);
        refuse_published(path, context.environment)?;
        for hash in directory.hashes() {
            context.hasher.expect(&hash).await;
        }
        Ok(Directory {
            users: directory.clone(),
            tokens: Some(directory.clone()),
            staff: Some(MemoryStaff::of(directory.clone()).into()),
            cards: Some(Arc::new(UsersFileCards::new(path, directory.clone()))),
            reload: Some(Arc::new(UsersFile(directory))),
            import: None,
        })
    }
}

/// A line that is wrong says itself where it is.
fn refusal(error: &UsersFileError) -> AdapterError {
    match error.line() {
        Some(_) => AdapterError::Elsewhere(error.to_string()),
        None => AdapterError::setting("users_file", error.to_string()),
    }
}

struct UsersFile(Arc<MemoryDirectory>);

impl Reload for UsersFile {
    fn reload(&self) -> Result<Vec<Subject>, String> {
        let withdrawn = self.0.reload_and_compare();
        withdrawn.map_err(|error| error.to_string())
    }
}

/// Staff of a users file, kept in memory.
pub struct MemoryStaffMembers;

#[async_trait]
impl Adapter for MemoryStaffMembers {
    type Port = Staff;
    type Settings = MemoryStaffSettings;

    async fn build(
        &self,
        settings: &MemoryStaffSettings,
        context: &StaffContext,
    ) -> Result<Staff, AdapterError> {
        let Some(path) = &settings.users_file else {
            return Ok(context.of_user_directory.clone().unwrap_or_else(nobody));
        };
        let staff = MemoryStaff::load_judged(path, context.hasher.clone());
        let staff = staff.map_err(|error| refusal(&error))?;
        refuse_published(path, context.environment)?;
        Ok(Staff {
            reload: Some(Arc::new(StaffFile(staff.clone()))),
            ..staff.into()
        })
    }
}

/// Without a users file, nobody works in the back office, and nobody can log in there.
fn nobody() -> Staff {
    tracing::info!(
        "nobody can log in to the back office: staff_directory.memory.users_file names no file with \
         staff in it"
    );
    MemoryStaff::of(Arc::new(MemoryDirectory::empty())).into()
}

struct StaffFile(MemoryStaff);

impl Reload for StaffFile {
    fn reload(&self) -> Result<Vec<Subject>, String> {
        let read = self.0.reload().map_err(|error| error.to_string());
        read.map(|()| Vec::new())
    }
}

/// All stores in memory.
pub struct MemoryStores;

#[async_trait]
impl Adapter for MemoryStores {
    type Port = Stores;
    type Settings = NoSettings;

    async fn build(&self, _: &NoSettings, context: &StoresContext) -> Result<Stores, AdapterError> {
        let clock = context.clock.clone();
        let store = MemoryStore::new(clock);
        Ok(Stores::in_one(Arc::new(store), None))
    }

    fn refused_in_production(&self) -> Option<&'static str> {
        Some(
            "forgets every lock and password when the program ends and is refused unless \
             environment = \"development\"",
        )
    }
}
