//! The private wiring that all handles share: the ports, the policy, and the mechanisms that more
//! than one audience needs. Nothing in here decides who may do what.

mod attempt;
mod audit_trail;
mod base;
mod browsers;
mod check_password;
mod denial_counts;
mod denials;
mod ended_sessions;
mod history;
mod keep_file;
mod kept_files;
mod lock_looks;
mod lock_records;
mod ports;
mod refusal_pace;
mod session_forms;
mod session_notices;
mod session_seal;
mod stranger_counts;
mod strangers;

pub(crate) use attempt::{Attempted, Booked, Found, keep_booked, suspended};
pub(crate) use audit_trail::{Actor, Entry, TERMINAL, UNTIL_UNLOCKED};
pub(crate) use base::{Wiring, to_completion};
pub(crate) use browsers::Person;
pub use browsers::ShownAtLogin;
pub(crate) use check_password::{PasswordChecker, PasswordEntry, STAFF_DIRECTORY};
pub use history::AuditFilter;
pub(crate) use kept_files::Keeping;
pub(crate) use lock_records::SeenLock;
pub use ports::Ports;
pub(crate) use session_forms::FORM_LIFETIME;
pub use session_forms::{FormRefusal, OpenForm, SessionForms};
pub use session_notices::{NOTICE_LIFETIME, SessionNotices};
pub use stranger_counts::SprayCounts;
