//! Real servers and a bad network, for tests.

#![allow(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

pub mod privacyidea;
pub mod proxy;
pub mod redis;
