//! Real servers and a bad network, for tests.

pub mod proxy;
pub mod redis;
