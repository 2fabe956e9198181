//! The program as it is hosted: several servers on one store, while servers and stores are killed,
//! cut off and handed over. What was answered is compared with what the servers wrote down.

#![allow(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod audit_log;
mod chaos;
mod charges_nobody;
mod checks;
mod clocks;
mod draining;
mod dump;
mod failures;
mod hashing_shares;
mod hosting;
mod kept_files;
mod kills;
mod load;
mod log_faults;
mod log_for_years;
mod many_at_once;
mod outage;
mod restored;
mod switched_off;

/// Short by default; the full number when all rounds are asked for.
fn rounds(short: usize, full: usize) -> usize {
    if std::env::var("WARIFU_TESTS").is_ok_and(|value| value == "all") {
        full
    } else {
        short
    }
}
