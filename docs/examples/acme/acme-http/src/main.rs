//! Warifu's web pages and API for Acme Bank: `acme-http --config acme.toml`.

use std::process::ExitCode;

use acme_otp::AcmeOtp;
use warifu_config::Registry;

fn main() -> ExitCode {
    let registry = Registry::standard().otp_verifier("acme", AcmeOtp);
    warifu_http::run(registry.for_program("acme-http", env!("CARGO_PKG_VERSION")))
}
