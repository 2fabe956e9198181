//! Every store port on Redis: one server, a primary behind Sentinels, or a Cluster.
//!
//! [`RedisStore`] does each step of a port in one script, by the server's clock, so that any
//! number of programs share one truth. The scripts say in Lua what core's `Attempts` and
//! `RetrievalState` say in Rust; a test runs both side by side.
//!
//! [`RedisAuditLines`] keeps the lines of an audit log that several programs write to.
//!
//! How the servers are found and spoken to is the affair of [`warifu_redis_link`]: every call answers
//! within two seconds, with [`warifu_core::ports::Unavailable`] where the servers do not; a step that
//! may have run is never run again where that would count twice; and connections lead only to servers
//! that still hold the store that was opened.

mod adapter;
mod attempts;
mod audit_lines;
mod directory;
mod error;
mod facts;
mod format;
mod identity;
mod keys;
mod once;
mod otp_steps;
mod paper_requests;
mod quotas;
mod register;
mod reissues;
mod reply;
mod retrieval_passwords;
mod scripts;
mod sealing;
mod servers;
mod sessions;
mod settings;
mod shared;
mod start_checks;
mod store;
mod watch;

pub use adapter::{RedisAuditLog, RedisStores, RedisUsers};
pub use audit_lines::RedisAuditLines;
pub use directory::RedisDirectory;
pub use error::OpenError;
pub use settings::{RedisSettings, RedisStoresSettings};
pub use store::RedisStore;
pub use warifu_redis_link::{Credentials, LinkSettings, RedisServers};
