//! The port of users over the searches of [`LdapDirectory`]. Of many users, the IDs are read first, for
//! few servers sort, and then the entries of those that are wanted.

use std::collections::{BTreeSet, VecDeque};

use async_trait::async_trait;
use futures_util::future::{join_all, try_join};
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::{Contract, ContractNumber, PasswordHash, Subject, User, UserId};
use warifu_core::ports::{DirectoryEntry, Unavailable, UserDirectory, UserWalk};

use crate::connection::Connection;
use crate::directory::LdapDirectory;
use crate::failure::Failure;
use crate::pool::Kind;

/// Users whose entries are asked for in one search.
const BATCH: usize = 100;

#[async_trait]
impl UserDirectory for LdapDirectory {
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable> {
        let deadline = self.pool.deadline();
        self.pool
            .run(Kind::Search, deadline, |connection| async move {
                let found = try_join(
                    self.user_in(&connection, subject),
                    self.contract_in(&connection, &subject.contract),
                )
                .await;
                let entry = found.map(|found| match found {
                    (Some((user, login_password)), Some(contract)) => Some(DirectoryEntry {
                        contract,
                        user,
                        login_password,
                    }),
                    _ => None,
                });
                (connection, entry)
            })
            .await
    }

    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable> {
        let deadline = self.pool.deadline();
        self.pool
            .run(Kind::Search, deadline, |connection| async move {
                let found = self.contract_in(&connection, number).await;
                (connection, found)
            })
            .await
    }

    /// Reads the IDs of all users of the contract, for few servers sort, and then the entries of
    /// those asked for.
    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let later = |id: &UserId| after.is_none_or(|after| id > after);
        let choose = |ids: BTreeSet<UserId>| ids.into_iter().filter(later).take(limit).collect();
        match limit {
            0 => Ok(Vec::new()),
            _ => self.users_among(contract, choose).await,
        }
    }

    async fn users_of(
        &self,
        contract: &ContractNumber,
        ids: &BTreeSet<UserId>,
    ) -> Result<Vec<User>, Unavailable> {
        let ids: Vec<UserId> = ids.iter().cloned().collect();
        self.entries_of(contract, &ids).await
    }

    async fn count(&self, contract: &ContractNumber) -> Result<usize, Unavailable> {
        Ok(self.ids(contract).await?.len())
    }

    async fn users_at(
        &self,
        contract: &ContractNumber,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let choose = |ids: BTreeSet<UserId>| ids.into_iter().skip(skip).take(limit).collect();
        match limit {
            0 => Ok(Vec::new()),
            _ => self.users_among(contract, choose).await,
        }
    }

    fn walk<'a>(
        &'a self,
        contract: &'a ContractNumber,
        after: Option<&UserId>,
    ) -> Box<dyn UserWalk + 'a> {
        Box::new(IdWalk {
            directory: self,
            contract,
            after: after.cloned(),
            left: None,
        })
    }

    /// Directories do not give hashes away: passwords are checked by bind.
    async fn imported_hash(
        &self,
        _subject: &Subject,
        _purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable> {
        Ok(None)
    }

    async fn check(&self) -> Result<(), Unavailable> {
        let bases = [self.base.fixed(), self.contract_base.fixed()];
        let different: BTreeSet<&String> = bases.iter().collect();
        let checks = join_all(different.into_iter().map(|base| self.pool.check(base)));
        checks.await.into_iter().collect()
    }
}

impl LdapDirectory {
    /// The IDs of all users of a contract, in order.
    async fn ids(&self, contract: &ContractNumber) -> Result<BTreeSet<UserId>, Unavailable> {
        let deadline = self.pool.deadline();
        self.pool
            .run(Kind::Search, deadline, |connection| async move {
                let ids = self.ids_in(&connection, contract).await;
                (connection, ids)
            })
            .await
    }

    /// The users whom `choose` chooses among all of a contract, in order.
    async fn users_among(
        &self,
        contract: &ContractNumber,
        choose: impl Fn(BTreeSet<UserId>) -> Vec<UserId> + Send + Sync,
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
    async fn entries_of(
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
}

/// A walk that lists the IDs at its first step and reads entries step by step.
struct IdWalk<'a> {
    directory: &'a LdapDirectory,
    contract: &'a ContractNumber,
    after: Option<UserId>,
    /// Whose entries are still to be read; `None` before the first step.
    left: Option<VecDeque<UserId>>,
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
            let users = self.directory.entries_of(self.contract, &ids).await?;
            // Only now: a step that failed is taken again.
            left.drain(..ids.len());
            if !users.is_empty() {
                return Ok(users);
            }
        }
        Ok(Vec::new())
    }
}
