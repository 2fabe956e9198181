//! In-memory adapters of every store port, the reference for all others.
//!
//! [`MemoryStore`] keeps what happens: attempts, retrieval passwords, sessions, quotas, issued
//! certificates, paper requests. [`MemoryDirectory`] knows who exists, from a users file, and
//! [`MemoryStaff`] who works at the bank. All forget everything
//! when the process ends, so they serve development and tests, and show adapter authors in plain
//! code what each port asks for.

mod attempts;
mod directory;
mod expiring;
mod once;
mod otp_steps;
mod paper_requests;
mod quotas;
mod register;
mod retrieval_passwords;
mod sessions;
mod staff;
mod state;
mod store;
mod users_file;

pub use directory::MemoryDirectory;
pub use staff::MemoryStaff;
pub use store::MemoryStore;
pub use users_file::UsersFileError;
