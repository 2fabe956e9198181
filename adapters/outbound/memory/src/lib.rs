//! In-memory adapters of every store port, the reference for all others.
//!
//! [`MemoryStore`] keeps what happens: attempts, retrieval passwords, sessions, quotas, issued
//! certificates. [`MemoryDirectory`] knows who exists, from a users file. Both forget everything
//! when the process ends, so they serve development and tests, and show adapter authors in plain
//! code what each port asks for.

mod attempts;
mod directory;
mod expiring;
mod once;
mod otp_steps;
mod quotas;
mod register;
mod retrieval_passwords;
mod sessions;
mod store;
mod users_file;

pub use directory::MemoryDirectory;
pub use store::MemoryStore;
pub use users_file::{StaffMember, StaffRole, UsersFileError};
