//! The demonstration: a service with people in it, nothing of which outlives the program.

mod people;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretSlice};
use tempfile::TempDir;
use totp_rs::Builder;
use warifu_core::domain::Timestamp;
use warifu_core::ports::{Clock, HashClaimant, PasswordHasher, Randomness};
use warifu_local_ca::EphemeralAuthority;
use warifu_memory::{MemoryDirectory, MemoryStaff};
use warifu_system::{OsRandomness, SystemClock};
use zeroize::Zeroizing;

use self::people::{CONTRACTS, Card, Certificate, DemoContract, Member, Person, Rights, STAFF};
use crate::layers::Layers;
use crate::registry::Registry;
use warifu_adapter_kit::{Adapter, AdapterError, Directory, DirectoryContext, NoSettings};

const SETTINGS: &str = include_str!("../../demo.toml");
/// Bytes of a card's secret.
const SECRET_LENGTH: usize = 20;
/// Seconds that a card shows a code.
const PERIOD: u64 = 30;
const DAY: Duration = Duration::from_secs(86_400);
const DAY_IN_MILLIS: i64 = 86_400_000;

/// The people of the demonstration, with the secrets of their cards, and a folder for its audit
/// log that goes when this goes.
pub struct Demo {
    cards: Vec<Holder>,
    staff: Vec<Clerk>,
    clock: Arc<dyn Clock>,
    folder: TempDir,
}

/// An account that is worth trying, with its secrets.
#[derive(Clone)]
pub struct DemoAccount {
    /// What the account is for, in Japanese and in English.
    pub role: (&'static str, &'static str),
    /// ご契約者番号.
    pub contract_number: String,
    /// 利用者ID.
    pub user_id: String,
    /// ログインパスワード.
    pub login_password: String,
    /// 取引実行パスワード.
    pub transaction_password: Option<String>,
    /// Whether there is a one-time-password card.
    pub has_card: bool,
}

/// A member of the bank's staff, with their secrets. Everybody has a card.
#[derive(Clone)]
pub struct DemoStaff {
    /// What the account is for, in Japanese and in English.
    pub role: (&'static str, &'static str),
    /// 職員ID.
    pub staff_id: String,
    /// ログインパスワード.
    pub login_password: String,
}

/// A person and the secret of the person's card.
struct Holder {
    contract: &'static DemoContract,
    person: &'static Person,
    secret: SecretSlice<u8>,
}

/// A member of the bank's staff and the secret of their card.
struct Clerk {
    member: &'static Member,
    secret: SecretSlice<u8>,
}

impl Demo {
    /// Makes new cards for everybody and a folder for the audit log.
    pub fn new() -> io::Result<Arc<Self>> {
        Self::with(Arc::new(SystemClock), &OsRandomness)
    }

    fn with(clock: Arc<dyn Clock>, randomness: &dyn Randomness) -> io::Result<Arc<Self>> {
        let everybody = CONTRACTS
            .iter()
            .flat_map(|contract| contract.people.iter().map(move |person| (contract, person)));
        let new_secret = || {
            let mut secret = vec![0; SECRET_LENGTH];
            randomness.fill(&mut secret);
            SecretSlice::from(secret)
        };
        let cards = everybody
            .map(|(contract, person)| Holder {
                contract,
                person,
                secret: new_secret(),
            })
            .collect();
        let staff = STAFF
            .iter()
            .map(|member| Clerk {
                member,
                secret: new_secret(),
            })
            .collect();
        let folder = tempfile::Builder::new().prefix("warifu-demo-").tempdir()?;
        Ok(Arc::new(Self {
            cards,
            staff,
            clock,
            folder,
        }))
    }

    /// The settings of the demonstration, over the defaults.
    pub fn layers(&self) -> Layers {
        let path = toml_edit::Value::from(self.audit_file().display().to_string());
        let text = format!("{SETTINGS}\n[audit_log.file]\npath = {path}\n");
        Layers::new().built_in("built-in demo.toml", text)
    }

    /// The adapters of the demonstration, beside the standard ones.
    pub fn registry(self: &Arc<Self>) -> Registry {
        Registry::standard()
            .user_directory("demo", DemoUsers(Arc::clone(self)))
            .certificate_authority("ephemeral", EphemeralAuthority)
    }

    /// Where the audit log is, as long as the program runs.
    pub fn audit_file(&self) -> PathBuf {
        self.folder_path().join("audit.jsonl")
    }

    fn folder_path(&self) -> &Path {
        self.folder.path()
    }

    /// The accounts that are worth trying; all others are there to be found in lists.
    fn shown(&self) -> impl Iterator<Item = &Holder> {
        self.cards
            .iter()
            .filter(|holder| holder.person.role.is_some())
    }

    /// The accounts to try.
    pub fn accounts(&self) -> Vec<DemoAccount> {
        self.shown()
            .map(|holder| DemoAccount {
                role: holder.person.role.unwrap_or_default(),
                contract_number: holder.contract.number.to_owned(),
                user_id: holder.person.id.to_owned(),
                login_password: holder.login_password(),
                transaction_password: holder.transaction_password(),
                has_card: holder.has_card(),
            })
            .collect()
    }

    /// What the card of account `index` shows now, and for how many more seconds.
    pub fn current_code(&self, index: usize) -> Option<(String, u64)> {
        let holder = self.shown().nth(index).filter(|holder| holder.has_card())?;
        self.code(&holder.secret)
    }

    /// The members of the bank's staff to try the back office with.
    pub fn staff(&self) -> Vec<DemoStaff> {
        self.staff
            .iter()
            .map(|clerk| DemoStaff {
                role: clerk.member.role,
                staff_id: clerk.member.id.to_owned(),
                login_password: clerk.login_password(),
            })
            .collect()
    }

    /// What the card of member `index` of the staff shows now, and for how many more seconds.
    pub fn current_staff_code(&self, index: usize) -> Option<(String, u64)> {
        self.code(&self.staff.get(index)?.secret)
    }

    /// The users file of the demonstration.
    async fn users_file(&self, hasher: &dyn PasswordHasher) -> Result<String, AdapterError> {
        let overloaded =
            |_| AdapterError::setting("", "the password hasher is busy with something else");
        let permit = hasher.permit(HashClaimant::Bank).map_err(overloaded)?;
        let now = self.clock.now();
        let mut text = String::new();
        let mut contract: Option<&str> = None;
        for holder in &self.cards {
            if contract != Some(holder.contract.number) {
                contract = Some(holder.contract.number);
                text.push_str(&holder.contract.to_toml());
            }
            let hash = async |password: String| {
                let hash = hasher
                    .hash(&permit, Zeroizing::new(password.into_bytes()))
                    .await;
                hash.expose_phc().to_owned()
            };
            let login = hash(holder.login_password()).await;
            let transaction = match holder.transaction_password() {
                Some(password) => Some(hash(password).await),
                None => None,
            };
            text.push_str(&holder.to_toml(now, &login, transaction.as_deref()));
        }
        for clerk in &self.staff {
            let password = Zeroizing::new(clerk.login_password().into_bytes());
            let login = hasher.hash(&permit, password).await;
            text.push_str(&clerk.to_toml(login.expose_phc()));
        }
        Ok(text)
    }

    /// What a card shows now, and for how many more seconds.
    fn code(&self, secret: &SecretSlice<u8>) -> Option<(String, u64)> {
        let now = u64::try_from(self.clock.now().as_unix_seconds()).ok()?;
        let card = Builder::new()
            .with_step_duration(PERIOD)
            .with_secret(secret.expose_secret())
            .build_noncompliant();
        Some((card.generate(now).to_string(), PERIOD - now % PERIOD))
    }
}

impl Clerk {
    fn login_password(&self) -> String {
        format!("demo-login-{}", self.member.id)
    }

    fn to_toml(&self, login: &str) -> String {
        let mut staff = toml_edit::Table::new();
        staff["id"] = toml_edit::value(self.member.id);
        staff["name"] = toml_edit::value(self.member.name);
        let roles: toml_edit::Array = self.member.roles.iter().map(|role| role.name()).collect();
        staff["roles"] = toml_edit::value(roles);
        staff["login_password"] = toml_edit::value(login);
        staff["totp"] = toml_edit::value(card(&self.secret));
        format!("[[staff]]\n{staff}\n")
    }
}

/// A card as a users file has it.
fn card(secret: &SecretSlice<u8>) -> toml_edit::InlineTable {
    let mut totp = toml_edit::InlineTable::new();
    let secret = data_encoding::BASE32_NOPAD.encode(secret.expose_secret());
    totp.insert("secret", secret.into());
    totp
}

impl Holder {
    fn login_password(&self) -> String {
        format!("demo-login-{}", self.person.id)
    }

    fn transaction_password(&self) -> Option<String> {
        (self.person.rights != Rights::None).then(|| format!("demo-trans-{}", self.person.id))
    }

    fn has_card(&self) -> bool {
        self.person.card == Card::Yes
    }

    fn to_toml(&self, now: Timestamp, login: &str, transaction: Option<&str>) -> String {
        let mut user = toml_edit::Table::new();
        user["id"] = toml_edit::value(self.person.id);
        user["name"] = toml_edit::value(self.person.name);
        match self.person.rights {
            Rights::None => {}
            Rights::Reissue => {
                let permissions: toml_edit::Array =
                    ["reissue-retrieval-password"].into_iter().collect();
                user["permissions"] = toml_edit::value(permissions);
            }
            Rights::Administrator => user["service_administrator"] = toml_edit::value(true),
        }
        user["mail"] = toml_edit::value(format!("{}@example.jp", self.person.id));
        user["disabled"] = toml_edit::value(self.person.disabled);
        user["login_password"] = toml_edit::value(login);
        if let Some(transaction) = transaction {
            user["transaction_password"] = toml_edit::value(transaction);
        }
        if self.has_card() {
            user["totp"] = toml_edit::value(card(&self.secret));
        }
        // The next midnight in UTC, nine o'clock in Japan: no certificate ends at odd minutes.
        let past_midnight = now.as_unix_millis().rem_euclid(DAY_IN_MILLIS);
        let midnight = Timestamp::from_unix_millis(now.as_unix_millis() - past_midnight).plus(DAY);
        let end = match self.person.certificate {
            Certificate::None => None,
            Certificate::EndsInDays(days) => Some(midnight.plus(DAY * days)),
            Certificate::EndedDaysAgo(days) => Some(midnight.minus(DAY * days)),
        };
        if let Some(end) = end {
            user["certificate_not_after"] = toml_edit::value(end.to_string());
        }
        format!("[[contracts.users]]\n{user}\n")
    }
}

impl DemoContract {
    fn to_toml(&self) -> String {
        let mut contract = toml_edit::Table::new();
        contract["number"] = toml_edit::value(self.number);
        contract["name"] = toml_edit::value(self.name);
        contract["edition"] = toml_edit::value(self.edition);
        contract["registered_address"] = toml_edit::value(self.registered_address);
        format!("[[contracts]]\n{contract}\n")
    }
}

/// The directory of the demonstration.
struct DemoUsers(Arc<Demo>);

#[async_trait]
impl Adapter for DemoUsers {
    type Port = Directory;
    type Settings = NoSettings;

    async fn build(
        &self,
        _: &NoSettings,
        context: &DirectoryContext,
    ) -> Result<Directory, AdapterError> {
        let text = self.0.users_file(context.hasher.as_ref()).await?;
        let directory = MemoryDirectory::from_toml(&text, "the demonstration's users")
            .map_err(|error| AdapterError::Elsewhere(error.to_string()))?;
        let directory = Arc::new(directory);
        Ok(Directory {
            users: directory.clone(),
            tokens: Some(directory.clone()),
            staff: Some(MemoryStaff::of(directory).into()),
            cards: None,
            reload: None,
            import: None,
        })
    }

    fn refused_in_production(&self) -> Option<&'static str> {
        Some("has well-known passwords and is for the demonstration only")
    }
}
