//! The settings of an LDAP directory, as a configuration has them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use warifu_adapter_kit::tls::read_ca;
use warifu_adapter_kit::values::{DurationWithin, EditionKey, IntegerWithin};
use warifu_adapter_kit::{AdapterError, secret_file};
use warifu_core::domain::Edition;

use crate::directory::{LdapDirectorySettings, Right};
use crate::passwords::LdapPasswordsSettings;
use crate::server::LdapServer;

const USER_FILTER: &str = "(&(o={contract})(uid={user}))";
const CONTRACT_FILTER: &str = "(&(objectClass=organization)(o={contract}))";

/// For one call to the directory, connecting included.
type Timeout = DurationWithin<1, 60>;
/// Connections to the directory.
type Connections = IntegerWithin<1, 256>;

/// Settings of `LdapUsers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LdapUsersSettings {
    /// `ldaps://host:port`; `ldap://host:port` with `start_tls`, or on this machine.
    url: String,
    /// Encrypt an `ldap://` connection before anything is said.
    #[serde(default)]
    start_tls: bool,
    /// The authorities of the server's certificate, in PEM; else those of the operating system.
    ca_file: Option<PathBuf>,
    /// The name of the account that searches; else searches are anonymous.
    bind_dn: Option<String>,
    /// A file with that account's password.
    bind_password_file: Option<PathBuf>,
    /// For one call, connecting included.
    timeout: Option<Timeout>,
    /// How many connections are open at most.
    connections: Option<Connections>,
    /// Where users are. `{contract}` may stand in it.
    base: String,
    /// Which entry there is a user's: with `{user}`, and `{contract}` unless `base` has it.
    user_filter: Option<String>,
    /// Who is switched off.
    disabled: Option<RightSettings>,
    /// Who is a service administrator.
    service_administrator: Option<RightSettings>,
    /// Who may reissue besides.
    reissue_right: Option<RightSettings>,
    /// Where contracts are; else where users are. `{contract}` may stand in it.
    contract_base: Option<String>,
    /// Which entry there is a contract's, with `{contract}`.
    contract_filter: Option<String>,
    /// The edition of contracts that name none.
    default_edition: Option<EditionKey>,
    /// Which attributes hold what.
    #[serde(default)]
    attributes: AttributeNames,
}

/// Who has a right: whose entry matches a filter, or who is a member of a group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RightSettings {
    /// A filter, such as `(employeeType=administrator)`. `{contract}` may stand in it.
    filter: Option<String>,
    /// The name of a group's entry. `{contract}` may stand in it.
    group: Option<String>,
    /// The group's attribute with the names of its members' entries: `member` unless it says so.
    member: Option<String>,
}

/// The names of attributes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AttributeNames {
    /// The user's ID: `uid` unless it says so.
    user_id: Option<String>,
    /// The user's name: `cn` unless it says so.
    user_name: Option<String>,
    /// The user's mail address: `mail` unless it says so.
    mail: Option<String>,
    /// The end of a certificate that the user has from elsewhere.
    certificate_not_after: Option<String>,
    /// What stays with a person whatever they are called: `entryUUID` unless it says so; of Active
    /// Directory, `objectGUID`.
    identity: Option<String>,
    /// What changes with the login password: `pwdChangedTime` unless it says so; of Active Directory,
    /// `pwdLastSet`.
    password_changed: Option<String>,
    /// The company's name, of a contract: `description` unless it says so.
    contract_name: Option<String>,
    /// The edition's key, of a contract: `businessCategory` unless it says so.
    edition: Option<String>,
    /// Where paper notices go, of a contract: `postalAddress` unless it says so.
    registered_address: Option<String>,
}

/// Settings of `LdapBind`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LdapBindSettings {
    /// `ldaps://host:port`; `ldap://host:port` with `start_tls`, or on this machine.
    url: String,
    /// Encrypt an `ldap://` connection before anything is said.
    #[serde(default)]
    start_tls: bool,
    /// The authorities of the server's certificate, in PEM; else those of the operating system.
    ca_file: Option<PathBuf>,
    /// The name of the account that searches; else searches are anonymous.
    bind_dn: Option<String>,
    /// A file with that account's password.
    bind_password_file: Option<PathBuf>,
    /// For one check, connecting included.
    timeout: Option<Timeout>,
    /// How many connections are open at most, for searches and again for binds.
    connections: Option<Connections>,
    /// Where users are. `{contract}` may stand in it.
    base: String,
    /// Which entry there is a user's: with `{user}`, and `{contract}` unless `base` has it.
    user_filter: Option<String>,
    /// An entry of nobody's with a password that nobody knows, stored as those of users are: bound
    /// where there is no user, so that it takes as long. Else a name that does not exist.
    pub(crate) decoy_dn: Option<String>,
}

/// What both kinds of settings say of the server.
struct Reach<'a> {
    url: &'a str,
    start_tls: bool,
    ca_file: &'a Option<PathBuf>,
    bind_dn: &'a Option<String>,
    bind_password_file: &'a Option<PathBuf>,
    timeout: Option<Timeout>,
    connections: Option<Connections>,
}

impl Reach<'_> {
    fn server(&self) -> Result<LdapServer, AdapterError> {
        let mut server = LdapServer::new(self.url);
        server.start_tls = self.start_tls;
        server.bind_dn.clone_from(self.bind_dn);
        server.bind_password =
            secret_file::read_text("bind_password_file", self.bind_password_file.as_deref())?;
        server.ca = read_ca(self.ca_file.as_ref())?;
        if let Some(timeout) = self.timeout {
            server.timeout = timeout.get();
        }
        if let Some(connections) = self.connections {
            server.connections = connections.get() as usize;
        }
        Ok(server)
    }
}

impl RightSettings {
    fn read(key: &'static str, settings: Option<&Self>) -> Result<Right, AdapterError> {
        let Some(settings) = settings else {
            return Ok(Right::Nobody);
        };
        match (&settings.filter, &settings.group, &settings.member) {
            (Some(filter), None, None) => Ok(Right::Matching(filter.clone())),
            (None, Some(group), member) => Ok(Right::InGroup {
                name: group.clone(),
                member: or(member.as_ref(), "member"),
            }),
            _ => Err(AdapterError::setting(
                key,
                "needs either filter, or group with or without member",
            )),
        }
    }
}

impl LdapUsersSettings {
    pub(crate) fn read(&self) -> Result<LdapDirectorySettings, AdapterError> {
        let reach = Reach {
            url: &self.url,
            start_tls: self.start_tls,
            ca_file: &self.ca_file,
            bind_dn: &self.bind_dn,
            bind_password_file: &self.bind_password_file,
            timeout: self.timeout,
            connections: self.connections,
        };
        let default_edition = match &self.default_edition {
            Some(EditionKey(edition)) => Some(edition.clone()),
            None => Edition::parse("standard"),
        };
        let default_edition = default_edition
            .ok_or_else(|| AdapterError::setting("default_edition", "is no edition"))?;
        let names = &self.attributes;
        Ok(LdapDirectorySettings {
            server: reach.server()?,
            base: self.base.clone(),
            user_filter: or(self.user_filter.as_ref(), USER_FILTER),
            user_id: or(names.user_id.as_ref(), "uid"),
            user_name: or(names.user_name.as_ref(), "cn"),
            mail: or(names.mail.as_ref(), "mail"),
            certificate_not_after: names.certificate_not_after.clone(),
            identity: or(names.identity.as_ref(), "entryUUID"),
            password_changed: or(names.password_changed.as_ref(), "pwdChangedTime"),
            disabled: RightSettings::read("disabled", self.disabled.as_ref())?,
            service_administrator: RightSettings::read(
                "service_administrator",
                self.service_administrator.as_ref(),
            )?,
            reissue_right: RightSettings::read("reissue_right", self.reissue_right.as_ref())?,
            contract_base: self.contract_base.clone(),
            contract_filter: or(self.contract_filter.as_ref(), CONTRACT_FILTER),
            contract_name: or(names.contract_name.as_ref(), "description"),
            edition: or(names.edition.as_ref(), "businessCategory"),
            default_edition,
            registered_address: or(names.registered_address.as_ref(), "postalAddress"),
        })
    }
}

impl LdapBindSettings {
    pub(crate) fn read(&self) -> Result<LdapPasswordsSettings, AdapterError> {
        let reach = Reach {
            url: &self.url,
            start_tls: self.start_tls,
            ca_file: &self.ca_file,
            bind_dn: &self.bind_dn,
            bind_password_file: &self.bind_password_file,
            timeout: self.timeout,
            connections: self.connections,
        };
        Ok(LdapPasswordsSettings {
            server: reach.server()?,
            base: self.base.clone(),
            user_filter: or(self.user_filter.as_ref(), USER_FILTER),
            decoy_dn: self.decoy_dn.clone(),
        })
    }
}

fn or(given: Option<&String>, default: &str) -> String {
    given.map_or_else(|| default.to_owned(), String::clone)
}
