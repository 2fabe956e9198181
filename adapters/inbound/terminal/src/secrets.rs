//! Where secrets come from: a hidden prompt, a file that nobody else reads, or the standard input.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use warifu_core::Secret;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::terminal::Terminal;

/// No entry is longer.
const LONGEST: usize = 4096;
/// The standard input, where a file is expected.
const STDIN: &str = "-";

/// A secret to ask for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The message that names it.
    pub label: &'a str,
    /// The option that gives it instead.
    pub flag: &'a str,
    /// It may be seen while it is entered: a code that is worthless a minute later.
    pub visible: bool,
}

/// Gets secrets. The standard input holds one of them at most.
pub struct Secrets<'a> {
    terminal: &'a Terminal,
    stdin_taken: Cell<bool>,
}

impl<'a> Secrets<'a> {
    /// Gets them from who sits at `terminal`.
    pub fn new(terminal: &'a Terminal) -> Self {
        Self {
            terminal,
            stdin_taken: Cell::new(false),
        }
    }

    /// The secret in `file` (`-`: the first line of the standard input), or asks for it.
    pub fn get(&self, file: Option<&Path>, asked: Asked<'_>) -> Result<Secret, Failure> {
        match file {
            Some(path) if path.as_os_str() == STDIN => self.read_stdin(asked),
            Some(path) => self.read_file(path),
            None => self.prompt(asked),
        }
    }

    /// The secret in `file`, read now; nothing where it will be asked for. Fails where there will be
    /// nobody to ask, before anything has been done.
    pub fn early(&self, file: Option<&Path>, asked: Asked<'_>) -> Result<Option<Secret>, Failure> {
        match file {
            Some(_) => self.get(file, asked).map(Some),
            None if self.terminal.answers() => Ok(None),
            None => Err(self.terminal.nobody_answers(asked.flag)),
        }
    }

    /// Asks for a secret at the terminal.
    pub fn prompt(&self, asked: Asked<'_>) -> Result<Secret, Failure> {
        let terminal = self.terminal;
        let prompt = format!("{}: ", terminal.text(asked.label, &[]));
        if asked.visible {
            let entered = Zeroizing::new(terminal.ask(&prompt, asked.flag)?);
            return Ok(Secret::from(entered.as_str()));
        }
        if !terminal.answers() {
            return Err(terminal.nobody_answers(asked.flag));
        }
        let _silence = Silence::begin();
        rpassword::prompt_password(prompt)
            .map(Zeroizing::new)
            .map(|entered| Secret::from(entered.as_str()))
            .map_err(|error| match error.kind() {
                ErrorKind::Interrupted | ErrorKind::UnexpectedEof => terminal.interrupted(),
                _ => terminal.unreadable(&error),
            })
    }

    fn read_stdin(&self, asked: Asked<'_>) -> Result<Secret, Failure> {
        if self.stdin_taken.replace(true) {
            return Err(Failure::usage(
                self.terminal
                    .text("terminal-stdin-twice", &[("flag", asked.flag)]),
            ));
        }
        read_line(io::stdin().lock()).map_err(|fault| self.explain(fault, Path::new(STDIN)))
    }

    fn read_file(&self, path: &Path) -> Result<Secret, Failure> {
        open(path)
            .and_then(read_line)
            .map_err(|fault| self.explain(fault, path))
    }

    fn explain(&self, fault: Fault, path: &Path) -> Failure {
        let path = path.display().to_string();
        let file = ("file", path.as_str());
        Failure::usage(match fault {
            Fault::Unreadable(error) => {
                let reason = error.to_string();
                self.terminal
                    .text("terminal-secret-unreadable", &[file, ("reason", &reason)])
            }
            Fault::Exposed(mode) => self.terminal.text(
                "terminal-secret-exposed",
                &[file, ("mode", &format!("{mode:04o}"))],
            ),
            Fault::Empty => self.terminal.text("terminal-secret-empty", &[file]),
            Fault::NotOneLine => self.terminal.text("terminal-secret-lines", &[file]),
        })
    }
}

/// No echo from before the prompt is shown: somebody may type ahead.
struct Silence {
    terminal: File,
    before: Termios,
}

impl Silence {
    fn begin() -> Option<Self> {
        let terminal = File::open("/dev/tty").ok()?;
        let before = tcgetattr(&terminal).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Now, &silent).ok()?;
        Some(Self { terminal, before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Why a file holds no secret for us.
#[derive(Debug)]
enum Fault {
    Unreadable(io::Error),
    Exposed(u32),
    Empty,
    NotOneLine,
}

/// Opens a file that nobody but its owner may read.
fn open(path: &Path) -> Result<File, Fault> {
    let file = File::open(path).map_err(Fault::Unreadable)?;
    let metadata = file.metadata().map_err(Fault::Unreadable)?;
    if metadata.is_dir() {
        return Err(Fault::Unreadable(ErrorKind::IsADirectory.into()));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Fault::Exposed(mode));
    }
    Ok(file)
}

/// One line, without its end.
fn read_line(input: impl Read) -> Result<Secret, Fault> {
    let mut bytes = Zeroizing::new(vec![0; LONGEST + 1]);
    let mut length = 0;
    let mut input = input;
    while length < bytes.len() {
        match input.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Fault::Unreadable(error)),
        }
    }
    if length > LONGEST {
        return Err(Fault::NotOneLine);
    }
    let text = std::str::from_utf8(&bytes[..length]).map_err(|_| Fault::NotOneLine)?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Fault::Empty);
    }
    if line.contains(['\n', '\r']) {
        return Err(Fault::NotOneLine);
    }
    Ok(Secret::from(line))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn one_line_is_read_to_the_letter() {
        for (input, expected) in [("abc\n", "abc"), ("abc\r\n", "abc"), (" a b ", " a b ")] {
            let secret = read_line(input.as_bytes()).unwrap();
            assert_eq!(secret.expose(), expected);
        }
        assert!(matches!(read_line(&b""[..]), Err(Fault::Empty)));
        assert!(matches!(read_line(&b"\n"[..]), Err(Fault::Empty)));
        assert!(matches!(read_line(&b"a\nb\n"[..]), Err(Fault::NotOneLine)));
        assert!(matches!(read_line(&b"\xff\n"[..]), Err(Fault::NotOneLine)));
        let long = vec![b'x'; LONGEST + 1];
        assert!(matches!(read_line(&long[..]), Err(Fault::NotOneLine)));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "secret\n").unwrap();
        for (mode, good) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert_eq!(open(&path).is_ok(), good, "{mode:o}");
        }
        assert!(matches!(open(folder.path()), Err(Fault::Unreadable(_))));
        let missing = folder.path().join("missing");
        assert!(matches!(open(&missing), Err(Fault::Unreadable(_))));
    }
}
