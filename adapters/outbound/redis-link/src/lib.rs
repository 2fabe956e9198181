//! The way to Redis: which server to ask, over which connection, and what to do when it does not
//! answer. One server, a primary behind Sentinels, or a Cluster.
//!
//! [`Link`] runs a [`Script`] on the server that holds its keys. What is kept there, and what the
//! scripts do, is the affair of whoever brings them. What that caller can rely on:
//! - every call ends within the deadline, with [`NoAnswer`] where the servers give none;
//! - a script that may have run is never run again where that would count twice ([`Repeat`]);
//! - connections are made anew without a restart, and lead only to servers that still hold the
//!   data that was there at the start ([`Identity`]);
//! - once [`Link::watch`] is called, what goes wrong with a server later is noticed within two seconds.

mod address;
mod connection;
mod error;
mod failure;
mod link;
mod look;
mod nodes;
mod reply;
mod router;
mod script;
mod settings;
mod slot;
mod slot_map;
mod topology;
mod watch;

pub use address::Address;
pub use error::{NoAnswer, SettingError};
pub use link::{Link, MustLast};
pub use nodes::Identity;
pub use reply::Reply;
pub use script::{Call, Repeat, Script};
pub use settings::{Credentials, LinkSettings, RedisServers};
pub use slot::slot;
pub use watch::{Fault, Inspector};
