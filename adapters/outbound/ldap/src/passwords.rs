use std::time::Duration;

use async_trait::async_trait;
use ldap3::Scope;
use tokio::time::Instant;
use warifu_adapter_kit::SettingError;
use warifu_core::domain::{PlainPassword, Subject};
use warifu_core::ports::{PasswordVerifier, Unavailable};

use crate::connection::{NO_ATTRIBUTES, Search};
use crate::failure::{Failure, code};
use crate::pool::{Kind, Pool};
use crate::server::LdapServer;
use crate::template::{FilterTemplate, NameTemplate};

/// How passwords are checked.
#[derive(Clone, Debug)]
pub struct LdapPasswordsSettings {
    /// The server.
    pub server: LdapServer,
    /// Where users are; `{contract}` may stand in it.
    pub base: String,
    /// Which entry there is a user's: with `{user}`, and `{contract}` unless `base` has it.
    pub user_filter: String,
    /// An entry of nobody's, bound as where there is no user: with a password that nobody knows,
    /// stored as those of users are, so that refusing it takes as long. Without one, a name that
    /// does not exist.
    pub decoy_dn: Option<String>,
}

/// Checks passwords by binding as their owners.
pub struct LdapPasswords {
    port: &'static str,
    searches: Pool,
    binds: Pool,
    base: NameTemplate,
    user_filter: FilterTemplate,
    decoy_dn: String,
    timeout: Duration,
}

impl LdapPasswords {
    /// Reads the settings; nothing is connected yet. `port` is the section of the configuration
    /// that errors name.
    pub fn new(settings: &LdapPasswordsSettings, port: &'static str) -> Result<Self, SettingError> {
        let base = NameTemplate::parse("base", &settings.base)?;
        let user_filter = FilterTemplate::parse("user_filter", &settings.user_filter, true)?;
        check_tenant(&base, &user_filter)?;
        let decoy_dn = match &settings.decoy_dn {
            Some(name) if name.is_empty() => {
                return Err(SettingError::new(
                    "decoy_dn",
                    "must be the name of an entry",
                ));
            }
            Some(name) => name.clone(),
            None => match base.fixed().as_str() {
                "" => "cn=nobody".to_owned(),
                fixed => format!("cn=nobody,{fixed}"),
            },
        };
        Ok(Self {
            port,
            searches: Pool::new(&settings.server, port)?,
            binds: Pool::new(&settings.server, port)?,
            base,
            user_filter,
            decoy_dn,
            timeout: settings.server.timeout,
        })
    }

    /// The name of the user's entry, where there is one.
    async fn name_of(
        &self,
        subject: &Subject,
        deadline: Instant,
    ) -> Result<Option<String>, Unavailable> {
        let contract = subject.contract.as_str();
        let search = Search {
            base: self.base.fill(contract),
            scope: Scope::Subtree,
            filter: self.user_filter.fill(contract, Some(subject.user.as_str())),
            attributes: NO_ATTRIBUTES.iter().map(|&name| name.to_owned()).collect(),
            limit: 2,
            base_may_be_missing: self.base.has_contract(),
        };
        let search = &search;
        self.searches
            .run(Kind::Search, deadline, |connection| async move {
                let found = connection.search(search).await.and_then(|mut entries| {
                    if entries.len() > 1 {
                        let reason = format!("{subject} has several entries: make user_filter fit");
                        return Err(Failure::OfNoUse(reason));
                    }
                    Ok(entries.pop().map(|entry| entry.dn))
                });
                (connection, found)
            })
            .await
    }

    async fn bind(
        &self,
        name: &str,
        password: &PlainPassword,
        deadline: Instant,
    ) -> Result<bool, Unavailable> {
        let Ok(password) = std::str::from_utf8(password.expose()) else {
            return Err(Unavailable::new(self.port, "ldap: a password is no text"));
        };
        self.binds
            .run(Kind::Bind, deadline, |mut connection| async move {
                let bound = connection.bind(name, password).await.and_then(verdict);
                (connection, bound)
            })
            .await
    }
}

/// What the result of a bind says of a password. An account that the server lets nobody into, for
/// whatever reason, is a wrong password: another answer would tell that it exists.
fn verdict(result: u32) -> Result<bool, Failure> {
    match result {
        code::SUCCESS => Ok(true),
        code::INVALID_CREDENTIALS
        | code::INAPPROPRIATE_AUTHENTICATION
        | code::INSUFFICIENT_ACCESS_RIGHTS
        | code::CONSTRAINT_VIOLATION
        | code::UNWILLING_TO_PERFORM
        | code::NO_SUCH_OBJECT
        | code::INVALID_DN_SYNTAX => Ok(false),
        other => Err(Failure::Unusable(format!(
            "the server answers {other} to a bind"
        ))),
    }
}

/// The contract stands in the base or in the filter, the user in the filter: else one contract
/// would see the users of another.
pub(crate) fn check_tenant(
    base: &NameTemplate,
    user_filter: &FilterTemplate,
) -> Result<(), SettingError> {
    let message = if !user_filter.has_user() {
        "must have {user} in it, such as (&(o={contract})(uid={user}))"
    } else if !user_filter.has_contract() && !base.has_contract() {
        "must have {contract} in it, or base must: a user ID is unique only within its contract"
    } else {
        return Ok(());
    };
    Err(SettingError::new("user_filter", message))
}

#[async_trait]
impl PasswordVerifier for LdapPasswords {
    async fn verify(
        &self,
        subject: &Subject,
        password: &PlainPassword,
    ) -> Result<bool, Unavailable> {
        let deadline = self.searches.deadline();
        if let Some(name) = self.name_of(subject, deadline).await? {
            return self.bind(&name, password, deadline).await;
        }
        self.bind(&self.decoy_dn, password, deadline).await?;
        Ok(false)
    }

    async fn decoy(&self, subject: &Subject, password: &PlainPassword) -> Result<(), Unavailable> {
        let deadline = self.searches.deadline();
        self.name_of(subject, deadline).await?;
        self.bind(&self.decoy_dn, password, deadline).await?;
        Ok(())
    }

    fn longest_check(&self) -> Duration {
        self.timeout
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.searches.check(&self.base.fixed()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> LdapPasswordsSettings {
        LdapPasswordsSettings {
            server: LdapServer::new("ldap://127.0.0.1"),
            base: "dc=bank,dc=example".to_owned(),
            user_filter: "(&(o={contract})(uid={user}))".to_owned(),
            decoy_dn: None,
        }
    }

    fn refusal(settings: &LdapPasswordsSettings) -> String {
        LdapPasswords::new(settings, "login_verifier")
            .map(|_| ())
            .expect_err("it is refused")
            .to_string()
    }

    #[test]
    fn a_filter_that_forgets_the_contract_or_the_user_is_refused() {
        let mut settings = settings();
        settings.user_filter = "(uid={user})".to_owned();
        assert!(refusal(&settings).contains("{contract}"));
        settings.base = "o={contract},dc=bank,dc=example".to_owned();
        assert!(LdapPasswords::new(&settings, "login_verifier").is_ok());
        settings.user_filter = "(o={contract})".to_owned();
        assert!(refusal(&settings).contains("{user}"));
    }

    #[test]
    fn the_decoy_is_nobody_below_what_all_contracts_share() {
        let mut settings = settings();
        settings.base = "o={contract},dc=bank,dc=example".to_owned();
        let passwords = LdapPasswords::new(&settings, "login_verifier").unwrap();
        assert_eq!(passwords.decoy_dn, "cn=nobody,dc=bank,dc=example");
        settings.decoy_dn = Some(String::new());
        assert!(refusal(&settings).starts_with("decoy_dn"));
    }

    #[test]
    fn accounts_that_nobody_gets_into_are_wrong_passwords_and_failures_are_not() {
        assert!(verdict(0).unwrap());
        for refused in [49, 48, 50, 19, 53, 32, 34] {
            assert!(!verdict(refused).unwrap(), "{refused}");
        }
        for failed in [1, 2, 3, 8, 10, 11, 13, 14, 51, 52, 80, 118] {
            assert!(verdict(failed).is_err(), "{failed}");
        }
    }
}
