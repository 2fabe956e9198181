use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::program::Program;

/// How long a program may take to ask or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program at a terminal of its own, made by `script` of util-linux.
pub struct PseudoTerminal {
    child: Child,
    keyboard: Option<ChildStdin>,
    screen: Receiver<Vec<u8>>,
    /// A character may come in two pieces: read as text only together.
    shown: Vec<u8>,
}

impl PseudoTerminal {
    /// Runs `program` at a terminal that is `columns` wide.
    pub fn run<A: AsRef<OsStr>>(program: &Program, arguments: &[A], columns: u16) -> Self {
        let line = format!(
            "stty cols {columns} rows 24; exec {}",
            program.line(arguments)
        );
        let mut child = Command::new("script")
            .args([
                "--quiet",
                "--return",
                "--flush",
                "--command",
                &line,
                "/dev/null",
            ])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color")
            .envs(
                program
                    .variables()
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script starts: it belongs to util-linux");
        let keyboard = child.stdin.take();
        let mut output = child.stdout.take().expect("the output is piped");
        let (send, screen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                if send.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keyboard,
            screen,
            shown: Vec::new(),
        }
    }

    /// Waits until `text` is shown.
    pub fn wait_for(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.text().contains(text) {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.shown.extend(bytes),
                Err(error) => panic!("{text:?} is not shown ({error}), but: {}", self.text()),
            }
        }
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.shown)
    }

    /// Types `text`.
    pub fn enter(&mut self, text: &str) {
        let keyboard = self.keyboard.as_mut().expect("the program still runs");
        keyboard
            .write_all(text.as_bytes())
            .and_then(|()| keyboard.flush())
            .expect("the terminal takes the text");
    }

    /// Waits for the end: the exit code, and all that was shown.
    pub fn end(mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.shown.extend(bytes),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    panic!("the program does not end: {}", self.text());
                }
            }
        }
        drop(self.keyboard.take());
        let status = self.child.wait().expect("script ends");
        (status.code(), self.text().into_owned())
    }
}
