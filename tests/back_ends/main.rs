//! Adapters that ask real servers of others: what the suites do not try, because it is of one
//! protocol. Forged and broken answers, encryption, servers that go and come.

#![expect(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod ldap;
mod radius;
