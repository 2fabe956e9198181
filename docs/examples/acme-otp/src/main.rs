//! Warifu for Acme Bank: `acme-warifu --config acme.toml`.

use std::process::ExitCode;

fn main() -> ExitCode {
    warifu_http::run(acme_otp::registry())
}
