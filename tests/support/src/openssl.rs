//! The real `openssl`, in a directory of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Runs `openssl` and keeps its files until dropped.
pub struct OpenSsl {
    directory: TempDir,
}

impl Default for OpenSsl {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenSsl {
    /// In a new directory.
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Runs a command in the directory; gives whether it succeeded and all it printed.
    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .output()
            .expect("openssl must be installed: tests/run does it");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    /// Runs a command that must succeed.
    #[track_caller]
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let (succeeded, text) = self.run(arguments);
        assert!(succeeded, "openssl {arguments:?}: {text}");
        text
    }

    /// Writes a file into the directory.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    /// Makes a key and a request for it, with names and extensions that nobody should honour.
    /// `kind` as `openssl req -newkey` has it.
    pub fn request(&self, kind: &[&str]) -> String {
        let mut arguments = vec!["req", "-new", "-nodes", "-newkey"];
        arguments.extend(kind);
        arguments.extend([
            "-keyout",
            "key.pem",
            "-out",
            "csr.pem",
            "-subj",
            "/O=Evil/CN=somebody else",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-addext",
            "subjectAltName=DNS:evil.example",
        ]);
        self.succeed(&arguments);
        std::fs::read_to_string(self.path().join("csr.pem")).unwrap()
    }

    /// A request for a fresh P-256 key.
    pub fn p256_request(&self) -> String {
        self.request(&["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
    }
}
