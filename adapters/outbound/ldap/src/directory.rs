use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join_all, try_join3};
use ldap3::{Scope, SearchEntry, ldap_escape};
use warifu_adapter_kit::SettingError;
use warifu_core::domain::{
    Contract, ContractNumber, Edition, PasswordVersion, Permission, Subject, User, UserId,
};

use crate::connection::{Connection, NO_ATTRIBUTES, Search};
use crate::failure::Failure;
use crate::mapping::Attributes;
use crate::passwords::check_tenant;
use crate::pool::Pool;
use crate::server::LdapServer;
use crate::template::{FilterTemplate, NameTemplate};

/// The section of the configuration that errors name.
const PORT: &str = "user_directory";

/// Searches that are under way at once on one connection. Servers put the rest aside.
const AT_ONCE: usize = 20;

/// Who has a right.
#[derive(Clone, Debug)]
pub enum Right {
    /// Nobody.
    Nobody,
    /// Whose entry matches this filter; `{contract}` may stand in it.
    Matching(String),
    /// Who is a member of the group of this name; `{contract}` may stand in it.
    InGroup {
        /// The name of the group's entry.
        name: String,
        /// Its attribute with the names of the members' entries.
        member: String,
    },
}

/// Where users and contracts are, and what of theirs is where.
#[derive(Clone, Debug)]
pub struct LdapDirectorySettings {
    /// The server.
    pub server: LdapServer,
    /// Where users are; `{contract}` may stand in it.
    pub base: String,
    /// Which entry there is a user's: with `{user}`, and `{contract}` unless `base` has it.
    pub user_filter: String,
    /// The attribute with the user's ID.
    pub user_id: String,
    /// The attribute with the user's name.
    pub user_name: String,
    /// The attribute with the user's mail address.
    pub mail: String,
    /// The attribute with the end of an earlier certificate.
    pub certificate_not_after: Option<String>,
    /// The attribute that stays with a person whatever they are called.
    pub identity: String,
    /// The attribute that changes with the login password.
    pub password_changed: String,
    /// Who is switched off.
    pub disabled: Right,
    /// Who is a service administrator.
    pub service_administrator: Right,
    /// Who may reissue besides.
    pub reissue_right: Right,
    /// Where contracts are; without it, where users are.
    pub contract_base: Option<String>,
    /// Which entry there is a contract's.
    pub contract_filter: String,
    /// The attribute with the company's name.
    pub contract_name: String,
    /// The attribute with the edition's key.
    pub edition: String,
    /// The edition of contracts that name none.
    pub default_edition: Edition,
    /// The attribute with the address for paper notices.
    pub registered_address: String,
}

/// [`Right`], read.
enum Rule {
    Nobody,
    Matching(FilterTemplate),
    InGroup { name: NameTemplate, member: String },
}

/// The users of an LDAP directory.
pub struct LdapDirectory {
    pub(crate) pool: Pool,
    pub(crate) base: NameTemplate,
    user_filter: FilterTemplate,
    pub(crate) contract_base: NameTemplate,
    contract_filter: FilterTemplate,
    attributes: Attributes,
    default_edition: Edition,
    disabled: Rule,
    service_administrator: Rule,
    reissue_right: Rule,
}

impl LdapDirectory {
    /// Reads the settings; nothing is connected yet.
    pub fn new(settings: &LdapDirectorySettings) -> Result<Self, SettingError> {
        let base = NameTemplate::parse("base", &settings.base)?;
        let user_filter = FilterTemplate::parse("user_filter", &settings.user_filter, true)?;
        check_tenant(&base, &user_filter)?;
        let contract_base = match &settings.contract_base {
            Some(base) => NameTemplate::parse("contract_base", base)?,
            None => base.clone(),
        };
        let contract_filter =
            FilterTemplate::parse("contract_filter", &settings.contract_filter, false)?;
        if !contract_filter.has_contract() && !contract_base.has_contract() {
            let message = "must have {contract} in it, or contract_base must";
            return Err(SettingError::new("contract_filter", message));
        }
        Ok(Self {
            pool: Pool::new(&settings.server, PORT)?,
            attributes: Attributes {
                user_id: attribute("user_id", &settings.user_id)?,
                user_name: attribute("user_name", &settings.user_name)?,
                mail: attribute("mail", &settings.mail)?,
                certificate_not_after: match &settings.certificate_not_after {
                    Some(name) => Some(attribute("certificate_not_after", name)?),
                    None => None,
                },
                identity: attribute("identity", &settings.identity)?,
                password_changed: attribute("password_changed", &settings.password_changed)?,
                contract_name: attribute("contract_name", &settings.contract_name)?,
                edition: attribute("edition", &settings.edition)?,
                registered_address: attribute("registered_address", &settings.registered_address)?,
            },
            default_edition: settings.default_edition.clone(),
            disabled: Rule::read("disabled", &settings.disabled)?,
            service_administrator: Rule::read(
                "service_administrator",
                &settings.service_administrator,
            )?,
            reissue_right: Rule::read("reissue_right", &settings.reissue_right)?,
            base,
            user_filter,
            contract_base,
            contract_filter,
        })
    }

    fn search_users(&self, contract: &ContractNumber, filter: String) -> Search {
        Search {
            base: self.base.fill(contract.as_str()),
            scope: Scope::Subtree,
            filter,
            attributes: self.attributes.of_user(),
            limit: 0,
            base_may_be_missing: self.base.has_contract(),
        }
    }

    pub(crate) async fn contract_in(
        &self,
        connection: &Connection,
        number: &ContractNumber,
    ) -> Result<Option<Contract>, Failure> {
        let search = Search {
            base: self.contract_base.fill(number.as_str()),
            scope: Scope::Subtree,
            filter: self.contract_filter.fill(number.as_str(), None),
            attributes: self.attributes.of_contract(),
            limit: 2,
            base_may_be_missing: self.contract_base.has_contract(),
        };
        let entry = only_one(connection.search(&search).await?, || {
            format!("contract {number} has several entries: make contract_filter fit")
        })?;
        Ok(entry.map(|entry| {
            self.attributes
                .contract(number.clone(), &self.default_edition, &entry)
        }))
    }

    pub(crate) async fn user_in(
        &self,
        connection: &Connection,
        subject: &Subject,
    ) -> Result<Option<(User, Option<PasswordVersion>)>, Failure> {
        let contract = &subject.contract;
        let user = Some(subject.user.as_str());
        let filter = self.user_filter.fill(contract.as_str(), user);
        let mut search = self.search_users(contract, filter.clone());
        search.limit = 2;
        let mut entries = connection.search(&search).await?;
        // Servers compare more loosely than they should be taken at their word for.
        entries.retain(|entry| self.attributes.user_ids(entry).any(|id| id == subject.user));
        let entry = only_one(entries, || {
            format!("{subject} has several entries: make user_filter fit")
        })?;
        let Some(entry) = entry else {
            return Ok(None);
        };
        let version = self.attributes.password_version(&entry);
        let mut user = vec![(
            entry.dn.clone(),
            self.attributes.user(subject.clone(), &entry),
        )];
        self.add_rights(connection, contract, &filter, &mut user)
            .await?;
        Ok(user.pop().map(|(_, user)| (user, version)))
    }

    /// The users of these IDs, in their order, each by the name of the entry.
    pub(crate) async fn users_in(
        &self,
        connection: &Connection,
        contract: &ContractNumber,
        ids: &[UserId],
    ) -> Result<Vec<User>, Failure> {
        let anybody = self.user_filter.fill(contract.as_str(), None);
        let attribute = &self.attributes.user_id;
        let these: Vec<String> = ids
            .iter()
            .map(|id| format!("({attribute}={})", ldap_escape(id.as_str())))
            .collect();
        let these = these.concat();
        let filter = format!("(&{anybody}(|{these}))");
        let entries = connection
            .search(&self.search_users(contract, filter.clone()))
            .await?;
        let mut found: BTreeMap<UserId, SearchEntry> = BTreeMap::new();
        for entry in entries {
            let id = self.attributes.user_ids(&entry).find(|id| ids.contains(id));
            if let Some(id) = id {
                found.entry(id).or_insert(entry);
            }
        }
        let mut users: Vec<(String, User)> = found
            .into_iter()
            .map(|(id, entry)| {
                let subject = Subject::new(contract.clone(), id);
                let user = self.attributes.user(subject, &entry);
                (entry.dn, user)
            })
            .collect();
        self.add_rights(connection, contract, &filter, &mut users)
            .await?;
        Ok(users.into_iter().map(|(_, user)| user).collect())
    }

    /// Finds out what the users of these entries may do. `filter` matches them, and others at most.
    async fn add_rights(
        &self,
        connection: &Connection,
        contract: &ContractNumber,
        filter: &str,
        users: &mut [(String, User)],
    ) -> Result<(), Failure> {
        let names: Vec<String> = users.iter().map(|(name, _)| name.clone()).collect();
        let holders = |rule| self.holders(connection, contract, filter, &names, rule);
        let (disabled, administrators, entitled) = try_join3(
            holders(&self.disabled),
            holders(&self.service_administrator),
            holders(&self.reissue_right),
        )
        .await?;
        for (name, user) in users {
            user.disabled = disabled.contains(name);
            user.service_administrator = administrators.contains(name);
            if entitled.contains(name) {
                user.permissions
                    .insert(Permission::ReissueRetrievalPassword);
            }
        }
        Ok(())
    }

    /// Which of the entries `names` a rule is true for.
    async fn holders(
        &self,
        connection: &Connection,
        contract: &ContractNumber,
        filter: &str,
        names: &[String],
        rule: &Rule,
    ) -> Result<BTreeSet<String>, Failure> {
        match rule {
            Rule::Nobody => Ok(BTreeSet::new()),
            Rule::Matching(template) => {
                let rule = template.fill(contract.as_str(), None);
                let mut search = self.search_users(contract, format!("(&{filter}{rule})"));
                search.attributes = no_attributes();
                let entries = connection.search(&search).await?;
                Ok(entries.into_iter().map(|entry| entry.dn).collect())
            }
            Rule::InGroup { name, member } => {
                let group = name.fill(contract.as_str());
                let may_be_missing = name.has_contract();
                let mut holders = BTreeSet::new();
                for names in names.chunks(AT_ONCE) {
                    let members = names.iter().map(async |name| {
                        let search = Search {
                            base: group.clone(),
                            scope: Scope::Base,
                            filter: format!("({member}={})", ldap_escape(name)),
                            attributes: no_attributes(),
                            limit: 1,
                            base_may_be_missing: may_be_missing,
                        };
                        let found = connection.search(&search).await?;
                        Ok::<_, Failure>((!found.is_empty()).then(|| name.clone()))
                    });
                    holders.extend(try_join_all(members).await?.into_iter().flatten());
                }
                Ok(holders)
            }
        }
    }

    /// The IDs of all users of a contract, in order.
    pub(crate) async fn ids_in(
        &self,
        connection: &Connection,
        contract: &ContractNumber,
    ) -> Result<BTreeSet<UserId>, Failure> {
        let filter = self.user_filter.fill(contract.as_str(), None);
        let mut search = self.search_users(contract, filter);
        search.attributes = vec![self.attributes.user_id.clone()];
        let entries = connection.list(&search).await?;
        // Of several IDs of one entry, the first: a user is listed once.
        Ok(entries
            .iter()
            .filter_map(|entry| self.attributes.user_ids(entry).next())
            .collect())
    }
}

impl Rule {
    fn read(key: &'static str, right: &Right) -> Result<Self, SettingError> {
        Ok(match right {
            Right::Nobody => Self::Nobody,
            Right::Matching(filter) => Self::Matching(FilterTemplate::parse(key, filter, false)?),
            Right::InGroup { name, member } => Self::InGroup {
                name: NameTemplate::parse(key, name)?,
                member: attribute(key, member)?,
            },
        })
    }
}

/// A name of an attribute: it stands in filters.
fn attribute(key: &'static str, name: &str) -> Result<String, SettingError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b';' | b'.');
    if name.is_empty() || !name.bytes().all(fits) {
        return Err(SettingError::new(key, "must be the name of an attribute"));
    }
    Ok(name.to_owned())
}

fn no_attributes() -> Vec<String> {
    NO_ATTRIBUTES.iter().map(|&name| name.to_owned()).collect()
}

fn only_one(
    mut entries: Vec<SearchEntry>,
    several: impl FnOnce() -> String,
) -> Result<Option<SearchEntry>, Failure> {
    if entries.len() > 1 {
        return Err(Failure::OfNoUse(several()));
    }
    Ok(entries.pop())
}

#[cfg(test)]
mod tests;
