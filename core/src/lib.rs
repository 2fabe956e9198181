//! The rules of Warifu, and nothing else: values parsed at construction, pure state machines,
//! the ports that adapters implement and the use cases that people perform.
//!
//! This crate does no input or output. Time and randomness come in through
//! [`ports::Clock`] and [`ports::Randomness`]; it never hears of HTTP, Redis or TOML.

pub mod domain;
pub mod ports;
mod refusal;
pub mod use_cases;

pub use refusal::{InvalidField, Outcome, Refusal};
pub use use_cases::{Ports, Warifu};
