//! The users of a bank on Redis, where every server finds them: written by imports, read at every
//! request.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use parking_lot::RwLock;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warifu_core::domain::attempts::Purpose;
use warifu_core::domain::{
    CodeLengths, Contract, ContractNumber, PasswordHash, PasswordVersion, Subject, User, UserId,
};
use warifu_core::ports::{
    DirectoryEntry, ImportSummary, ImportedContract, ImportedUser, OneTimePasswordTokens,
    Randomness, TotpToken, Unavailable, UserDirectory, UserImport,
};
use warifu_redis_link::{Call, Reply};

use crate::keys::Tag;
use crate::reply::Fields as _;
use crate::sealing::{SealedToken, Sealing};
use crate::shared::import::{PREVIEW, WRITE};
use crate::store::RedisStore;

/// The section of the configuration that it is set up in.
const PORT: &str = "user_directory";

/// The most users that one contract may have: an import is one step, during which nothing else is
/// answered.
const MOST_USERS: usize = 50_000;

/// A user directory on a store.
pub struct RedisDirectory {
    store: RedisStore,
    sealing: Sealing,
    randomness: Arc<dyn Randomness>,
    /// How many digits codes have, by the contracts seen so far.
    code_lengths: RwLock<BTreeMap<ContractNumber, BTreeSet<usize>>>,
}

/// A user as kept.
#[derive(Serialize, Deserialize)]
struct Account {
    user: User,
    login_password: Option<String>,
    transaction_password: Option<String>,
    token: Option<SealedToken>,
}

/// What is kept of a contract.
struct Found {
    contract: Contract,
    account: Option<Account>,
}

impl RedisDirectory {
    /// The directory that lies in `store`. `randomness` is for encrypting what is imported.
    pub fn new(store: RedisStore, randomness: Arc<dyn Randomness>) -> Self {
        let sealing = Sealing::new(&store.keys.sealing_key());
        Self {
            store,
            sealing,
            randomness,
            code_lengths: RwLock::default(),
        }
    }

    fn tag(&self, contract: &ContractNumber) -> Tag {
        self.store.keys.directory(contract)
    }

    async fn look_up(
        &self,
        contract: &ContractNumber,
        user: Option<&UserId>,
    ) -> Result<Option<Found>, Unavailable> {
        let tag = self.tag(contract);
        let call = Call::new(&self.store.scripts.directory_find)
            .key(tag.key("d"))
            .key(tag.key("users"))
            .arg(user.map_or("", UserId::as_str));
        let reply = self.store.run(call).await.map_err(elsewhere)?;
        if reply.text(0).is_empty() {
            self.code_lengths.write().remove(contract);
            return Ok(None);
        }
        self.note_lengths(contract, reply.text(1));
        let account = match reply.text(2) {
            "" => None,
            text => Some(read(text)?),
        };
        Ok(Some(Found {
            contract: read(reply.text(0))?,
            account,
        }))
    }

    async fn account(&self, subject: &Subject) -> Result<Option<Account>, Unavailable> {
        let found = self.look_up(&subject.contract, Some(&subject.user)).await?;
        Ok(found.and_then(|found| found.account))
    }

    fn note_lengths(&self, contract: &ContractNumber, written: &str) {
        let lengths: BTreeSet<usize> = written
            .split_whitespace()
            .filter_map(|length| length.parse().ok())
            .collect();
        if self.code_lengths.read().get(contract) != Some(&lengths) {
            self.code_lengths.write().insert(contract.clone(), lengths);
        }
    }

    async fn replace(
        &self,
        mode: &str,
        imported: &ImportedContract,
    ) -> Result<ImportSummary, Unavailable> {
        let number = &imported.contract.number;
        if imported.users.len() > MOST_USERS {
            let reason = format!("contract {number} has more than {MOST_USERS} users");
            return Err(Unavailable::new(PORT, reason));
        }
        let lengths: BTreeSet<u8> = imported
            .users
            .iter()
            .filter_map(|user| user.token.as_ref())
            .map(|token| token.digits)
            .collect();
        let lengths: Vec<String> = lengths.iter().map(ToString::to_string).collect();
        let lengths = lengths.join(" ");
        let tag = self.tag(number);
        let mut call = Call::new(&self.store.scripts.directory_import)
            .key(tag.key("d"))
            .key(tag.key("users"))
            .key(tag.key("order"))
            .arg(mode)
            .arg(write(&imported.contract)?)
            .arg(&lengths);
        for user in &imported.users {
            call = call
                .arg(user.user.id())
                .arg(self.sealing.digest(user)?)
                .arg(write(&self.seal(user)?)?);
        }
        let reply = self.store.run_lasting(call, |_| true).await;
        let reply = reply.map_err(elsewhere)?;
        if mode == WRITE {
            self.note_lengths(number, &lengths);
        }
        Ok(ImportSummary {
            added: reply.parsed(0)?,
            changed: reply.parsed(1)?,
            removed: reply.parsed(2)?,
            unchanged: reply.parsed(3)?,
        })
    }

    fn seal(&self, imported: &ImportedUser) -> Result<Account, Unavailable> {
        let phc =
            |hash: &Option<PasswordHash>| hash.as_ref().map(|hash| hash.expose_phc().to_owned());
        let subject = &imported.user.subject;
        let seal = |token| self.sealing.seal(subject, token, self.randomness.as_ref());
        Ok(Account {
            user: imported.user.clone(),
            login_password: phc(&imported.login_password),
            transaction_password: phc(&imported.transaction_password),
            token: imported.token.as_ref().map(seal).transpose()?,
        })
    }
}

/// The store's failure, under the name of this section.
fn elsewhere(unavailable: Unavailable) -> Unavailable {
    Unavailable::new(PORT, unavailable.reason)
}

/// A value that cannot be understood. The cause would quote from it, so it is not told.
fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Unavailable> {
    serde_json::from_str(text).map_err(|_| {
        Unavailable::new(
            PORT,
            "a record of the directory is damaged: import it again",
        )
    })
}

fn users_in(reply: &Reply) -> Result<Vec<User>, Unavailable> {
    let accounts = reply.texts().iter().map(|text| read::<Account>(text));
    accounts.map(|account| Ok(account?.user)).collect()
}

fn write(value: &impl Serialize) -> Result<String, Unavailable> {
    serde_json::to_string(value)
        .map_err(|error| Unavailable::new(PORT, format!("a user cannot be written: {error}")))
}

#[async_trait]
impl UserDirectory for RedisDirectory {
    async fn find(&self, subject: &Subject) -> Result<Option<DirectoryEntry>, Unavailable> {
        let found = self.look_up(&subject.contract, Some(&subject.user)).await?;
        Ok(found.and_then(|found| {
            let account = found.account?;
            let hash = account.login_password.map(PasswordHash::from_phc);
            Some(DirectoryEntry {
                contract: found.contract,
                user: account.user,
                login_password: hash.as_ref().map(PasswordVersion::of_hash),
            })
        }))
    }

    async fn contract(&self, number: &ContractNumber) -> Result<Option<Contract>, Unavailable> {
        let found = self.look_up(number, None).await?;
        Ok(found.map(|found| found.contract))
    }

    async fn users(
        &self,
        contract: &ContractNumber,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        let tag = self.tag(contract);
        let call = Call::new(&self.store.scripts.directory_users)
            .key(tag.key("order"))
            .key(tag.key("users"))
            .arg(after.map_or("", UserId::as_str))
            .arg(limit.min(MOST_USERS));
        users_in(&self.store.run(call).await.map_err(elsewhere)?)
    }

    async fn count(&self, contract: &ContractNumber) -> Result<usize, Unavailable> {
        let order = self.tag(contract).key("order");
        let call = Call::new(&self.store.scripts.directory_count).key(order);
        let reply = self.store.run(call).await.map_err(elsewhere)?;
        reply.parsed(0).map_err(elsewhere)
    }

    async fn users_at(
        &self,
        contract: &ContractNumber,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<User>, Unavailable> {
        // Nobody stands there, and Redis would count from the end.
        if limit == 0 || skip >= MOST_USERS {
            return Ok(Vec::new());
        }
        let tag = self.tag(contract);
        let call = Call::new(&self.store.scripts.directory_users_at)
            .key(tag.key("order"))
            .key(tag.key("users"))
            .arg(skip)
            .arg(limit.min(MOST_USERS));
        users_in(&self.store.run(call).await.map_err(elsewhere)?)
    }

    async fn imported_hash(
        &self,
        subject: &Subject,
        purpose: Purpose,
    ) -> Result<Option<PasswordHash>, Unavailable> {
        let Some(account) = self.account(subject).await? else {
            return Ok(None);
        };
        let phc = match purpose {
            Purpose::Login => account.login_password,
            Purpose::Transaction => account.transaction_password,
            Purpose::Otp | Purpose::Retrieval | Purpose::StaffDecision => None,
        };
        Ok(phc.map(PasswordHash::from_phc))
    }

    async fn check(&self) -> Result<(), Unavailable> {
        self.store.check_all().await.map_err(elsewhere)
    }
}

#[async_trait]
impl OneTimePasswordTokens for RedisDirectory {
    async fn token(&self, subject: &Subject) -> Result<Option<TotpToken>, Unavailable> {
        let account = self.account(subject).await?;
        let sealed = account.and_then(|account| account.token);
        sealed
            .map(|sealed| self.sealing.open(subject, &sealed))
            .transpose()
    }

    fn code_lengths(&self) -> CodeLengths {
        CodeLengths::new(self.code_lengths.read().values().flatten().copied())
    }
}

#[async_trait]
impl UserImport for RedisDirectory {
    async fn import(&self, contract: &ImportedContract) -> Result<ImportSummary, Unavailable> {
        self.replace(WRITE, contract).await
    }

    async fn preview(&self, contract: &ImportedContract) -> Result<ImportSummary, Unavailable> {
        self.replace(PREVIEW, contract).await
    }

    async fn remove(&self, contract: &ContractNumber) -> Result<bool, Unavailable> {
        let tag = self.tag(contract);
        let call = Call::new(&self.store.scripts.directory_remove)
            .key(tag.key("d"))
            .key(tag.key("users"))
            .key(tag.key("order"));
        let reply = self.store.run_lasting(call, |_| true).await;
        let reply = reply.map_err(elsewhere)?;
        self.code_lengths.write().remove(contract);
        Ok(reply.text(0) != "0")
    }
}

impl Sealing {
    /// Tells two imports of a user apart, without telling what is in them.
    fn digest(&self, imported: &ImportedUser) -> Result<String, Unavailable> {
        let phc = |hash: &Option<PasswordHash>| {
            hash.as_ref()
                .map(|hash| hash.expose_phc().to_owned())
                .unwrap_or_default()
        };
        let user = write(&imported.user)?;
        let (login, transaction) = (
            phc(&imported.login_password),
            phc(&imported.transaction_password),
        );
        let (secret, shape) = match &imported.token {
            Some(token) => (
                token.secret.expose_secret(),
                format!("{:?} {} {}", token.algorithm, token.digits, token.period),
            ),
            None => (&[][..], String::new()),
        };
        Ok(self.mark(&[
            user.as_bytes(),
            login.as_bytes(),
            transaction.as_bytes(),
            shape.as_bytes(),
            secret,
        ]))
    }
}
