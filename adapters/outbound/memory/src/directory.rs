use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::RwLock;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::{
    CodeLengths, Contract, ContractNumber, PasswordHash, PasswordVersion, Subject, User, UserId,
};
use warifu_core::ports::{
    DirectoryEntry, HashJudge, ImportedContract, ImportedUser, OneTimePasswordTokens, TotpToken,
    Unavailable, UserDirectory,
};
use zeroize::Zeroizing;

use crate::users_file::{Account, Users, UsersFileError};

/// The users of a users file, with their tokens. The bank's staff in it are
/// [`MemoryStaff`](crate::MemoryStaff)'s.
pub struct MemoryDirectory {
    /// Where the file is, to read it again.
    path: Option<PathBuf>,
    /// Who judges the hashes of the file.
    hashes: Option<Arc<dyn HashJudge>>,
    users: RwLock<Arc<Users>>,
}

impl MemoryDirectory {
    /// The users of the file at `path`, whatever their hashes cost: not for a service, where a hash
    /// that is never checked locks its owner out.
    pub fn load(path: impl Into<PathBuf>) -> Result<Self, UsersFileError> {
        Self::read(path.into(), None)
    }

    /// The users of the file at `path`. A hash that `hashes` can never check is refused, with its
    /// line; also whenever the file is read again.
    pub fn load_judged(
        path: impl Into<PathBuf>,
        hashes: Arc<dyn HashJudge>,
    ) -> Result<Self, UsersFileError> {
        Self::read(path.into(), Some(hashes))
    }

    fn read(path: PathBuf, hashes: Option<Arc<dyn HashJudge>>) -> Result<Self, UsersFileError> {
        let users = read(&path, hashes.as_deref())?;
        Ok(Self {
            path: Some(path),
            hashes,
            users: RwLock::new(Arc::new(users)),
        })
    }

    /// The users of a file's text; `origin` is what messages call it.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, UsersFileError> {
        let users = Users::parse(text, origin, None)?;
        Ok(Self {
            path: None,
            hashes: None,
            users: RwLock::new(Arc::new(users)),
        })
    }

    /// Nobody.
    pub fn empty() -> Self {
        Self {
            path: None,
            hashes: None,
            users: RwLock::default(),
        }
    }

    /// All contracts with their users, to import them into another directory.
    pub fn contracts(&self) -> Vec<ImportedContract> {
        let imported = |account: &Account| ImportedUser {
            user: account.user.clone(),
            login_password: account.login_password.clone(),
            transaction_password: account.transaction_password.clone(),
            token: account.totp.clone(),
        };
        let users = self.snapshot();
        let tenants = users.tenants.values().map(|tenant| ImportedContract {
            contract: tenant.contract.clone(),
            users: tenant.accounts.values().map(imported).collect(),
        });
        tenants.collect()
    }

    /// Every password hash in it, for who wants to know what they cost.
    pub(crate) fn hashes(&self) -> Vec<PasswordHash> {
        let users = self.snapshot();
        let accounts = users
            .tenants
            .values()
            .flat_map(|tenant| tenant.accounts.values());
        let hashes = accounts.flat_map(|account| {
            let both = [&account.login_password, &account.transaction_password];
            both.into_iter().flatten().cloned()
        });
        hashes.collect()
    }

    /// Reads the file again. The new users are known all at once; where the file is wrong, those
    /// known before stay. Users given as text stay as they are.
    pub fn reload(&self) -> Result<(), UsersFileError> {
        self.reload_and_compare().map(|_| ())
    }

    /// As [`Self::reload`]; tells who is switched off now, and who was known before and is gone.
    pub fn reload_and_compare(&self) -> Result<Vec<Subject>, UsersFileError> {
        let before = self.snapshot();
        if let Some(path) = &self.path {
            let users = Arc::new(read(path, self.hashes.as_deref())?);
            *self.users.write() = users;
        }
        let now = self.snapshot();
        let everybody = |users: &Arc<Users>| -> Vec<User> {
            let accounts = users.tenants.values();
            let accounts = accounts.flat_map(|tenant| tenant.accounts.values());
            accounts.map(|account| account.user.clone()).collect()
        };
        let switched_off = everybody(&now).into_iter().filter(|user| user.disabled);
        let gone = everybody(&before)
            .into_iter()
            .filter(|user| now.account(&user.subject).is_none());
        Ok(switched_off.chain(gone).map(|user| user.subject).collect())
    }

    pub(crate) fn snapshot(&self) -> Arc<Users> {
        self.users.read().clone()
    }
}

fn read(path: &Path, hashes: Option<&dyn HashJudge>) -> Result<Users, UsersFileError> {
    let origin = path.display().to_string();
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| UsersFileError::unreadable(&origin, &error))?;
    Users::parse(&text, &origin, hashes)
}

#[async_trait]
impl UserDirectory for MemoryDirectory {
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable> {
        let users = self.snapshot();
        Ok(users
            .account(subject)
            .map(|(tenant, account)| DirectoryEntry {
                contract: tenant.contract.clone(),
                user: account.user.clone(),
                login_password: account
                    .login_password
                    .as_ref()
                    .map(PasswordVersion::of_hash),
            }))
    }

    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable> {
        let users = self.snapshot();
        Ok(users
            .tenants
            .get(number)
            .map(|tenant| tenant.contract.clone()))
    }

    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let users = self.snapshot();
        let Some(tenant) = users.tenants.get(contract) else {
            return Ok(Vec::new());
        };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let accounts = tenant.accounts.range::<UserId, _>((from, Bound::Unbounded));
        Ok(accounts
            .take(limit)
            .map(|(_, account)| account.user.clone())
            .collect())
    }

    async fn count(&self, contract: &ContractNumber) -> Result<usize, Unavailable> {
        let users = self.snapshot();
        let tenant = users.tenants.get(contract);
        Ok(tenant.map_or(0, |tenant| tenant.accounts.len()))
    }

    async fn users_at(
        &self,
        contract: &ContractNumber,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let users = self.snapshot();
        let accounts = users.tenants.get(contract).into_iter();
        let accounts = accounts.flat_map(|tenant| tenant.accounts.values());
        let part = accounts.skip(skip).take(limit);
        Ok(part.map(|account| account.user.clone()).collect())
    }

    async fn imported_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable> {
        let users = self.snapshot();
        Ok(users
            .account(subject)
            .and_then(|(_, account)| match purpose {
                Purpose::Login => account.login_password.clone(),
                Purpose::Transaction => account.transaction_password.clone(),
                Purpose::Otp | Purpose::Retrieval | Purpose::StaffDecision => None,
            }))
    }

    async fn check(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl OneTimePasswordTokens for MemoryDirectory {
    async fn token(&self, subject: &Subject) -> Result<Option<TotpToken>, Unavailable> {
        let users = self.snapshot();
        Ok(users
            .account(subject)
            .and_then(|(_, account)| account.totp.clone()))
    }

    fn code_lengths(&self) -> CodeLengths {
        self.snapshot().code_lengths.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(user: &str) -> String {
        format!(
            "[[contracts]]\nnumber = \"123456\"\nname = \"x\"\n\
             [[contracts.users]]\nid = \"{user}\"\nname = \"x\"\n"
        )
    }

    async fn knows(directory: &MemoryDirectory, user: &str) -> bool {
        let subject = Subject::new("123456".parse().unwrap(), user.parse().unwrap());
        directory.find(&subject).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn a_reload_takes_the_new_file_whole_or_keeps_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        std::fs::write(&path, file("first")).unwrap();
        let directory = MemoryDirectory::load(&path).unwrap();
        assert!(knows(&directory, "first").await);

        std::fs::write(&path, file("second")).unwrap();
        directory.reload().unwrap();
        assert!(knows(&directory, "second").await);
        assert!(!knows(&directory, "first").await);

        std::fs::write(&path, file("third") + "nonsense = 1\n").unwrap();
        let error = directory.reload().unwrap_err();
        assert_eq!(error.line(), Some(7));
        assert!(
            error
                .to_string()
                .starts_with(&format!("{}:7: ", path.display())),
            "{error}"
        );
        assert!(knows(&directory, "second").await);
        assert!(!knows(&directory, "third").await);

        std::fs::remove_file(&path).unwrap();
        assert_eq!(directory.reload().unwrap_err().line(), None);
        assert!(knows(&directory, "second").await);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let Err(error) = MemoryDirectory::load("no/such/users.toml") else {
            panic!("there is no such file");
        };
        assert!(
            error
                .to_string()
                .starts_with("no/such/users.toml: cannot be read"),
            "{error}"
        );
    }
}
