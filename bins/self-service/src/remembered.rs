//! What a person need not enter twice: server, contract and user of last time. No secret is kept here.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use warifu_terminal::{Failure, Terminal};

/// What is remembered.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remembered {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contract: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
}

/// Where it is kept: `$XDG_CONFIG_HOME/warifu/self-service.toml`, or below `~/.config`.
pub(crate) fn path() -> Option<PathBuf> {
    let folder = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(folder.join("warifu/self-service.toml"))
}

/// What was remembered; nothing where it cannot be read.
pub(crate) fn read() -> Remembered {
    path()
        .and_then(|path| fs::read_to_string(path).ok())
        .and_then(|text| toml::from_str(&text).ok())
        .unwrap_or_default()
}

/// Remembers. That this failed is worth a word and no more.
pub(crate) fn write(remembered: &Remembered, terminal: &Terminal) {
    let Some(path) = path() else { return };
    if read() == *remembered {
        return;
    }
    let written = toml::to_string(remembered).ok().and_then(|text| {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path.parent()?)
            .ok()?;
        fs::write(&path, text).ok()
    });
    let file = path.display().to_string();
    terminal.say(&match written {
        Some(()) => terminal.text("client-remembered", &[("file", &file)]),
        None => terminal.text("client-not-remembered", &[("file", &file)]),
    });
}

/// Forgets.
pub(crate) fn forget(terminal: &Terminal) -> Result<(), Failure> {
    let Some(path) = path() else { return Ok(()) };
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let file = path.display().to_string();
            Err(Failure::unexpected(
                terminal.text("client-pending-left", &[("file", &file)]),
            ))
        }
        _ => {
            terminal.done(&terminal.text("client-forgotten", &[]));
            Ok(())
        }
    }
}
