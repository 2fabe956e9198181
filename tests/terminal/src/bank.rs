use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::people::{self, transaction_password};

/// A folder with configuration, users, an embedded store, an audit log and secrets.
pub struct BankFolder(TempDir);

impl BankFolder {
    /// The people of the example, and the usual settings of development.
    pub fn new() -> Self {
        Self::with("")
    }

    /// As [`Self::new`], with more settings (TOML, before the usual ones).
    pub fn with(settings: &str) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder can be made"));
        let at = folder.0.path().display();
        folder.write("users.toml", people::USERS);
        folder.write(
            "warifu.toml",
            &format!(
                "environment = \"development\"\n\
                 user_directory = {{ adapter = \"memory\", memory.users_file = \"{at}/users.toml\" }}\n\
                 password_store = {{ adapter = \"embedded\", embedded.path = \"{at}/store.db\" }}\n\
                 certificate_authority = {{ adapter = \"local\", local.directory = \"{at}/ca\" }}\n\
                 audit_log = {{ adapter = \"file\", file.path = \"{at}/audit.jsonl\" }}\n\
                 {settings}\n"
            ),
        );
        for user in ["admin01", "admin02", "user02"] {
            folder.secret(&format!("{user}.transaction"), &transaction_password(user));
        }
        folder.secret("wrong", "not-the-password");
        folder
    }

    /// Adds `count` users `pc00001`, `pc00002` … to the contract of the example.
    #[must_use]
    pub fn and_users(self, count: usize) -> Self {
        let mut users = String::new();
        for number in 1..=count {
            // Writing to a string does not fail.
            let _ = writeln!(
                users,
                "[[contracts.users]]\nid = \"pc{number:05}\"\nname = \"利用者 {number}\"\n"
            );
        }
        let text = people::USERS.replacen(
            "[[contracts]]\nnumber = \"2345678901\"",
            &format!("{users}\n[[contracts]]\nnumber = \"2345678901\""),
            1,
        );
        assert!(text.len() > people::USERS.len(), "the users were added");
        self.write("users.toml", &text);
        self
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The content of a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file can be read")
    }

    /// Writes a file, over an earlier one.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("the file can be written");
        path
    }

    /// Writes a secret that only its owner may read.
    pub fn secret(&self, name: &str, secret: &str) -> PathBuf {
        let path = self.path(name);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .expect("the file can be made");
        writeln!(file, "{secret}").expect("the file can be written");
        path
    }

    /// The records of the audit log.
    pub fn audit(&self) -> Vec<Value> {
        let lines = self.read("audit.jsonl");
        let record = |line| serde_json::from_str(line).expect("a record is JSON");
        lines.lines().map(record).collect()
    }

    /// How many records of a kind there are.
    pub fn count(&self, event: &str) -> usize {
        let records = self.audit();
        records
            .iter()
            .filter(|record| record["event"] == event)
            .count()
    }
}

impl Default for BankFolder {
    fn default() -> Self {
        Self::new()
    }
}
