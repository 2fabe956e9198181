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

/// The permissions of a file that others than its owner can read, write or run. What belongs to the
/// administrator and may only be read by a group of this process is handed to it that way (`0440
/// root:warifu`), and not exposed.
#[cfg(unix)]
pub fn exposed_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let metadata = std::fs::metadata(path).ok()?;
    let mode = metadata.permissions().mode() & 0o777;
    let is_handed_over = mode & 0o037 == 0 && metadata.uid() == 0 && is_ours(metadata.gid());
    (mode & 0o077 != 0 && !is_handed_over).then_some(mode)
}

/// Whether this process is in a group.
#[cfg(unix)]
fn is_ours(group: u32) -> bool {
    use rustix::process::{getegid, getgroups};

    let others = getgroups().unwrap_or_default();
    let mut ours = others.into_iter().chain([getegid()]);
    ours.any(|own| own.as_raw() == group)
}

/// Where files have no such permissions, nothing can be told.
#[cfg(not(unix))]
pub fn exposed_mode(_path: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, chown};

    use rustix::process::{getegid, geteuid};

    use super::*;

    #[test]
    fn a_secret_is_its_owners() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, exposed) in [
            (0o600, None),
            (0o400, None),
            (0o620, Some(0o620)),
            (0o644, Some(0o644)),
            (0o604, Some(0o604)),
            (0o601, Some(0o601)),
        ] {
            set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            assert_eq!(exposed_mode(file.path()), exposed, "{mode:04o}");
        }
    }

    #[test]
    fn the_administrator_hands_a_secret_to_a_group_of_this_process() {
        // Only the administrator can give files away.
        if !geteuid().is_root() {
            return;
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        let with = |owner, group, mode| {
            chown(file.path(), Some(owner), Some(group)).unwrap();
            set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            exposed_mode(file.path())
        };
        let group = getegid().as_raw();
        assert_eq!(with(0, group, 0o440), None);
        assert_eq!(with(0, group, 0o640), None);
        assert_eq!(with(0, group, 0o660), Some(0o660));
        assert_eq!(with(0, group, 0o444), Some(0o444));
        assert_eq!(with(1, group, 0o440), Some(0o440));
        assert_eq!(with(0, 54_321, 0o440), Some(0o440));
    }
}
