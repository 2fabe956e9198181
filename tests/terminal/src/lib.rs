//! A bank in a folder, servers on it, and the real programs run against both, as the tests of each
//! program need them.

#![expect(
    clippy::expect_used,
    reason = "what a test needs and does not get, fails the test"
)]

mod bank;
mod people;
mod program;
mod pseudo_terminal;
mod server;

pub use bank::BankFolder;
pub use people::{
    CONTRACT, OTHER_CONTRACT, current_code, login_password, now, staff_code, transaction_password,
};
pub use program::{Ended, Program};
pub use pseudo_terminal::PseudoTerminal;
pub use server::{RunningServer, Tls, nobody};
