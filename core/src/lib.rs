//! The rules of Warifu, and nothing else: values parsed at construction, pure state machines,
//! the ports that adapters implement and the use cases that people perform.
//!
//! Use cases are divided by who may call them: [`customers`], the bank's [`office`] and its
//! [`terminal`]. [`UseCases`] holds what a server's listeners may do, a [`terminal::Terminal`] what programs
//! on the bank's own machine may; both stand on one private wiring of ports and policy.
//!
//! This crate does no input or output. Time and randomness come in through
//! [`ports::Clock`] and [`ports::Randomness`]; it never hears of HTTP, Redis or TOML.

mod context;
pub mod customers;
pub mod domain;
mod entitlement;
mod health;
pub mod office;
pub mod ports;
mod redeemed;
mod refusal;
mod reissue_quotas;
mod reissuing;
mod service;
mod store_authority;
mod store_past;
mod store_recognition;
mod store_time;
pub mod terminal;
mod use_cases;
mod user_list;
mod user_overview;
mod user_selection;
mod wiring;

pub use context::{RequestContext, Secret};
pub use health::{BackEnds, Health};
pub use refusal::{InvalidField, Outcome, Refusal};
pub use reissuing::Reissued;
pub use service::Service;
pub use store_authority::{AuthorityRefusal, authority_fingerprint, recognise_authority};
pub use store_past::{Depth, Forgotten, StorePast};
pub use store_recognition::{StoreRecognition, StoreRefusal};
pub use store_time::StoreTime;
pub use use_cases::UseCases;
pub use user_list::{
    ListPosition, ListUsers, ListUsersPage, OverviewWalk, Paging, UserStatusFilter,
};
pub use user_overview::{UserOverview, UsersWaiting};
pub use user_selection::UserSort;
pub use wiring::{
    AuditFilter, FormRefusal, NOTICE_LIFETIME, OpenForm, Ports, SessionForms, SessionNotices,
    ShownAtLogin, SprayCounts,
};
