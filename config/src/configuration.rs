//! A configuration that was read and found good.

use std::path::PathBuf;
use std::sync::Arc;

use warifu_core::ports::{AuditLog, CertificateAuthority, OtpVerifier, PasswordCheck};

use crate::layers::Layers;
use crate::problem::{ConfigError, Problem};
use crate::production;
use crate::registry::{Chosen, Directory, Registry, Staff, Stores};
use crate::settings::{Environment, Settings};
use crate::strict;
use crate::tree::Tree;

/// Settings that were read, typed and checked, with the adapters they choose.
pub struct Configuration {
    settings: Settings,
    tree: Tree,
    pub(crate) user_directory: Chosen<Directory>,
    pub(crate) otp_verifier: Chosen<Arc<dyn OtpVerifier>>,
    pub(crate) staff_directory: Chosen<Staff>,
    pub(crate) staff_otp_verifier: Chosen<Arc<dyn OtpVerifier>>,
    pub(crate) login_verifier: Chosen<PasswordCheck>,
    pub(crate) transaction_verifier: Chosen<PasswordCheck>,
    pub(crate) password_store: Chosen<Stores>,
    pub(crate) certificate_authority: Chosen<Arc<dyn CertificateAuthority>>,
    pub(crate) audit_log: Chosen<Arc<dyn AuditLog>>,
}

impl Configuration {
    /// Reads `layers`; adapters are those of `registry`. Every problem that can be found is
    /// reported, not only the first.
    pub fn load(layers: &Layers, registry: &Registry) -> Result<Self, ConfigError> {
        let merged = layers.merge().map_err(ConfigError::Refused)?;
        let defaults = Layers::new().merge().map_err(ConfigError::Refused)?;
        let (tree, defaults) = (Tree::new(merged), Tree::new(defaults));

        let mut problems = Vec::new();
        let (mut rest, mut rest_defaults) = (tree.clone(), defaults.clone());
        for section in Registry::SECTIONS {
            rest.take(section);
            rest_defaults.take(section);
        }
        let settings: Option<Settings> = keep(
            strict::read(&rest, "", Some(&rest_defaults), &Registry::SECTIONS),
            &mut problems,
        );
        let environment = match &settings {
            Some(settings) => Some(settings.environment),
            None => tree
                .at("environment")
                .is_some_and(|value| value.to_string() == "production")
                .then_some(Environment::Production),
        };

        macro_rules! choose {
            ($port:ident) => {
                keep(
                    registry.$port.choose(&tree, &defaults, environment),
                    &mut problems,
                )
            };
        }
        let user_directory = choose!(user_directory);
        let otp_verifier = choose!(otp_verifier);
        let staff_directory = choose!(staff_directory);
        let staff_otp_verifier = choose!(staff_otp_verifier);
        let login_verifier = choose!(login_verifier);
        let transaction_verifier = choose!(transaction_verifier);
        let password_store = choose!(password_store);
        let certificate_authority = choose!(certificate_authority);
        let audit_log = choose!(audit_log);
        if let Some(settings) = &settings {
            problems.extend(production::problems(settings, &tree));
        }
        match (
            settings,
            user_directory,
            otp_verifier,
            staff_directory,
            staff_otp_verifier,
            login_verifier,
            transaction_verifier,
            password_store,
            certificate_authority,
            audit_log,
        ) {
            (
                Some(settings),
                Some(user_directory),
                Some(otp_verifier),
                Some(staff_directory),
                Some(staff_otp_verifier),
                Some(login_verifier),
                Some(transaction_verifier),
                Some(password_store),
                Some(certificate_authority),
                Some(audit_log),
            ) if problems.is_empty() => Ok(Self {
                settings,
                tree,
                user_directory,
                otp_verifier,
                staff_directory,
                staff_otp_verifier,
                login_verifier,
                transaction_verifier,
                password_store,
                certificate_authority,
                audit_log,
            }),
            _ => Err(ConfigError::Refused(problems)),
        }
    }

    /// The settings that do not belong to an adapter.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All settings in force, as TOML. Secrets are not shown; what is not built in says in a
    /// comment where it came from.
    pub fn to_toml(&self) -> String {
        self.tree.to_toml()
    }

    /// The users file, where users are kept in one.
    pub fn users_file(&self) -> Option<PathBuf> {
        if self.user_directory.name != "memory" {
            return None;
        }
        let path = self.tree.at("user_directory.memory.users_file")?;
        Some(PathBuf::from(path.to_string()))
    }

    /// The file of the audit log, where it is kept in one.
    pub fn audit_file(&self) -> Option<PathBuf> {
        if self.audit_log.name != "file" {
            return None;
        }
        let path = self.tree.at("audit_log.file.path")?;
        Some(PathBuf::from(path.to_string()))
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The adapter that each section chooses.
    pub fn adapters(&self) -> [(&'static str, &str); 9] {
        [
            ("user_directory", &self.user_directory.name),
            ("otp_verifier", &self.otp_verifier.name),
            ("staff_directory", &self.staff_directory.name),
            ("staff_otp_verifier", &self.staff_otp_verifier.name),
            ("login_verifier", &self.login_verifier.name),
            ("transaction_verifier", &self.transaction_verifier.name),
            ("password_store", &self.password_store.name),
            ("certificate_authority", &self.certificate_authority.name),
            ("audit_log", &self.audit_log.name),
        ]
    }
}

fn keep<T>(result: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(found) => {
            problems.extend(found);
            None
        }
    }
}
