//! Completion scripts and manual pages, made from the very arguments: in English, whatever language the
//! program speaks, since a system installs them once for everybody.

use std::path::Path;

use clap_complete::Shell;
use warifu_terminal::{Failure, Program, Terminal};

use crate::arguments::Arguments;

/// Prints the completion script of a shell.
pub(crate) fn completions(
    shell: Shell,
    program: Program,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = program.command::<Arguments>();
    clap_complete::generate(shell, &mut command, program.name, &mut script);
    terminal.print(&String::from_utf8_lossy(&script))
}

/// Writes a manual page for the program and one for each command.
pub(crate) fn manual(folder: &Path, program: Program, terminal: &Terminal) -> Result<(), Failure> {
    clap_mangen::generate_to(program.command::<Arguments>(), folder).map_err(|error| {
        let (folder, reason) = (folder.display().to_string(), error.to_string());
        Failure::unexpected(terminal.text(
            "terminal-not-written",
            &[("file", &folder), ("reason", &reason)],
        ))
    })
}
