//! For a customer's own PC.

use std::process::ExitCode;

fn main() -> ExitCode {
    warifu_self_service::run(warifu_self_service::OURS)
}
