//! The hosted deployment of Warifu with the adapters that come with it.

use std::process::ExitCode;

use warifu_config::Registry;

fn main() -> ExitCode {
    warifu_http::run(Registry::standard())
}
