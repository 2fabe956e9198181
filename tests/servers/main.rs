//! The Redis store and the audit log on real servers: side by side with the rules in Rust, on every topology,
//! through every fault.
//!
//! `WARIFU_TESTS=all` plays more schedules, more rounds of failovers and more names.

#![allow(clippy::expect_used, reason = "a helper that fails fails the test")]

mod access;
mod audit_log;
mod differential;
mod faults;
mod footprint;
mod load;
mod replication;
mod start;
mod topologies;
mod visitor;
mod watch;
