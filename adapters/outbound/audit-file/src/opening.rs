//! Opening the file of a log for writing: whether it is the one that was there before.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::family;
use crate::file;
use crate::history::{History, index_path};
use crate::watch::{Watch, Watched};

/// A log that was opened.
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) watch: Arc<Watch>,
    pub(crate) history: Arc<Mutex<History>>,
    /// What it has lost, where that is accepted.
    pub(crate) loss: Option<String>,
}

/// Opens a log and begins to watch it. One that has lost what it held is refused, unless that is
/// accepted.
pub(crate) fn open(path: &Path, accept_loss: bool) -> io::Result<Opened> {
    let mut history = History::new(path.to_owned());
    let mut loss = None;
    if is_gone(path)? {
        let what = "the file of the log is gone";
        if !accept_loss {
            let message = format!(
                "{what}, and there was one: put it back, or accept the loss with \
                 `warifu-admin store adopt`"
            );
            return Err(io::Error::new(ErrorKind::NotFound, message));
        }
        loss = Some(what.to_owned());
    }
    let file = file::open(path)?;
    if loss.is_none()
        && let Err(error) = history.current()
    {
        if !accept_loss || error.kind() != ErrorKind::InvalidData {
            return Err(error);
        }
        let told = error.to_string();
        loss = Some(told.split(':').next().unwrap_or_default().to_owned());
    }
    if let Some(loss) = &loss {
        tracing::warn!(loss, "the loss of records of the audit log is accepted");
        history.forget()?;
    }
    let index = history.current()?;
    let watched = Watched::of(&file, index.end(), index.last_hash())?;
    Ok(Opened {
        watch: Arc::new(Watch::new(path.to_owned(), watched)),
        file,
        history: Arc::new(Mutex::new(history)),
        loss,
    })
}

/// Whether there was a file before, as far as what lies beside it tells.
fn is_gone(path: &Path) -> io::Result<bool> {
    if fs::exists(path)? {
        return Ok(false);
    }
    Ok(fs::exists(index_path(path))? || !family::formers(path)?.is_empty())
}
