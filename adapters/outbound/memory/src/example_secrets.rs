//! Secrets that everybody knows.

use std::fs;
use std::path::Path;

use warifu_adapter_kit::{AdapterError, Environment};
use zeroize::Zeroizing;

/// The users file that comes with Warifu, beside the other examples.
const EXAMPLE: &str = include_str!("../../../../config/users.example.toml");

/// In production, refuses a users file whose secrets everybody knows.
pub(crate) fn refuse_published(path: &Path, environment: Environment) -> Result<(), AdapterError> {
    if environment != Environment::Production {
        return Ok(());
    }
    if holds_an_example(path) {
        let reason = "holds a password or a card that is published as an example: \
                      everybody knows it, make new ones";
        return Err(AdapterError::path("users_file", path, reason));
    }
    Ok(())
}

/// Whether a users file has a hash or a card's secret of the example that comes with Warifu.
fn holds_an_example(path: &Path) -> bool {
    let Ok(text) = fs::read_to_string(path).map(Zeroizing::new) else {
        return false;
    };
    EXAMPLE
        .lines()
        .filter(|line| line.contains("$argon2id$v=") || line.contains("secret = "))
        .filter_map(|line| line.split('"').nth(1))
        .any(|secret| text.contains(secret))
}
