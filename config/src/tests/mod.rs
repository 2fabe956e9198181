//! What a wrong configuration is told, to the letter, and what a right one yields.

mod embedded;
mod good;
mod hashes;
mod http_otp;
mod production;
mod refusals;
mod registry;
mod risks;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::{ConfigError, Configuration, Layers, Registry};

/// A folder with a file `warifu.toml` in it.
struct Folder(TempDir);

impl Folder {
    fn with(text: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path("warifu.toml"), text).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self, overrides: &[&str]) -> Result<Configuration, ConfigError> {
        let layers = Layers::new()
            .files([self.path("warifu.toml")])
            .overrides(overrides.iter().map(|text| text.parse().unwrap()));
        Configuration::load(&layers, &Registry::standard())
    }

    /// The lines of the refusal, the folder left out.
    fn refusal(&self, overrides: &[&str]) -> Vec<String> {
        let lines = self.problems(overrides);
        assert!(!lines.is_empty(), "the configuration is accepted");
        lines
    }

    /// As [`Self::refusal`]; nothing where the configuration is accepted.
    fn problems(&self, overrides: &[&str]) -> Vec<String> {
        let Err(error) = self.load(overrides) else {
            return Vec::new();
        };
        assert_eq!(error.exit_code(), 78);
        let folder = format!("{}/", self.0.path().display());
        error
            .to_string()
            .lines()
            .map(|line| line.replace(&folder, ""))
            .collect()
    }
}

const DEVELOPMENT: &str = "environment = \"development\"\n";

/// The one line that `text` in a development configuration is refused with.
fn line(text: &str) -> String {
    let lines = Folder::with(&format!("{DEVELOPMENT}{text}\n")).refusal(&[]);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.into_iter().next().unwrap()
}
