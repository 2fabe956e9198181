//! One hostile address, and forty: what they can take of a server with default settings before
//! anybody has logged in, and whether it comes back. Bounds are CPU seconds, bytes and counts of the
//! whole process, measured from outside.

#![allow(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod connections;
mod forms;
mod heads;
mod memory;
mod siege;
mod streams;
mod target;
mod wire;

/// Short by default; the full number when all rounds are asked for.
fn rounds(short: usize, full: usize) -> usize {
    if std::env::var("WARIFU_TESTS").is_ok_and(|value| value == "all") {
        full
    } else {
        short
    }
}
