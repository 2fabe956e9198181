//! In-memory adapters of every store port, the reference for all others.
//!
//! [`MemoryStore`] keeps what happens: attempts, retrieval passwords, sessions, quotas, issued
//! certificates, paper requests. [`MemoryDirectory`] knows who exists, from a users file, and
//! [`MemoryStaff`] who works at the bank. All forget everything
//! when the process ends, so they serve development and tests, and show adapter authors in plain
//! code what each port asks for.
//!
//! A users file is also written here: [`Import`] brings users into one, [`users_file_text`] makes one
//! of a contract's users, and [`UsersFileCards`] gives users cards of its stock.

mod adapter;
mod attempts;
mod cards;
mod directory;
mod example_secrets;
mod expiring;
mod export;
mod facts;
mod import;
mod once;
mod otp_steps;
mod paper_requests;
mod quotas;
mod register;
mod retrieval_passwords;
mod sessions;
mod settings;
mod staff;
mod state;
mod store;
mod users_file;

pub use adapter::{MemoryStaffMembers, MemoryStores, MemoryUsers};
pub use cards::UsersFileCards;
pub use directory::MemoryDirectory;
pub use export::users_file_text;
pub use import::Import;
pub use settings::{MemoryStaffSettings, MemoryUsersSettings};
pub use staff::MemoryStaff;
pub use store::MemoryStore;
pub use users_file::UsersFileError;
