//! Every store port on Redis: one server, a primary behind Sentinels, or a Cluster.
//!
//! [`RedisStore`] does each step of a port in one script, by the server's clock, so that any
//! number of programs share one truth. The scripts say in Lua what core's `Attempts` and
//! `RetrievalState` say in Rust; a test runs both side by side.
//!
//! [`RedisAuditLines`] keeps the lines of an audit log that several programs write to.
//!
//! What a caller can rely on besides the ports' promises:
//! - every call answers within two seconds, with [`warifu_core::ports::Unavailable`] where the
//!   store does not;
//! - a step that may have run is never run again where that would count twice;
//! - connections are made anew without a restart, and lead only to servers that still hold the
//!   store that was opened.

mod attempts;
mod audit_lines;
mod cluster_nodes;
mod connection;
mod directory;
mod error;
mod failure;
mod identity;
mod keys;
mod link;
mod nodes;
mod once;
mod otp_steps;
mod paper_requests;
mod quotas;
mod register;
mod reply;
mod retrieval_passwords;
mod router;
mod script;
mod sealing;
mod sessions;
mod settings;
mod slot;
mod start_checks;
mod store;

pub use audit_lines::RedisAuditLines;
pub use directory::RedisDirectory;
pub use error::OpenError;
pub use settings::{KEEP_FOR, RedisServers, RedisSettings};
pub use store::RedisStore;
