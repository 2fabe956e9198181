//! Many users of a contract: their IDs first, for few servers sort, and then the entries of those
//! that are wanted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_trait::async_trait;
use ldap3::{SearchEntry, ldap_escape};
use warifu_core::domain::{ContractNumber, Subject, User, UserId};
use warifu_core::ports::{Unavailable, UserWalk};

use crate::connection::Connection;
use crate::directory::LdapDirectory;
use crate::failure::Failure;
use crate::pool::Kind;

/// Users whose entries are asked for in one search.
const BATCH: usize = 100;

impl LdapDirectory {
    /// The IDs of all users of a contract, in order.
    pub(crate) async fn ids(
        &self,
        contract: &ContractNumber,
    ) -> Result<BTreeSet<UserId>, Unavailable> {
        let deadline = self.pool.deadline();
        self.pool
            .run(Kind::Search, deadline, |connection| async move {
                let ids = self.ids_in(&connection, contract).await;
                (connection, ids)
            })
            .await
    }

    /// The users whom `choose` chooses among all of a contract, in order.
    pub(crate) async fn users_among(
        &self,
        contract: &ContractNumber,
        choose: impl Fn(BTreeSet<UserId>) -> Vec<UserId> + Sync,
    ) -> Result<Vec<User>, Unavailable> {
        let (deadline, choose) = (self.pool.deadline(), &choose);
        self.pool
            .run(Kind::Search, deadline, |connection| async move {
                let listed = async {
                    let wanted = choose(self.ids_in(&connection, contract).await?);
                    self.users_in_batches(&connection, contract, &wanted).await
                };
                let users = listed.await;
                (connection, users)
            })
            .await
    }

    /// The users of these IDs who are still there, in order.
    async fn users_of(
        &self,
        contract: &ContractNumber,
        ids: &[UserId],
    ) -> Result<Vec<User>, Unavailable> {
        let deadline = self.pool.deadline();
        self.pool
            .run(Kind::Search, deadline, |connection| async move {
                let users = self.users_in_batches(&connection, contract, ids).await;
                (connection, users)
            })
            .await
    }

    async fn users_in_batches(
        &self,
        connection: &Connection,
        contract: &ContractNumber,
        ids: &[UserId],
    ) -> Result<Vec<User>, Failure> {
        let mut users = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            users.extend(self.users_in(connection, contract, ids).await?);
        }
        Ok(users)
    }

    /// The users of these IDs, in their order, each by the name of the entry.
    async fn users_in(
        &self,
        connection: &Connection,
        contract: &ContractNumber,
        ids: &[UserId],
    ) -> Result<Vec<User>, Failure> {
        let anybody = self.user_filter.to_filter(contract.as_str(), None);
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

    /// The IDs of all users of a contract, in order.
    async fn ids_in(
        &self,
        connection: &Connection,
        contract: &ContractNumber,
    ) -> Result<BTreeSet<UserId>, Failure> {
        let filter = self.user_filter.to_filter(contract.as_str(), None);
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

/// A walk that lists the IDs at its first step and reads entries step by step.
pub(crate) struct IdWalk<'a> {
    directory: &'a LdapDirectory,
    contract: &'a ContractNumber,
    after: Option<UserId>,
    /// Whose entries are still to be read; `None` before the first step.
    left: Option<VecDeque<UserId>>,
}

impl<'a> IdWalk<'a> {
    pub(crate) fn new(
        directory: &'a LdapDirectory,
        contract: &'a ContractNumber,
        after: Option<&UserId>,
    ) -> Self {
        Self {
            directory,
            contract,
            after: after.cloned(),
            left: None,
        }
    }
}

#[async_trait]
impl UserWalk for IdWalk<'_> {
    async fn next(&mut self, limit: usize) -> Result<Vec<User>, Unavailable> {
        let left = match &mut self.left {
            Some(left) => left,
            left => {
                let ids = self.directory.ids(self.contract).await?.into_iter();
                let after = self.after.as_ref();
                left.insert(
                    ids.filter(|id| after.is_none_or(|after| id > after))
                        .collect(),
                )
            }
        };
        // Where all of a step are gone meanwhile, the walk has not ended.
        while !left.is_empty() {
            let ids: Vec<UserId> = left.iter().take(limit).cloned().collect();
            let users = self.directory.users_of(self.contract, &ids).await?;
            // Only now: a step that failed is taken again.
            left.drain(..ids.len());
            if !users.is_empty() {
                return Ok(users);
            }
        }
        Ok(Vec::new())
    }
}
