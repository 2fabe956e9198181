//! Files that hold secrets.

use std::path::Path;

/// Why `path` is no place for a secret: others can read it. Nothing where it is, or where it
/// cannot be looked at; whoever opens it says so better.
#[cfg(unix)]
pub(crate) fn exposure(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;

    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        let path = path.display();
        format!("{path} holds a secret and others may read it (mode {mode:04o}): chmod 600 {path}")
    })
}

/// Where files have no such permissions, nothing can be told.
#[cfg(not(unix))]
pub(crate) fn exposure(_path: &Path) -> Option<String> {
    None
}
