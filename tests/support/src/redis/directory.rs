use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use warifu_contracts::CaseResult;
use warifu_contracts::one_time_password_tokens::TokensKit;
use warifu_contracts::samples::SeededRandomness;
use warifu_contracts::user_directory::{DirectoryKit, SampleContract, SampleUser};
use warifu_contracts::user_import::ImportKit;
use warifu_core::domain::ContractNumber;
use warifu_core::ports::{
    ImportedContract, ImportedUser, OneTimePasswordTokens, UserDirectory, UserImport,
};
use warifu_redis::{RedisDirectory, RedisSettings, RedisStore};

/// A directory on Redis that is filled by imports.
pub struct FilledDirectory {
    directory: Arc<RedisDirectory>,
    filled: Mutex<BTreeSet<ContractNumber>>,
}

impl FilledDirectory {
    /// With nobody in it.
    pub async fn empty(settings: &RedisSettings) -> Self {
        let store = RedisStore::open(settings, &SeededRandomness::new(1)).await;
        let store = store.unwrap_or_else(|error| panic!("the store opens: {error}"));
        let randomness = Arc::new(SeededRandomness::new(2));
        Self {
            directory: Arc::new(RedisDirectory::new(store, randomness)),
            filled: Mutex::default(),
        }
    }

    /// The directory itself.
    pub fn directory(&self) -> Arc<RedisDirectory> {
        self.directory.clone()
    }

    async fn replace(&self, contracts: &[SampleContract]) -> CaseResult {
        let now: BTreeSet<ContractNumber> = contracts
            .iter()
            .map(|sample| sample.contract.number.clone())
            .collect();
        let before = std::mem::replace(&mut *self.filled.lock(), now.clone());
        for gone in before.difference(&now) {
            self.directory.remove(gone).await?;
        }
        for sample in contracts {
            self.directory.import(&imported(sample)).await?;
        }
        Ok(())
    }
}

fn imported(sample: &SampleContract) -> ImportedContract {
    let user = |sample: &SampleUser| ImportedUser {
        user: sample.user.clone(),
        login_password: sample.login_password.clone(),
        transaction_password: sample.transaction_password.clone(),
        token: sample.token.clone(),
    };
    ImportedContract {
        contract: sample.contract.clone(),
        users: sample.users.iter().map(user).collect(),
    }
}

#[async_trait]
impl DirectoryKit for FilledDirectory {
    fn directory(&self) -> Arc<dyn UserDirectory> {
        self.directory.clone()
    }

    async fn fill(&self, contracts: &[SampleContract]) -> CaseResult {
        self.replace(contracts).await
    }

    fn keeps_hashes(&self) -> bool {
        true
    }
}

#[async_trait]
impl ImportKit for FilledDirectory {
    fn import(&self) -> Arc<dyn UserImport> {
        self.directory.clone()
    }

    fn directory(&self) -> Arc<dyn UserDirectory> {
        self.directory.clone()
    }
}

#[async_trait]
impl TokensKit for FilledDirectory {
    fn tokens(&self) -> Arc<dyn OneTimePasswordTokens> {
        self.directory.clone()
    }

    async fn fill(&self, contracts: &[SampleContract]) -> CaseResult {
        self.replace(contracts).await
    }
}
