//! By what a server knows this machine: the token of an earlier login of a user. It opens nothing; it
//! keeps strangers who guess from locking the user out here.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use crate::remembered;

/// Beside what else is remembered, readable by its owner only.
fn path() -> Option<PathBuf> {
    Some(remembered::path()?.with_file_name("self-service-devices.toml"))
}

/// Whose token, at which server.
fn name(server: &str, contract: &str, user: &str) -> String {
    format!("{server} {contract} {user}")
}

fn all() -> BTreeMap<String, String> {
    path()
        .and_then(|path| fs::read_to_string(path).ok())
        .and_then(|text| toml::from_str(&text).ok())
        .unwrap_or_default()
}

/// The token of the last login of a user here, if there was one.
pub(crate) fn token(server: &str, contract: &str, user: &str) -> Option<SecretString> {
    let token = all().remove(&name(server, contract, user))?;
    Some(SecretString::from(token))
}

/// Keeps a token. Where that fails, the next login is a stranger's, which does no harm.
pub(crate) fn keep(server: &str, (contract, user): (&str, &str), token: &SecretString) {
    let mut tokens = all();
    let name = name(server, contract, user);
    let before = tokens.insert(name, token.expose_secret().to_owned());
    if before.as_deref() != Some(token.expose_secret()) {
        // Nobody waits for it.
        let _ = write(&tokens);
    }
}

/// Forgets all of them.
pub(crate) fn forget() {
    if let Some(path) = path() {
        let _ = fs::remove_file(path);
    }
}

/// Writes a new file in the place of the old one, so that nobody reads half of it.
fn write(tokens: &BTreeMap<String, String>) -> Option<()> {
    let path = path()?;
    let text = toml::to_string(tokens).ok()?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path.parent()?)
        .ok()?;
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .ok()?;
    file.write_all(text.as_bytes()).ok()?;
    fs::rename(&fresh, &path).ok()
}
