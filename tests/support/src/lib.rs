//! Real servers and a bad network, for tests.

#![allow(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

pub mod certificates;
pub mod ldap;
pub mod proxy;
pub mod radius;
pub mod redis;
