//! A users file as a document: what is changed in it leaves everything else as people wrote it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use toml_edit::{ArrayOfTables, Item, Table};

/// Writes a users file: whole, or not at all.
pub(crate) fn write_whole(target: &Path, text: &str) -> io::Result<()> {
    let mode = match fs::metadata(target) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(_) => 0o600,
    };
    let folder = folder_of(target);
    let unfinished = folder.join(format!(".users.{}.unfinished", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.set_permissions(Permissions::from_mode(mode))?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&unfinished, target));
    if written.is_err() {
        // It may never have been made.
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    File::open(folder)?.sync_all()
}

/// Waits until nobody else changes users files in the folder; they are changed while this is held.
/// Not of the file itself: that is replaced.
pub(crate) fn turn(target: &Path) -> io::Result<File> {
    let folder = File::open(folder_of(target))?;
    folder.lock()?;
    Ok(folder)
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The tables `[[name]]`, made where there are none.
pub(crate) fn tables<'a>(
    table: &'a mut Table,
    name: &str,
    file: &Path,
) -> Result<&'a mut ArrayOfTables, Vec<String>> {
    table
        .entry(name)
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()))
        .as_array_of_tables_mut()
        .ok_or_else(|| vec![about(file, &format!("write {name} as [[{name}]]"))])
}

/// Whether `key` of a table names `id`, however it is written.
pub(crate) fn names<T: std::str::FromStr + PartialEq>(table: &Table, key: &str, id: &T) -> bool {
    let found = table.get(key).and_then(Item::as_str);
    found.is_some_and(|text| text.parse::<T>().is_ok_and(|found| found == *id))
}

pub(crate) fn about(path: &Path, what: &str) -> String {
    format!("{}: {what}", path.display())
}
