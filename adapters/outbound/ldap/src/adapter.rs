//! How a configuration sets directory and password checks up.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use warifu_adapter_kit::{
    Adapter, AdapterError, Directory, DirectoryContext, Environment, PasswordCheckContext,
    SettingError,
};
use warifu_core::ports::PasswordCheck;

use crate::directory::LdapDirectory;
use crate::passwords::LdapPasswords;
use crate::server::LdapServer;
use crate::settings::{LdapBindSettings, LdapUsersSettings};

/// Users of an LDAP directory.
pub struct LdapUsers;

/// Login or transaction passwords checked by binding as their owners.
pub struct LdapBind;

/// The deadline around a call: the adapter keeps its own, and says more where it passes.
fn around(server: &LdapServer) -> Duration {
    server.timeout + Duration::from_millis(250)
}

/// The adapter calls attributes by what they hold; here they have a table of their own.
fn refused(error: SettingError) -> AdapterError {
    let attribute = matches!(
        error.key.as_str(),
        "user_id"
            | "user_name"
            | "mail"
            | "certificate_not_after"
            | "contract_name"
            | "edition"
            | "registered_address"
    );
    let table = if attribute { "attributes." } else { "" };
    AdapterError::setting(format!("{table}{}", error.key), error.message)
}

#[async_trait]
impl Adapter for LdapUsers {
    type Port = Directory;
    type Settings = LdapUsersSettings;

    async fn build(
        &self,
        settings: &LdapUsersSettings,
        context: &DirectoryContext,
    ) -> Result<Directory, AdapterError> {
        let settings = settings.read()?;
        let deadline = around(&settings.server);
        let directory = Arc::new(LdapDirectory::new(&settings).map_err(refused)?);
        Ok(Directory {
            users: context.guarded("ldap", deadline, directory),
            tokens: None,
            staff: None,
            cards: None,
            reload: None,
            import: None,
        })
    }
}

#[async_trait]
impl Adapter for LdapBind {
    type Port = PasswordCheck;
    type Settings = LdapBindSettings;

    async fn build(
        &self,
        settings: &LdapBindSettings,
        context: &PasswordCheckContext,
    ) -> Result<PasswordCheck, AdapterError> {
        if settings.decoy_dn.is_none() && context.environment == Environment::Production {
            return Err(AdapterError::setting(
                "decoy_dn",
                "must be set in production: how long a refusal takes would tell who exists; name an \
                 entry whose password nobody knows, hashed as those of users are",
            ));
        }
        let settings = settings.read()?;
        let deadline = around(&settings.server);
        let passwords = Arc::new(LdapPasswords::new(&settings, context.section).map_err(refused)?);
        Ok(context.guarded("ldap", deadline, passwords))
    }
}
