//! Real servers and a bad network, for tests.

pub(crate) mod proxy;
pub(crate) mod redis;
