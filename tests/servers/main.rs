//! The Redis store on real servers: side by side with the rules in Rust, on every topology,
//! through every fault.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod differential;
mod faults;
mod footprint;
mod load;
mod replication;
mod start;
mod topologies;
mod visitor;
