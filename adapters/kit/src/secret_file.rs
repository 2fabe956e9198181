//! Files that hold secrets.

use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::error::AdapterError;

/// The secret in the file that the setting `key` names.
pub fn read(key: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, AdapterError> {
    if let Some(exposure) = exposure(path) {
        return Err(AdapterError::setting(key, exposure));
    }
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| AdapterError::path(key, path, error))
}

/// A secret text in the file that the setting `key` names, without the line's end that editors
/// add. Nothing where no file is named.
pub fn read_text(
    key: &'static str,
    path: Option<&Path>,
) -> Result<Option<SecretString>, AdapterError> {
    let Some(path) = path else { return Ok(None) };
    let bytes = read(key, path)?;
    match std::str::from_utf8(&bytes).map(|text| text.trim_end_matches(['\r', '\n'])) {
        Ok("") => Err(AdapterError::path(key, path, "is empty")),
        Ok(text) => Ok(Some(SecretString::from(text))),
        Err(_) => Err(AdapterError::path(key, path, "is not text in UTF-8")),
    }
}

/// Why `path` is no place for a secret: others can read it. Nothing where it is, or where it
/// cannot be looked at; whoever opens it says so better.
pub fn exposure(path: &Path) -> Option<String> {
    let mode = exposed_mode(path)?;
    let path = path.display();
    Some(format!(
        "{path} holds a secret and others may read it (mode {mode:04o}): chmod 600 {path}"
    ))
}

/// The permissions of a file that others than its owner can read, write or run.
#[cfg(unix)]
pub fn exposed_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Where files have no such permissions, nothing can be told.
#[cfg(not(unix))]
pub fn exposed_mode(_path: &Path) -> Option<u32> {
    None
}
