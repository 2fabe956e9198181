//! Which adapters there are: a value, not a global, so that a bank's own program can add to it.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use config::ValueKind;
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use thiserror::Error;
use warifu_core::domain::{StoreEpoch, StoreIdentity};
use warifu_core::ports::{
    AttemptStore, AuditLog, CertificateAuthority, CertificateRegister, Clock, OnceStore,
    OneTimePasswordTokens, OtpCards, OtpStepStore, OtpVerifier, PaperRequestStore, PasswordCheck,
    PasswordHasher, QuotaStore, Randomness, RetrievalPasswordStore, SessionStore, StaffDirectory,
    Unavailable, UserDirectory, UserImport,
};

use warifu_decorators::Meters;

use crate::adapters;
use crate::later;
use crate::layers::BUILT_IN;
use crate::problem::{ConfigError, Problem, suggestion};
use crate::settings::Environment;
use crate::strict;
use crate::toml_text::join;
use crate::tree::Tree;

/// What an adapter of `password_store` gives: everything that is remembered.
#[derive(Clone)]
pub struct Stores {
    /// Counts attempts.
    pub attempts: Arc<dyn AttemptStore>,
    /// Keeps retrieval passwords.
    pub retrieval_passwords: Arc<dyn RetrievalPasswordStore>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Remembers what may happen once.
    pub once: Arc<dyn OnceStore>,
    /// Limits how often something happens.
    pub quotas: Arc<dyn QuotaStore>,
    /// Remembers the last code of each card.
    pub otp_steps: Arc<dyn OtpStepStore>,
    /// Keeps the requests of the paper procedure.
    pub paper_requests: Arc<dyn PaperRequestStore>,
    /// Knows the issued certificates.
    pub register: Arc<dyn CertificateRegister>,
    /// Which store this is, where it outlives the program.
    pub identity: Option<StoreIdentity>,
}

/// What an adapter of `user_directory` gives.
#[derive(Clone)]
pub struct Directory {
    /// Who exists.
    pub users: Arc<dyn UserDirectory>,
    /// The cards of users, where the directory keeps them.
    pub tokens: Option<Arc<dyn OneTimePasswordTokens>>,
    /// The bank's staff, where the directory knows them, too.
    pub staff: Option<Staff>,
    /// Binds cards to users, where the directory can.
    pub cards: Option<Arc<dyn OtpCards>>,
    /// Reads anew what is read at the start, where there is such a thing.
    pub reload: Option<Arc<dyn Reload>>,
    /// Takes users in from a users file, where it can.
    pub import: Option<Arc<dyn UserImport>>,
}

/// What an adapter of `staff_directory` gives.
#[derive(Clone)]
pub struct Staff {
    /// Who works in the bank's back office.
    pub members: Arc<dyn StaffDirectory>,
    /// The cards of the staff, where the directory keeps them; each known by
    /// [`Subject::of_staff`](warifu_core::domain::Subject::of_staff).
    pub tokens: Option<Arc<dyn OneTimePasswordTokens>>,
    /// Reads anew what is read at the start, where there is such a thing.
    pub reload: Option<Arc<dyn Reload>>,
}

/// Something that is read at the start and can be read again while the program runs.
pub trait Reload: Send + Sync {
    /// Reads it again. Where that fails, everything stays as it was; the error is one line.
    fn reload(&self) -> Result<(), String>;
}

/// What an adapter is given besides its settings.
pub struct Context {
    /// Whether this is for real.
    pub environment: Environment,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets.
    pub randomness: Arc<dyn Randomness>,
    /// The password hasher.
    pub hasher: Arc<dyn PasswordHasher>,
    /// An operator accepts that a store has lost what it held: it is to be taken as it is, under a
    /// new name, as the successor of these.
    pub adopt: Option<Vec<StoreEpoch>>,
    pub(crate) meters: Meters,
    pub(crate) stores: Option<Stores>,
    pub(crate) tokens: Option<Arc<dyn OneTimePasswordTokens>>,
    pub(crate) staff_of_directory: Option<Staff>,
    pub(crate) staff_tokens: Option<Arc<dyn OneTimePasswordTokens>>,
}

impl Context {
    /// The stores, for all adapters but those of `password_store` itself, which come first.
    pub fn stores(&self) -> Result<&Stores, AdapterError> {
        self.stores
            .as_ref()
            .ok_or_else(|| AdapterError::setting("", "the password store is not built yet"))
    }

    /// The users' cards, for adapters of `otp_verifier`.
    pub fn tokens(&self) -> Result<Arc<dyn OneTimePasswordTokens>, AdapterError> {
        self.tokens.clone().ok_or_else(|| {
            AdapterError::setting(
                "",
                "needs a user directory that keeps the users' one-time-password cards, and the \
                 selected one keeps none; select another adapter",
            )
        })
    }
}

impl Context {
    /// The cards of the bank's staff, for adapters of `staff_otp_verifier`.
    pub fn staff_tokens(&self) -> Result<Arc<dyn OneTimePasswordTokens>, AdapterError> {
        self.staff_tokens.clone().ok_or_else(|| {
            AdapterError::setting(
                "",
                "needs a staff directory that keeps the one-time-password cards of the staff, and \
                 the selected one keeps none; select another adapter",
            )
        })
    }
}

/// Why an adapter could not be built.
#[derive(Debug, Error)]
pub enum AdapterError {
    /// A setting of the adapter is refused.
    #[error("{key}: {message}")]
    Setting {
        /// Its key within the adapter's table; empty for the adapter as a whole.
        key: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// Something else than a setting is wrong, such as a line of a file that a setting names. The
    /// message says where.
    #[error("{0}")]
    Elsewhere(String),
    /// The back end cannot be reached.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl AdapterError {
    /// The setting `key` of the adapter's table is refused.
    pub fn setting(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Setting {
            key: key.into(),
            message: message.into(),
        }
    }

    /// The setting `key` names a file or folder that cannot be used.
    pub fn path(key: &str, path: &Path, reason: impl fmt::Display) -> Self {
        Self::setting(key, format!("{}: {reason}", path.display()))
    }
}

/// Builds one adapter of a port out of its settings.
#[async_trait]
pub trait Adapter: Send + Sync + 'static {
    /// What it builds: [`Stores`], [`Directory`] or the port itself.
    type Port: 'static;
    /// Its own table of settings. Use `#[serde(deny_unknown_fields)]`.
    type Settings: DeserializeOwned + JsonSchema + Send + Sync + 'static;

    /// Builds it. Reaches its back end where it has one.
    async fn build(
        &self,
        settings: &Self::Settings,
        context: &Context,
    ) -> Result<Self::Port, AdapterError>;

    /// Why it must not be used in production, if so.
    fn refused_in_production(&self) -> Option<&'static str> {
        None
    }
}

/// Settings of an adapter that has none.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

/// An adapter whose settings' type is forgotten.
#[async_trait]
pub(crate) trait AnyAdapter<P>: Send + Sync {
    fn read(
        &self,
        tree: &Tree,
        section: &str,
        defaults: Option<&Tree>,
    ) -> Result<Arc<dyn Any + Send + Sync>, Vec<Problem>>;
    async fn build(
        &self,
        settings: &(dyn Any + Send + Sync),
        context: &Context,
    ) -> Result<P, AdapterError>;
    fn schema(&self, generator: &mut SchemaGenerator) -> schemars::Schema;
    fn refused_in_production(&self) -> Option<&'static str>;
}

struct Typed<A, P>(A, PhantomData<fn() -> P>);

#[async_trait]
impl<P: 'static, A: Adapter<Port = P>> AnyAdapter<P> for Typed<A, P> {
    fn read(
        &self,
        tree: &Tree,
        section: &str,
        defaults: Option<&Tree>,
    ) -> Result<Arc<dyn Any + Send + Sync>, Vec<Problem>> {
        Ok(Arc::new(strict::read::<A::Settings>(
            tree,
            section,
            defaults,
            &[],
        )?))
    }

    async fn build(
        &self,
        settings: &(dyn Any + Send + Sync),
        context: &Context,
    ) -> Result<P, AdapterError> {
        match settings.downcast_ref::<A::Settings>() {
            Some(settings) => self.0.build(settings, context).await,
            None => Err(AdapterError::setting(
                "",
                "was given the settings of another adapter",
            )),
        }
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> schemars::Schema {
        A::Settings::json_schema(generator)
    }

    fn refused_in_production(&self) -> Option<&'static str> {
        self.0.refused_in_production()
    }
}

/// The adapters of one port.
pub(crate) struct PortAdapters<P> {
    pub(crate) section: &'static str,
    pub(crate) adapters: BTreeMap<String, Arc<dyn AnyAdapter<P>>>,
}

impl<P: 'static> PortAdapters<P> {
    fn new(section: &'static str) -> Self {
        Self {
            section,
            adapters: BTreeMap::new(),
        }
    }

    fn add(&mut self, name: &str, adapter: impl Adapter<Port = P>) {
        self.adapters
            .insert(name.to_owned(), Arc::new(Typed(adapter, PhantomData)));
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.adapters.keys().map(String::as_str)
    }

    fn unknown(&self, name: &str) -> String {
        format!(
            "unknown adapter {name:?}; {}",
            suggestion(name, self.names())
        )
    }

    /// Reads the section: which adapter, and the settings of all that are set up there.
    pub(crate) fn choose(
        &self,
        tree: &Tree,
        defaults: &Tree,
        environment: Option<Environment>,
    ) -> Result<Chosen<P>, Vec<Problem>> {
        let section = self.section;
        let origin = tree.origin_at(section);
        let problem = |message: String| vec![Problem::new(origin.as_str(), section, message)];
        let Some(value) = tree.at(section) else {
            return Err(problem("is missing".to_owned()));
        };
        let ValueKind::Table(table) = &value.kind else {
            return Err(problem(
                "must be a table, such as { adapter = \"…\" }".to_owned(),
            ));
        };
        let mut problems = Vec::new();
        let mut settings = BTreeMap::new();
        let mut keys: Vec<_> = table.keys().filter(|key| *key != "adapter").collect();
        keys.sort();
        for key in keys {
            let path = join(section, key);
            let Some(adapter) = self.adapters.get(key) else {
                if tree.origin_at(&path).starts_with(BUILT_IN) {
                    // A default for an adapter that this program was built without.
                    continue;
                }
                let message = later::sentence(&path).unwrap_or_else(|| {
                    let known = self.names().chain(["adapter"]);
                    format!("no adapter has this name; {}", suggestion(key, known))
                });
                problems.push(Problem::new(tree.origin_at(&path), path, message));
                continue;
            };
            let (own, own_defaults) = (tree.below(&path), defaults.below(&path));
            match adapter.read(
                &own,
                &path,
                own_defaults.has_value().then_some(&own_defaults),
            ) {
                Ok(read) => drop(settings.insert(key.clone(), read)),
                Err(found) => problems.extend(found),
            }
        }
        let path = join(section, "adapter");
        let chosen = match table.get("adapter").map(|value| &value.kind) {
            Some(ValueKind::String(name)) => match self.adapters.get_key_value(name) {
                Some(found) => Ok(found),
                None => Err(self.unknown(name)),
            },
            Some(_) => Err("must be the name of an adapter, a text".to_owned()),
            None => Err(format!("is missing; {}", suggestion("", self.names()))),
        };
        let (name, adapter) = match chosen {
            Ok(found) => found,
            Err(message) => {
                problems.push(Problem::new(tree.origin_at(&path), path, message));
                return Err(problems);
            }
        };
        if let Some(reason) = adapter.refused_in_production()
            && environment == Some(Environment::Production)
        {
            let message = format!("{name:?} {reason}");
            problems.push(Problem::new(tree.origin_at(&path), path.as_str(), message));
        }
        if problems.is_empty() && !settings.contains_key(name) {
            let empty = Tree::empty(&tree.origin_at(&path));
            let read = adapter.read(&empty, &join(section, name), None)?;
            settings.insert(name.clone(), read);
        }
        match settings.remove(name) {
            Some(settings) if problems.is_empty() => Ok(Chosen {
                section,
                name: name.clone(),
                adapter: Arc::clone(adapter),
                settings,
                tree: tree.clone(),
            }),
            _ => Err(problems),
        }
    }
}

/// The adapter of a port that was chosen, with its settings.
pub(crate) struct Chosen<P> {
    section: &'static str,
    pub(crate) name: String,
    adapter: Arc<dyn AnyAdapter<P>>,
    settings: Arc<dyn Any + Send + Sync>,
    tree: Tree,
}

impl<P> Chosen<P> {
    pub(crate) async fn build(&self, context: &Context) -> Result<P, ConfigError> {
        self.adapter
            .build(self.settings.as_ref(), context)
            .await
            .map_err(|error| match error {
                AdapterError::Setting { key, message } => {
                    let adapter = join(self.section, &self.name);
                    let path = if key.is_empty() {
                        adapter
                    } else {
                        join(&adapter, &key)
                    };
                    let origin = match self.tree.at(&path) {
                        Some(_) => self.tree.origin_at(&path),
                        None => self.tree.origin_at(&join(self.section, "adapter")),
                    };
                    ConfigError::one(Problem::new(origin, path, message))
                }
                AdapterError::Elsewhere(message) => ConfigError::one(Problem::new("", "", message)),
                AdapterError::Unavailable(unavailable) => unavailable.into(),
            })
    }
}

/// Every adapter that a configuration can name. A bank's own program starts from
/// [`Registry::standard`] and adds its own; a name that is there already is replaced.
pub struct Registry {
    pub(crate) user_directory: PortAdapters<Directory>,
    pub(crate) staff_directory: PortAdapters<Staff>,
    pub(crate) staff_otp_verifier: PortAdapters<Arc<dyn OtpVerifier>>,
    pub(crate) otp_verifier: PortAdapters<Arc<dyn OtpVerifier>>,
    pub(crate) login_verifier: PortAdapters<PasswordCheck>,
    pub(crate) transaction_verifier: PortAdapters<PasswordCheck>,
    pub(crate) password_store: PortAdapters<Stores>,
    pub(crate) certificate_authority: PortAdapters<Arc<dyn CertificateAuthority>>,
    pub(crate) audit_log: PortAdapters<Arc<dyn AuditLog>>,
}

impl Registry {
    /// The sections of the configuration that choose an adapter.
    pub const SECTIONS: [&'static str; 9] = [
        "user_directory",
        "otp_verifier",
        "login_verifier",
        "transaction_verifier",
        "password_store",
        "certificate_authority",
        "audit_log",
        "staff_directory",
        "staff_otp_verifier",
    ];

    /// No adapters but those that are part of the rules: passwords are checked against the hashes
    /// in the store.
    pub fn empty() -> Self {
        let mut registry = Self {
            user_directory: PortAdapters::new("user_directory"),
            staff_directory: PortAdapters::new("staff_directory"),
            staff_otp_verifier: PortAdapters::new("staff_otp_verifier"),
            otp_verifier: PortAdapters::new("otp_verifier"),
            login_verifier: PortAdapters::new("login_verifier"),
            transaction_verifier: PortAdapters::new("transaction_verifier"),
            password_store: PortAdapters::new("password_store"),
            certificate_authority: PortAdapters::new("certificate_authority"),
            audit_log: PortAdapters::new("audit_log"),
        };
        registry.login_verifier.add("store", adapters::StoredHashes);
        registry
            .transaction_verifier
            .add("store", adapters::StoredHashes);
        registry
    }

    /// Every adapter that comes with Warifu.
    pub fn standard() -> Self {
        Self::empty()
            .user_directory("memory", adapters::MemoryUsers)
            .user_directory("ldap", adapters::LdapUsers)
            .user_directory("redis", adapters::RedisUsers)
            .staff_directory("memory", adapters::MemoryStaffMembers)
            .staff_otp_verifier("totp", adapters::StaffTotp)
            .otp_verifier("totp", adapters::Totp)
            .otp_verifier("radius", adapters::RadiusOtp)
            .login_verifier("ldap", adapters::LdapBind("login_verifier"))
            .transaction_verifier("ldap", adapters::LdapBind("transaction_verifier"))
            .otp_verifier("http", adapters::HttpOtp)
            .password_store("memory", adapters::MemoryStores)
            .password_store("embedded", adapters::EmbeddedStores)
            .password_store("redis", adapters::RedisStores)
            .certificate_authority("local", adapters::LocalAuthority)
            .audit_log("file", adapters::AuditFile)
            .audit_log("stdout", adapters::AuditStdout)
    }

    /// Adds a user directory.
    #[must_use]
    pub fn user_directory(mut self, name: &str, adapter: impl Adapter<Port = Directory>) -> Self {
        self.user_directory.add(name, adapter);
        self
    }

    /// Adds a directory of the bank's staff.
    #[must_use]
    pub fn staff_directory(mut self, name: &str, adapter: impl Adapter<Port = Staff>) -> Self {
        self.staff_directory.add(name, adapter);
        self
    }

    /// Adds a verifier of the one-time passwords of the bank's staff.
    #[must_use]
    pub fn staff_otp_verifier(
        mut self,
        name: &str,
        adapter: impl Adapter<Port = Arc<dyn OtpVerifier>>,
    ) -> Self {
        self.staff_otp_verifier.add(name, adapter);
        self
    }

    /// Adds a verifier of one-time passwords.
    #[must_use]
    pub fn otp_verifier(
        mut self,
        name: &str,
        adapter: impl Adapter<Port = Arc<dyn OtpVerifier>>,
    ) -> Self {
        self.otp_verifier.add(name, adapter);
        self
    }

    /// Adds a way to check login passwords.
    #[must_use]
    pub fn login_verifier(
        mut self,
        name: &str,
        adapter: impl Adapter<Port = PasswordCheck>,
    ) -> Self {
        self.login_verifier.add(name, adapter);
        self
    }

    /// Adds a way to check transaction passwords.
    #[must_use]
    pub fn transaction_verifier(
        mut self,
        name: &str,
        adapter: impl Adapter<Port = PasswordCheck>,
    ) -> Self {
        self.transaction_verifier.add(name, adapter);
        self
    }

    /// Adds a store of passwords, attempts, sessions and registers.
    #[must_use]
    pub fn password_store(mut self, name: &str, adapter: impl Adapter<Port = Stores>) -> Self {
        self.password_store.add(name, adapter);
        self
    }

    /// Adds a certificate authority.
    #[must_use]
    pub fn certificate_authority(
        mut self,
        name: &str,
        adapter: impl Adapter<Port = Arc<dyn CertificateAuthority>>,
    ) -> Self {
        self.certificate_authority.add(name, adapter);
        self
    }

    /// Adds an audit log.
    #[must_use]
    pub fn audit_log(
        mut self,
        name: &str,
        adapter: impl Adapter<Port = Arc<dyn AuditLog>>,
    ) -> Self {
        self.audit_log.add(name, adapter);
        self
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::standard()
    }
}
