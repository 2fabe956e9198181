//! An LDAP directory: its users ([`LdapDirectory`]), and their passwords, checked by binding as
//! them ([`LdapPasswords`]).
//!
//! - Names of contracts and users reach the server only through the library's escaping.
//! - Referrals are not followed: they would hand passwords to servers that nobody configured.
//! - Every call has one deadline for everything it does; a connection that missed it is closed.
//! - An empty password is never bound with: servers take that for an anonymous bind and say yes.
//! - TLS is rustls; `StartTLS` that the server refuses, or that somebody on the way strips, is a
//!   failure, never a plain connection.

mod adapter;
mod connection;
mod directory;
mod failure;
mod mapping;
mod passwords;
mod pool;
mod server;
mod settings;
mod template;
mod user_directory;

pub use adapter::{LdapBind, LdapUsers};
pub use directory::{LdapDirectory, LdapDirectorySettings, Right};
pub use passwords::{LdapPasswords, LdapPasswordsSettings};
pub use server::LdapServer;
pub use settings::{LdapBindSettings, LdapUsersSettings};
