//! The `openssl` command, which judges certificates, requests and PKCS#12 files. Where it is not
//! installed, the cases that need it fail.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use tempfile::TempDir;

use crate::case::Failure;

/// A fresh directory to run `openssl` in.
pub(crate) struct OpenSsl(TempDir);

impl OpenSsl {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self(TempDir::new()?))
    }

    /// Puts a file there.
    pub(crate) fn put(&self, name: &str, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
        Ok(fs::write(self.0.path().join(name), contents)?)
    }

    /// Runs a command with `input`. What it printed, or why it failed.
    pub(crate) fn run(&self, arguments: &str, input: &str) -> Result<String, Failure> {
        let mut child = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Failure::new(format!(
                    "the openssl command is needed but did not start: {error}"
                ))
            })?;
        if let Some(mut to_child) = child.stdin.take() {
            // It may end before it has read everything.
            let _ = to_child.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(printed);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!(
            "openssl {arguments}: {printed}{complaint}"
        )))
    }
}

/// The DER of each PEM block labelled `label`.
pub(crate) fn blocks(pem: &str, label: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    pem.split(&begin)
        .skip(1)
        .map(|rest| {
            let body = rest.split(&end).next().unwrap_or_default();
            let base64: String = body.split_whitespace().collect();
            Ok(BASE64.decode(base64.as_bytes())?)
        })
        .collect()
}

/// The DER of the only PEM block labelled `label`.
pub(crate) fn block(pem: &str, label: &str) -> Result<Vec<u8>, Failure> {
    let mut blocks = blocks(pem, label)?;
    match blocks.len() {
        1 => Ok(blocks.remove(0)),
        found => Err(Failure::new(format!(
            "{found} PEM blocks {label} instead of one"
        ))),
    }
}
