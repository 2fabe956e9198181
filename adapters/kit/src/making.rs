//! What a check says of things that are not there yet: that they would be made, or that they could not.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{Access, access};

use crate::error::AdapterError;

/// What to answer where the file or folder `path`, which the setting `key` names, is not there and is
/// not to be made: that it would be made, or why it could not.
pub fn would_make(key: &str, path: &Path) -> AdapterError {
    match can_be_made(path) {
        Ok(()) => AdapterError::NotYet(format!("would make {}", path.display())),
        Err(error) => AdapterError::path(key, path, format!("it could not be made: {error}")),
    }
}

/// Whether the nearest folder above `path` takes something new.
fn can_be_made(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    for above in path.ancestors().skip(1) {
        match fs::metadata(above) {
            Ok(found) if found.is_dir() => {
                return Ok(access(above, Access::WRITE_OK | Access::EXEC_OK)?);
            }
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_made_is_told_from_what_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a/b/warifu.db");
        let AdapterError::NotYet(what) = would_make("path", &place) else {
            panic!("it could be made")
        };
        assert_eq!(what, format!("would make {}", place.display()));
        fs::write(folder.path().join("a"), "").unwrap();
        assert!(matches!(
            would_make("path", &place),
            AdapterError::Setting { .. }
        ));
        assert!(!folder.path().join("a/b").exists());
    }
}
