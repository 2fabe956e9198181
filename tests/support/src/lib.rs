//! Real servers and a bad network, for tests.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::return_self_not_must_use,
    reason = "what a test needs and does not get, fails the test"
)]

pub mod certificates;
pub mod client;
mod described;
pub mod haproxy;
pub mod ldap;
pub mod openssl;
pub mod people;
pub mod privacyidea;
pub mod process;
pub mod proxy;
pub mod radius;
pub mod rank_sum;
pub mod redis;
