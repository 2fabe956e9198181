//! The paper procedure and the staff's logins by their use cases, and what an outage must not become: everything in memory, time at a standstill unless a test
//! lets it pass, and failures where a test wants them.

#![expect(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod bank;
mod crowd;
mod failures;
mod lists;
mod logins;
mod once_more;
mod outages;
mod parts;
mod printing;
mod procedure;
mod recovery;
mod reissues;
mod rules;
mod withdrawn;
