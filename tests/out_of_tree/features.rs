//! Programs with a handful of adapters: what is left out is missed by nothing.

use std::process::Command;

use super::{root, target};

/// Checks a program of this workspace with these adapters alone. Nothing is built: the program that
/// other tests start stays as it is.
fn check(program: &str, features: &str) {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--locked", "--package", program])
        .args(["--no-default-features", "--features", features])
        .env("CARGO_TARGET_DIR", target())
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("RUSTFLAGS")
        .current_dir(root())
        .output()
        .expect("cargo starts");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !words.contains("warning:"),
        "{program} with {features:?}:\n{words}"
    );
}

#[test]
fn a_server_is_built_with_a_handful_of_adapters() {
    for features in ["memory,totp,local-ca,audit-file", "redis,ldap,http-otp"] {
        check("warifu-http", features);
    }
}

#[test]
fn a_terminal_program_is_built_without_the_servers_adapters() {
    check("warifu-admin", "");
    check("warifu-self-service", "");
}
