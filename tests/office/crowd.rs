//! A contract with many users, and what looking at them costs, counted.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use warifu_core::customers::Operator;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::{
    Contract, ContractNumber, IssuedCertificate, KnownCertificate, PasswordHash, SerialNumber,
    Subject, User, UserId,
};
use warifu_core::ports::{
    CertificateRegister, DirectoryEntry, Unavailable, UserDirectory, UserWalk,
};
use warifu_core::{ListUsers, ListUsersPage, UserOverview};
use warifu_memory::MemoryDirectory;

use crate::bank::{Bank, CONTRACT};

/// What was asked for since the last look.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) calls: AtomicUsize,
    pub(crate) users: AtomicUsize,
    pub(crate) certificates: AtomicUsize,
    /// The most users that one call gave.
    pub(crate) largest: AtomicUsize,
}

/// [`Counts`], looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) calls: usize,
    pub(crate) users: usize,
    pub(crate) certificates: usize,
    pub(crate) largest: usize,
}

impl Counts {
    pub(crate) fn take(&self) -> Cost {
        let take = |count: &AtomicUsize| count.swap(0, Ordering::SeqCst);
        Cost {
            calls: take(&self.calls),
            users: take(&self.users),
            certificates: take(&self.certificates),
            largest: take(&self.largest),
        }
    }

    fn note(&self, users: Vec<User>) -> Vec<User> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.users.fetch_add(users.len(), Ordering::SeqCst);
        self.largest.fetch_max(users.len(), Ordering::SeqCst);
        users
    }
}

/// The bank's people, in a contract that has many users besides.
struct Crowd {
    people: Arc<dyn UserDirectory>,
    listed: MemoryDirectory,
    counts: Arc<Counts>,
}

impl Crowd {
    fn of(people: Arc<dyn UserDirectory>, size: usize, counts: Arc<Counts>) -> Self {
        let mut file = format!("[[contracts]]\nnumber = \"{CONTRACT}\"\nname = \"x\"\n");
        for number in 0..size {
            // Neither names nor ends are in the order of the IDs, and some are alike.
            let (name, day) = (number * 7 % 50, number * 3 % 28 + 1);
            let end = match number % 3 {
                0 => String::new(),
                _ => format!("certificate_not_after = \"2027-01-{day:02}T00:00:00Z\"\n"),
            };
            writeln!(
                file,
                "[[contracts.users]]\nid = \"pc{number:05}\"\nname = \"name {name:02}\"\n{end}"
            )
            .expect("a text can be written to");
        }
        let listed = MemoryDirectory::from_toml(&file, "the crowd").expect("a good users file");
        Self {
            people,
            listed,
            counts,
        }
    }
}

#[async_trait]
impl UserDirectory for Crowd {
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable> {
        self.people.find(subject).await
    }

    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable> {
        self.people.contract(number).await
    }

    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let users = self.listed.users(contract, after, limit).await?;
        Ok(self.counts.note(users))
    }

    async fn count(&self, contract: &ContractNumber) -> Result<usize, Unavailable> {
        self.counts.note(Vec::new());
        self.listed.count(contract).await
    }

    async fn users_at(
        &self,
        contract: &ContractNumber,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let users = self.listed.users_at(contract, skip, limit).await?;
        Ok(self.counts.note(users))
    }

    fn walk<'a>(
        &'a self,
        contract: &'a ContractNumber,
        after: Option<&UserId>,
    ) -> Box<dyn UserWalk + 'a> {
        Box::new(CountedWalk {
            walk: self.listed.walk(contract, after),
            counts: &self.counts,
        })
    }

    async fn imported_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable> {
        self.people.imported_hash(subject, purpose).await
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

struct CountedWalk<'a> {
    walk: Box<dyn UserWalk + 'a>,
    counts: &'a Counts,
}

#[async_trait]
impl UserWalk for CountedWalk<'_> {
    async fn next(&mut self, limit: usize) -> Result<Vec<User>, Unavailable> {
        Ok(self.counts.note(self.walk.next(limit).await?))
    }
}

/// Counts the users whose certificates are asked for; locks and passwords are asked for together
/// with them.
struct CountedRegister {
    register: Arc<dyn CertificateRegister>,
    counts: Arc<Counts>,
}

#[async_trait]
impl CertificateRegister for CountedRegister {
    async fn record(
        &self,
        subject: &Subject,
        certificate: &IssuedCertificate,
    ) -> Result<(), Unavailable> {
        self.register.record(subject, certificate).await
    }

    async fn revoke(&self, serial: SerialNumber) -> Result<(), Unavailable> {
        self.register.revoke(serial).await
    }

    async fn is_revoked(&self, serial: SerialNumber) -> Result<bool, Unavailable> {
        self.register.is_revoked(serial).await
    }

    async fn newest(
        &self,
        contract: &ContractNumber,
        users: &[UserId],
    ) -> Result<Vec<Option<KnownCertificate>>, Unavailable> {
        let certificates = &self.counts.certificates;
        certificates.fetch_add(users.len(), Ordering::SeqCst);
        self.register.newest(contract, users).await
    }
}

/// A bank with a contract of `size` users, and an administrator who lists them.
pub(crate) struct Listing {
    pub(crate) bank: Bank,
    pub(crate) operator: Operator,
    pub(crate) counts: Arc<Counts>,
    pub(crate) size: usize,
}

impl Listing {
    pub(crate) async fn of(size: usize) -> Self {
        let counts = Arc::new(Counts::default());
        let bank = Bank::with_ports(true, |ports| {
            let crowd = Crowd::of(ports.directory.clone(), size, counts.clone());
            ports.directory = Arc::new(crowd);
            ports.register = Arc::new(CountedRegister {
                register: ports.register.clone(),
                counts: counts.clone(),
            });
        });
        let operator = bank.user("admin01").await.operator;
        counts.take();
        Self {
            bank,
            operator,
            counts,
            size,
        }
    }

    /// What a list shows, and what it cost.
    pub(crate) async fn list(&self, query: ListUsers) -> (ListUsersPage, Cost) {
        let page = self.operator.list_users(query).await.expect("a list");
        (page, self.counts.take())
    }

    /// Everybody, as a walk over all meets them.
    pub(crate) async fn everybody(&self) -> Vec<UserOverview> {
        let (terminal, contract) = (self.bank.terminal(), &self.operator.contract);
        let mut walk = terminal.walk_users(contract, None, None);
        let mut all = Vec::new();
        loop {
            let overviews = walk.next().await.expect("the next users");
            if overviews.is_empty() {
                return all;
            }
            all.extend(overviews);
        }
    }
}
