use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::{Contract, ContractNumber, PasswordHash, Subject, User, UserId};
use warifu_core::ports::{DirectoryEntry, Unavailable, UserDirectory, UserWalk};

use crate::guard::Guard;

/// Any user directory that asks another system, guarded.
pub struct GuardedUserDirectory {
    inner: Arc<dyn UserDirectory>,
    guard: Guard,
}

impl GuardedUserDirectory {
    /// Around `inner`.
    pub fn new(inner: Arc<dyn UserDirectory>, guard: Guard) -> Self {
        Self { inner, guard }
    }
}

#[async_trait]
impl UserDirectory for GuardedUserDirectory {
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable> {
        self.guard.call(self.inner.find(subject)).await
    }

    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable> {
        self.guard.call(self.inner.contract(number)).await
    }

    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let users = self.inner.users(contract, after, limit);
        self.guard.call(users).await
    }

    async fn users_of(
        &self,
        contract: &ContractNumber,
        ids: &BTreeSet<UserId>,
    ) -> Result<Vec<User>, Unavailable> {
        self.guard.call(self.inner.users_of(contract, ids)).await
    }

    async fn count(&self, contract: &ContractNumber) -> Result<usize, Unavailable> {
        self.guard.call(self.inner.count(contract)).await
    }

    async fn users_at(
        &self,
        contract: &ContractNumber,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let users = self.inner.users_at(contract, skip, limit);
        self.guard.call(users).await
    }

    fn walk<'a>(
        &'a self,
        contract: &'a ContractNumber,
        after: Option<&UserId>,
    ) -> Box<dyn UserWalk + 'a> {
        Box::new(GuardedWalk {
            inner: self.inner.walk(contract, after),
            guard: &self.guard,
        })
    }

    /// Directories that keep no hashes answer this alone: it says nothing of the back end.
    async fn imported_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable> {
        let hash = self.inner.imported_hash(subject, purpose);
        self.guard.aside(hash).await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.guard.reach(self.inner.check()).await
    }
}

/// Each step of it is a call.
struct GuardedWalk<'a> {
    inner: Box<dyn UserWalk + 'a>,
    guard: &'a Guard,
}

#[async_trait]
impl UserWalk for GuardedWalk<'_> {
    async fn next(&mut self, limit: usize) -> Result<Vec<User>, Unavailable> {
        self.guard.call(self.inner.next(limit)).await
    }
}
