//! Which adapters there are: a value, not a global, so that a bank's own program can add to it.

use std::sync::Arc;

use schemars::SchemaGenerator;
use warifu_adapter_kit::{Adapter, Directory, Environment, Staff, Stores};
use warifu_core::ports::{AuditLog, CertificateAuthority, OtpVerifier, PasswordCheck};

use crate::adapters;
use crate::chosen::{Chosen, PortAdapters};
use crate::problem::Problem;
use crate::tree::Tree;

/// What a program calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name, as people type it.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The one table of ports: section, what its adapter builds, and what adding one is called. All that
/// is done for each port follows from it, in this order.
macro_rules! ports {
    ($($section:ident: $port:ty, $adds:literal;)*) => {
        /// Every adapter that a configuration can name. A bank's own program starts from
        /// [`Registry::standard`] and adds its own; a name that is there already is replaced.
        pub struct Registry {
            program: Option<Program>,
            $(pub(crate) $section: PortAdapters<$port>,)*
        }

        impl Registry {
            /// The sections of the configuration that choose an adapter.
            pub const SECTIONS: &'static [&'static str] = &[$(stringify!($section)),*];

            fn without_adapters() -> Self {
                Self {
                    program: None,
                    $($section: PortAdapters::new(stringify!($section)),)*
                }
            }

            $(
                #[doc = $adds]
                #[must_use]
                pub fn $section(mut self, name: &str, adapter: impl Adapter<Port = $port>) -> Self {
                    self.$section.add(name, adapter);
                    self
                }
            )*

            /// Reads every section: which adapter, and the settings of all that are set up there.
            pub(crate) fn choose(
                &self,
                (tree, defaults): (&Tree, &Tree),
                environment: Option<Environment>,
                problems: &mut Vec<Problem>,
            ) -> Option<ChosenAdapters> {
                $(
                    let $section = match self.$section.choose(tree, defaults, environment) {
                        Ok(chosen) => Some(chosen),
                        Err(found) => {
                            problems.extend(found);
                            None
                        }
                    };
                )*
                Some(ChosenAdapters { $($section: $section?,)* })
            }

            /// The schema of every section.
            pub(crate) fn schemas(
                &self,
                generator: &mut SchemaGenerator,
            ) -> Vec<(&'static str, serde_json::Value)> {
                vec![$((stringify!($section), self.$section.schema(generator)),)*]
            }
        }

        /// The adapter that a configuration chooses for each port.
        pub(crate) struct ChosenAdapters {
            $(pub(crate) $section: Chosen<$port>,)*
        }

        impl ChosenAdapters {
            /// The name of each, by section.
            pub(crate) fn names(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($section), self.$section.name.as_str()),)*]
            }
        }
    };
}

ports! {
    user_directory: Directory, "Adds a user directory.";
    otp_verifier: Arc<dyn OtpVerifier>, "Adds a verifier of one-time passwords.";
    staff_directory: Staff, "Adds a directory of the bank's staff.";
    staff_otp_verifier: Arc<dyn OtpVerifier>,
        "Adds a verifier of the one-time passwords of the bank's staff.";
    login_verifier: PasswordCheck, "Adds a way to check login passwords.";
    transaction_verifier: PasswordCheck, "Adds a way to check transaction passwords.";
    password_store: Stores, "Adds a store of passwords, attempts, sessions and registers.";
    certificate_authority: Arc<dyn CertificateAuthority>, "Adds a certificate authority.";
    audit_log: Arc<dyn AuditLog>, "Adds an audit log.";
}

impl Registry {
    /// No adapters but those that are part of the rules: passwords are checked against the hashes
    /// in the store.
    pub fn empty() -> Self {
        Self::without_adapters()
            .login_verifier("store", adapters::StoredHashes)
            .transaction_verifier("store", adapters::StoredHashes)
    }

    /// Lets a bank's own program go by its own name and version: in its help, its mistakes and what
    /// it prints of itself.
    #[must_use]
    pub fn for_program(mut self, name: &'static str, version: &'static str) -> Self {
        self.program = Some(Program { name, version });
        self
    }

    /// What the program calls itself, where it is not one that comes with Warifu.
    pub fn program(&self) -> Option<Program> {
        self.program
    }

    /// Every adapter that comes with Warifu.
    pub fn standard() -> Self {
        Self::empty()
            .user_directory("memory", adapters::MemoryUsers)
            .user_directory("ldap", warifu_ldap::LdapUsers)
            .user_directory("redis", adapters::RedisUsers)
            .staff_directory("memory", adapters::MemoryStaffMembers)
            .staff_otp_verifier("totp", adapters::StaffTotp)
            .otp_verifier("totp", adapters::Totp)
            .otp_verifier("radius", warifu_radius_otp::RadiusOtp)
            .login_verifier("ldap", warifu_ldap::LdapBind)
            .login_verifier("http", warifu_http_otp::HttpPasswords)
            .transaction_verifier("ldap", warifu_ldap::LdapBind)
            .transaction_verifier("http", warifu_http_otp::HttpPasswords)
            .otp_verifier("http", warifu_http_otp::HttpOtp)
            .password_store("memory", adapters::MemoryStores)
            .password_store("embedded", adapters::EmbeddedStores)
            .password_store("redis", adapters::RedisStores)
            .certificate_authority("local", adapters::LocalAuthority)
            .audit_log("file", adapters::AuditFile)
            .audit_log("redis", adapters::AuditRedis)
            .audit_log("stdout", adapters::AuditStdout)
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::standard()
    }
}
