//! Warifu for Acme Bank's operators: `acme-admin --config acme.toml users list --contract 1234567890`.

use std::process::ExitCode;

use acme_otp::AcmeOtp;
use warifu_config::Registry;

fn main() -> ExitCode {
    let registry = Registry::standard().otp_verifier("acme", AcmeOtp);
    warifu_admin::run(registry.for_program("acme-admin", env!("CARGO_PKG_VERSION")))
}
