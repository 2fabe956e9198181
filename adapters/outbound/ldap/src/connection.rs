//! One connection to the server.

use ldap3::controls::{Control, ControlType, PagedResults};
use ldap3::{Ldap, LdapConnAsync, ResultEntry, Scope, SearchEntry, SearchOptions, SearchResult};
use secrecy::ExposeSecret;

use crate::failure::{Failure, code};
use crate::server::Target;

/// What a search asks for where only the existence of entries matters.
pub(crate) const NO_ATTRIBUTES: &[&str] = &["1.1"];

/// Entries in one answer of a list.
const PAGE: i32 = 500;

/// Entries of one list. Beyond that something is wrong with the filter.
const MOST_ENTRIES: usize = 100_000;

/// What a search looks for.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) base: String,
    pub(crate) scope: Scope,
    pub(crate) filter: String,
    /// What to tell of the entries found.
    pub(crate) attributes: Vec<String>,
    /// How many entries at most; 0 for any number.
    pub(crate) limit: i32,
    /// Whether there may be nothing at the base: then nothing is found, too.
    pub(crate) base_may_be_missing: bool,
}

/// A connection that is driven by a task of its own. It closes when this is dropped.
pub(crate) struct Connection {
    ldap: Ldap,
}

impl Connection {
    /// Connects, and encrypts where that is set.
    pub(crate) async fn open(target: &Target) -> Result<Self, Failure> {
        let connecting = LdapConnAsync::with_settings(target.connecting.clone(), &target.url);
        let (driver, ldap) = connecting.await?;
        tokio::spawn(async move {
            if let Err(error) = driver.drive().await {
                tracing::debug!(%error, "a connection to the directory ended");
            }
        });
        Ok(Self { ldap })
    }

    /// Connects as the account that searches.
    pub(crate) async fn open_to_search(target: &Target) -> Result<Self, Failure> {
        let mut connection = Self::open(target).await?;
        if let (Some(name), Some(password)) = (&target.bind_dn, &target.bind_password) {
            let result = connection.bind(name, password.expose_secret()).await?;
            if result != code::SUCCESS {
                return Err(Failure::Unusable(format!(
                    "the server refuses the account {name}: it answers {result}"
                )));
            }
        }
        Ok(connection)
    }

    /// Whether it is known to be closed.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.ldap.is_closed()
    }

    /// Binds as `name` and gives the result code. An empty password is not sent: that would be
    /// taken for an anonymous bind, which succeeds.
    pub(crate) async fn bind(&mut self, name: &str, password: &str) -> Result<u32, Failure> {
        if password.is_empty() || name.is_empty() {
            return Ok(code::INVALID_CREDENTIALS);
        }
        Ok(self.ldap.simple_bind(name, password).await?.rc)
    }

    /// Searches. Several searches may be under way at once.
    pub(crate) async fn search(&self, search: &Search) -> Result<Vec<SearchEntry>, Failure> {
        let mut ldap = self.ldap.clone();
        ldap.with_search_options(SearchOptions::new().sizelimit(search.limit));
        let attributes = search.attributes.clone();
        let SearchResult(entries, result) = ldap
            .search(&search.base, search.scope, &search.filter, attributes)
            .await?;
        let over_limit = result.rc == code::SIZE_LIMIT_EXCEEDED && search.limit > 0;
        let nowhere = result.rc == code::NO_SUCH_OBJECT && search.base_may_be_missing;
        if result.rc == code::SUCCESS || over_limit {
            Ok(construct(entries))
        } else if nowhere {
            Ok(Vec::new())
        } else {
            Err(Failure::Refused(result))
        }
    }

    /// Searches for any number of entries, page by page. Only one such search may be under way.
    pub(crate) async fn list(&self, search: &Search) -> Result<Vec<SearchEntry>, Failure> {
        let mut found = Vec::new();
        let mut cookie = Vec::new();
        loop {
            let mut ldap = self.ldap.clone();
            let page = PagedResults { size: PAGE, cookie };
            let SearchResult(entries, result) = ldap
                .with_controls(page)
                .search(
                    &search.base,
                    search.scope,
                    &search.filter,
                    search.attributes.clone(),
                )
                .await?;
            if result.rc == code::NO_SUCH_OBJECT && search.base_may_be_missing {
                return Ok(Vec::new());
            }
            if result.rc != code::SUCCESS {
                return Err(Failure::Refused(result));
            }
            found.extend(construct(entries));
            if found.len() > MOST_ENTRIES {
                let reason = format!("{} has more than {MOST_ENTRIES} entries", search.filter);
                return Err(Failure::OfNoUse(reason));
            }
            let next = result.ctrls.iter().find_map(|control| match control {
                Control(Some(ControlType::PagedResults), raw) => {
                    Some(raw.parse::<PagedResults>().cookie)
                }
                _ => None,
            });
            cookie = next.unwrap_or_default();
            if cookie.is_empty() {
                return Ok(found);
            }
        }
    }
}

/// Referrals and intermediate messages are nobody's entries.
fn construct(entries: Vec<ResultEntry>) -> Vec<SearchEntry> {
    entries
        .into_iter()
        .filter(|entry| !entry.is_ref() && !entry.is_intermediate())
        .map(SearchEntry::construct)
        .collect()
}
