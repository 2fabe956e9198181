//! The house rules that a compiler does not check: which way the arrows point, what may enter the
//! dependency graph, what an adapter and a port bring with them, and what no source file holds.
//!
//! A failure lists every place and says what to do about it.

#![allow(clippy::expect_used, reason = "helpers of tests may stop a test")]

mod arrows;
mod circles;
mod completeness;
mod dependencies;
mod layout;
mod license;
mod places;
mod profiles;
mod programs;
mod sources;
mod templates;
mod workspace;

/// Fails with every violation and the remedy.
#[track_caller]
fn expect_none(violations: &[String], remedy: &str) {
    assert!(
        violations.is_empty(),
        "\n\n  {}\n\n{remedy}\n",
        violations.join("\n  ")
    );
}
