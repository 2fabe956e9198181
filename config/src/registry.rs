//! Which adapters there are: a value, not a global, so that a bank's own program can add to it.

use std::sync::Arc;

use schemars::SchemaGenerator;
use warifu_adapter_kit::{Adapter, Directory, Environment, Staff, Stores};
use warifu_core::ports::{AuditLog, CertificateAuthority, OtpVerifier, PasswordCheck};

use crate::chosen::{Chosen, PortAdapters};
use crate::problem::Problem;
use crate::stored_hashes::StoredHashes;
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
            .login_verifier("store", StoredHashes)
            .transaction_verifier("store", StoredHashes)
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
}

/// The one table of adapters that come with Warifu: which section can name it, by which name, what
/// builds it, and the feature that this crate is built with for it. A configuration that names one
/// whose feature is missing is told so.
macro_rules! standard {
    ($($section:ident $name:literal = $adapter:expr, if $feature:literal;)*) => {
        impl Registry {
            /// Every adapter that comes with Warifu and that this program was built with.
            pub fn standard() -> Self {
                let mut registry = Self::empty();
                $(
                    registry.$section.leave_out($name, $feature);
                    #[cfg(feature = $feature)]
                    registry.$section.add($name, $adapter);
                )*
                registry
            }
        }
    };
}

standard! {
    user_directory "memory" = warifu_memory::MemoryUsers, if "memory";
    user_directory "ldap" = warifu_ldap::LdapUsers, if "ldap";
    user_directory "redis" = warifu_redis::RedisUsers, if "redis";
    otp_verifier "totp" = warifu_totp::TotpCards, if "totp";
    otp_verifier "radius" = warifu_radius_otp::RadiusOtp, if "radius-otp";
    otp_verifier "http" = warifu_http_otp::HttpOtp, if "http-otp";
    staff_directory "memory" = warifu_memory::MemoryStaffMembers, if "memory";
    staff_otp_verifier "totp" = warifu_totp::TotpCards, if "totp";
    login_verifier "ldap" = warifu_ldap::LdapBind, if "ldap";
    login_verifier "http" = warifu_http_otp::HttpPasswords, if "http-otp";
    transaction_verifier "ldap" = warifu_ldap::LdapBind, if "ldap";
    transaction_verifier "http" = warifu_http_otp::HttpPasswords, if "http-otp";
    password_store "memory" = warifu_memory::MemoryStores, if "memory";
    password_store "embedded" = warifu_embedded::EmbeddedStores, if "embedded";
    password_store "redis" = warifu_redis::RedisStores, if "redis";
    certificate_authority "local" = warifu_local_ca::LocalAuthority, if "local-ca";
    audit_log "file" = warifu_audit_file::AuditFile, if "audit-file";
    audit_log "redis" = warifu_redis::RedisAuditLog, if "redis";
    audit_log "stdout" = warifu_audit_file::AuditStdout, if "audit-file";
}

impl Default for Registry {
    fn default() -> Self {
        Self::standard()
    }
}
