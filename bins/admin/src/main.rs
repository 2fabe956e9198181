//! For bank operators and administrators, with the adapters that come with Warifu.

use std::process::ExitCode;

use warifu_config::Registry;

fn main() -> ExitCode {
    warifu_admin::run(Registry::standard())
}
