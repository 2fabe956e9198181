//! The paper procedure by its use cases: everything in memory, time at a standstill unless a test
//! lets it pass, and failures where a test wants them.

#![expect(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod bank;
mod failures;
mod logins;
mod parts;
mod procedure;
mod rules;
mod ways_out;
