//! The in-memory adapters, made ready for their suites.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use data_encoding::BASE32_NOPAD;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use toml::{Table, Value};
use warifu_contracts::one_time_password_tokens::TokensKit;
use warifu_contracts::samples::TestClock;
use warifu_contracts::staff_directory::{SampleStaff, StaffKit};
use warifu_contracts::user_directory::{DirectoryKit, SampleContract, SampleUser};
use warifu_contracts::{CaseResult, Fixture};
use warifu_core::ports::{
    OneTimePasswordTokens, StaffDirectory, TotpAlgorithm, TotpToken, UserDirectory,
};
use warifu_memory::{MemoryDirectory, MemoryStaff, MemoryStore};

/// A fresh store.
pub(crate) async fn store() -> Fixture<MemoryStore> {
    let clock = Arc::new(TestClock::default());
    let port = Arc::new(MemoryStore::new(clock.clone()));
    Fixture { port, clock }
}

/// A directory of a users file that is written anew and read again for every change.
struct UsersFile {
    path: PathBuf,
    directory: Arc<MemoryDirectory>,
    _folder: TempDir,
}

impl UsersFile {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("users.toml");
        std::fs::write(&path, "").expect("a writable folder");
        let directory = Arc::new(MemoryDirectory::load(&path).expect("an empty users file"));
        Self {
            path,
            directory,
            _folder: folder,
        }
    }

    fn rewrite(&self, contracts: &[SampleContract]) -> CaseResult {
        let contracts: Vec<Value> = contracts.iter().map(contract).collect();
        let file = Table::from_iter([("contracts".to_owned(), Value::from(contracts))]);
        std::fs::write(&self.path, file.to_string())?;
        Ok(self.directory.reload()?)
    }
}

/// A directory with nobody in it.
pub(crate) async fn directory() -> Arc<dyn DirectoryKit> {
    Arc::new(UsersFile::new())
}

/// The tokens of a directory with nobody in it.
pub(crate) async fn tokens() -> Arc<dyn TokensKit> {
    Arc::new(UsersFile::new())
}

/// A directory with no staff in it.
pub(crate) async fn staff() -> Arc<dyn StaffKit> {
    Arc::new(UsersFile::new())
}

#[async_trait]
impl StaffKit for UsersFile {
    fn directory(&self) -> Arc<dyn StaffDirectory> {
        Arc::new(MemoryStaff::of(self.directory.clone()))
    }

    fn tokens(&self) -> Option<Arc<dyn OneTimePasswordTokens>> {
        Some(Arc::new(MemoryStaff::of(self.directory.clone())))
    }

    async fn fill(&self, staff: &[SampleStaff]) -> CaseResult {
        let staff: Vec<Value> = staff.iter().map(member).collect();
        let file = Table::from_iter([("staff".to_owned(), Value::from(staff))]);
        std::fs::write(&self.path, file.to_string())?;
        Ok(self.directory.reload()?)
    }
}

fn member(sample: &SampleStaff) -> Value {
    let member = &sample.member;
    let roles: Vec<Value> = member
        .roles
        .iter()
        .map(|role| Value::from(role.name()))
        .collect();
    let hash = sample
        .login_password
        .as_ref()
        .map(warifu_core::domain::PasswordHash::expose_phc);
    let entries = [
        ("id", Some(Value::from(member.id.as_str()))),
        ("name", Some(Value::from(member.name.as_str()))),
        ("roles", Some(Value::from(roles))),
        ("disabled", Some(Value::from(member.disabled))),
        ("login_password", hash.map(Value::from)),
        ("totp", sample.token.as_ref().map(totp)),
    ];
    let given = entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Table(given.collect())
}

#[async_trait]
impl DirectoryKit for UsersFile {
    fn directory(&self) -> Arc<dyn UserDirectory> {
        self.directory.clone()
    }

    async fn fill(&self, contracts: &[SampleContract]) -> CaseResult {
        self.rewrite(contracts)
    }

    fn keeps_hashes(&self) -> bool {
        true
    }
}

#[async_trait]
impl TokensKit for UsersFile {
    fn tokens(&self) -> Arc<dyn OneTimePasswordTokens> {
        self.directory.clone()
    }

    async fn fill(&self, contracts: &[SampleContract]) -> CaseResult {
        self.rewrite(contracts)
    }
}

fn contract(sample: &SampleContract) -> Value {
    let users: Vec<Value> = sample.users.iter().map(user).collect();
    Value::Table(Table::from_iter([
        (
            "number".to_owned(),
            Value::from(sample.contract.number.as_str()),
        ),
        (
            "name".to_owned(),
            Value::from(sample.contract.name.as_str()),
        ),
        (
            "edition".to_owned(),
            Value::from(sample.contract.edition.as_str()),
        ),
        (
            "registered_address".to_owned(),
            sample.contract.registered_address.as_str().into(),
        ),
        ("users".to_owned(), Value::from(users)),
    ]))
}

fn user(sample: &SampleUser) -> Value {
    let user = &sample.user;
    let permissions: Vec<Value> = user
        .permissions
        .iter()
        .map(|permission| Value::from(permission.name()))
        .collect();
    let hash = |hash: &Option<warifu_core::domain::PasswordHash>| {
        hash.as_ref().map(|hash| Value::from(hash.expose_phc()))
    };
    let entries = [
        ("id", Some(Value::from(user.id().as_str()))),
        ("name", Some(Value::from(user.name.as_str()))),
        (
            "service_administrator",
            Some(Value::from(user.service_administrator)),
        ),
        ("permissions", Some(Value::from(permissions))),
        ("mail", user.mail.as_deref().map(Value::from)),
        ("disabled", Some(Value::from(user.disabled))),
        ("login_password", hash(&sample.login_password)),
        ("transaction_password", hash(&sample.transaction_password)),
        ("totp", sample.token.as_ref().map(totp)),
        (
            "uid",
            user.identity
                .as_ref()
                .map(|identity| Value::from(identity.as_str())),
        ),
        (
            "certificate_not_after",
            user.certificate_not_after
                .map(|end| Value::from(end.to_string())),
        ),
    ];
    let given = entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Table(given.collect())
}

fn totp(token: &TotpToken) -> Value {
    let algorithm = match token.algorithm {
        TotpAlgorithm::Sha1 => "SHA1",
        TotpAlgorithm::Sha256 => "SHA256",
        TotpAlgorithm::Sha512 => "SHA512",
    };
    Value::Table(Table::from_iter([
        (
            "secret".to_owned(),
            Value::from(BASE32_NOPAD.encode(token.secret.expose_secret())),
        ),
        ("digits".to_owned(), Value::from(i64::from(token.digits))),
        ("period".to_owned(), Value::from(i64::from(token.period))),
        ("algorithm".to_owned(), Value::from(algorithm)),
    ]))
}
