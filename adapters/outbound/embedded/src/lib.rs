//! Every store port in one file, for one machine and no set-up: `SQLite`, compiled in.
//!
//! [`EmbeddedStore`] loads a state, applies the pure function of `warifu-core` to it and writes it
//! back, all in one immediate transaction, and answers only after the commit has reached the disk.
//! So what was answered survives the death of the process and of the machine, and several processes
//! may use one file: terminal programs work beside a running server.
//!
//! # What the file holds
//! - Keys are HMAC-SHA-256 of the contract and user, with a key that was drawn when the file was
//!   made and lies in it. They keep identifiers out of indexes, free pages and listings of keys; a
//!   thief of the whole file can recompute them, so the file is its owner's alone (mode 0600).
//! - User IDs stand in clear in *values*: a list of reissues names the user and the operator, and a
//!   session names who is logged in.
//! - Of passwords only Argon2id hashes, of sessions only the hash of the token. What is deleted is
//!   overwritten with zeros.
//!
//! # Time
//! A state is changed with the time of the process that changes it. A clock that steps back makes
//! locks, leases and sessions last as much longer, and never makes one shorter; a step of a one-time
//! password token never goes back, whatever the clock says.

mod adapter;
mod attempts;
mod connection;
mod facts;
mod failure;
mod file;
mod identity;
mod keys;
mod once;
mod otp_steps;
mod paper_requests;
mod purge;
mod queue;
mod quotas;
mod register;
mod retrieval_passwords;
mod retrieval_states;
mod schema;
mod sessions;
mod settings;
mod states;
mod step;
mod store;
#[cfg(test)]
mod tests;

pub use adapter::EmbeddedStores;
pub use failure::OpenError;
pub use settings::{EmbeddedSettings, EmbeddedStoresSettings};
pub use store::EmbeddedStore;
