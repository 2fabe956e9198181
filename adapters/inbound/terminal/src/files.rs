//! Files with secrets: readable by their owner only, whole or not there, never over another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, exit};
use crate::terminal::Terminal;

/// Where a secret goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The standard output.
    Stdout,
    /// A new file.
    File(PathBuf),
}

impl Destination {
    /// As `--output` says: a file, or `-`. Without it, a person at the terminal reads it there; to a
    /// file or a program nothing secret goes unasked.
    pub fn choose(output: Option<&Path>, terminal: &Terminal) -> Result<Self, Failure> {
        match output {
            Some(path) if path.as_os_str() == "-" => Ok(Self::Stdout),
            Some(path) => {
                refuse_existing(path, terminal)?;
                Ok(Self::File(path.to_owned()))
            }
            None if terminal.shows_data() => Ok(Self::Stdout),
            None => Err(Failure::usage(terminal.text("terminal-output-needed", &[]))),
        }
    }

    /// Hands it over.
    pub fn deliver(&self, secret: &str, terminal: &Terminal) -> Result<(), Failure> {
        match self {
            Self::Stdout => terminal.print(secret),
            Self::File(path) => write_new(path, secret.as_bytes(), terminal),
        }
    }
}

/// Says so before anything is done where a file could not be written: it is there already, or its
/// folder is not.
pub fn refuse_existing(path: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let shown = path.display().to_string();
    if fs::symlink_metadata(path).is_ok() {
        return Err(exists(&shown, terminal));
    }
    let folder = folder_of(path);
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        _ => {
            let folder = folder.display().to_string();
            Err(Failure::usage(
                terminal.text("terminal-no-folder", &[("folder", &folder)]),
            ))
        }
    }
}

/// Writes a file that is not there yet: whole or not at all, durable, readable by its owner only.
pub fn write_new(path: &Path, content: &[u8], terminal: &Terminal) -> Result<(), Failure> {
    write(path, content).map_err(|error| {
        let shown = path.display().to_string();
        if error.kind() == ErrorKind::AlreadyExists {
            return exists(&shown, terminal);
        }
        let reason = error.to_string();
        Failure::unexpected(terminal.text(
            "terminal-not-written",
            &[("file", &shown), ("reason", &reason)],
        ))
    })
}

fn exists(shown: &str, terminal: &Terminal) -> Failure {
    Failure::new(
        exit::CONFLICT,
        terminal.text("terminal-file-exists", &[("file", shown)]),
    )
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let folder = folder_of(path);
    let mut unfinished = std::ffi::OsString::from(".");
    unfinished.push(name);
    unfinished.push(format!(".{}.unfinished", std::process::id()));
    let unfinished = folder.join(unfinished);
    let written = create(&unfinished)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        // A link, unlike a renaming, fails where something is there already.
        .and_then(|()| fs::hard_link(&unfinished, path));
    // A process that was killed here leaves the unfinished file behind, and nothing else.
    let removed = fs::remove_file(&unfinished);
    written?;
    removed?;
    File::open(folder)?.sync_all()
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::options::TerminalOptions;

    #[test]
    fn a_file_is_its_owners_and_never_replaced() {
        let terminal = Terminal::new(&TerminalOptions::default(), |_| None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_new(&path, b"one", &terminal).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let refused = write_new(&path, b"two", &terminal).unwrap_err();
        assert_eq!(refused.code(), exit::CONFLICT);
        assert_eq!(refuse_existing(&path, &terminal).unwrap_err().code(), 7);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let nowhere = folder.path().join("missing/secret");
        assert_eq!(refuse_existing(&nowhere, &terminal).unwrap_err().code(), 2);
    }

    #[test]
    fn a_link_that_points_nowhere_is_not_followed() {
        let terminal = Terminal::new(&TerminalOptions::default(), |_| None);
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
        assert_eq!(write_new(&link, b"x", &terminal).unwrap_err().code(), 7);
        assert!(!folder.path().join("elsewhere").exists());
    }
}
