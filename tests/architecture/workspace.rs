//! What the rules look at: the packages as cargo sees them and the files as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// Packages that are parts of one adapter, each with that adapter: used by nobody else.
const PARTS: &[(&str, &str)] = &[("warifu-redis-link", "warifu-redis")];

/// A package of the dependency graph.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// Where it comes from; nothing for a package of this workspace.
    pub(crate) source: Option<String>,
    /// The folder of its manifest, relative to the root for a package of this workspace.
    pub(crate) folder: PathBuf,
    /// Names of what it needs to run or build; not what only its tests need.
    pub(crate) dependencies: Vec<String>,
}

impl Package {
    /// The adapter that it is a part of, if it is no adapter itself.
    pub(crate) fn whole(&self) -> Option<&'static str> {
        let part = PARTS.iter().find(|(part, _)| *part == self.name);
        part.map(|(_, whole)| *whole)
    }
}

/// The folder that holds the whole repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the root")
}

/// Every package of the graph, for the platform that the tests run on.
pub(crate) fn packages() -> &'static [Package] {
    static PACKAGES: OnceLock<Vec<Package>> = OnceLock::new();
    PACKAGES.get_or_init(read_packages)
}

/// The packages of this workspace.
pub(crate) fn members() -> impl Iterator<Item = &'static Package> {
    packages().iter().filter(|package| package.source.is_none())
}

fn read_packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            &platform(),
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata failed; commit an up-to-date Cargo.lock:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("packages is a list");
    packages.iter().map(package).collect()
}

fn platform() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc prints text");
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

fn package(value: &Value) -> Package {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let manifest = PathBuf::from(text("manifest_path").expect("a package has a manifest"));
    let folder = manifest.parent().expect("a manifest lies in a folder");
    let dependencies = value["dependencies"]
        .as_array()
        .expect("dependencies is a list");
    Package {
        name: text("name").expect("a package has a name"),
        version: text("version").expect("a package has a version"),
        license: text("license"),
        source: text("source"),
        folder: folder.strip_prefix(root()).unwrap_or(folder).to_owned(),
        dependencies: dependencies
            .iter()
            .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect(),
    }
}

/// The traits of core/src/ports.
pub(crate) fn ports() -> Vec<String> {
    let mut ports = Vec::new();
    for file in files("core/src/ports", &["rs"]) {
        for line in file.text.lines() {
            if let Some(rest) = line.strip_prefix("pub trait ") {
                ports.push(rest.chars().take_while(|c| c.is_alphanumeric()).collect());
            }
        }
    }
    ports
}

/// One file of the repository.
pub(crate) struct SourceFile {
    /// Relative to the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    /// The numbered lines of Rust that ship: without comment lines and without the module of tests,
    /// which stands at the end of a file.
    pub(crate) fn shipped_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self
            .text
            .find("#[cfg(test)]\nmod tests {")
            .unwrap_or(self.text.len());
        let lines = (1..).zip(self.text[..end].lines());
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The files of modules that exist for tests only: `#[cfg(test)] mod name;`.
    fn test_modules(&self) -> impl Iterator<Item = String> {
        let path = self.path.trim_end_matches(".rs");
        let (folder, stem) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = match stem {
            "lib" | "main" | "mod" => folder.to_owned(),
            _ => path.to_owned(),
        };
        let declared = self.text.split("#[cfg(test)]\n").skip(1);
        declared.filter_map(move |rest| {
            let line = rest.lines().next()?.trim_start_matches("pub(crate) ");
            let name = line.strip_prefix("mod ")?.strip_suffix(';')?;
            Some(format!("{folder}/{name}"))
        })
    }
}

/// Every file below `folder` (relative to the root) whose name ends with one of `extensions`.
pub(crate) fn files(folder: &str, extensions: &[&str]) -> Vec<SourceFile> {
    let mut found = Vec::new();
    collect(&root().join(folder), extensions, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(folder: &Path, extensions: &[&str], found: &mut Vec<SourceFile>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a folder can be listed").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            if !matches!(name, "target" | "node_modules" | "var" | "test-results")
                && !name.starts_with('.')
            {
                collect(&path, extensions, found);
            }
        } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
            let relative = path
                .strip_prefix(root())
                .expect("the file lies in the root");
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
            found.push(SourceFile {
                path: relative.display().to_string(),
                text,
            });
        }
    }
}

/// The Rust files that ship: everything but the tests.
pub(crate) fn shipped_rust() -> Vec<SourceFile> {
    let folders = ["core", "adapters", "config", "bins"];
    let files: Vec<SourceFile> = folders
        .iter()
        .flat_map(|folder| files(folder, &["rs"]))
        .filter(|file| file.path.contains("/src/"))
        .collect();
    let tests: Vec<String> = files.iter().flat_map(SourceFile::test_modules).collect();
    let is_test = |file: &SourceFile| {
        tests.iter().any(|module| {
            file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/"))
        })
    };
    files.into_iter().filter(|file| !is_test(file)).collect()
}

#[test]
fn test_modules_are_left_out() {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let library = file("x/src/lib.rs", "mod a;\n#[cfg(test)]\nmod usage;\nmod b;\n");
    assert_eq!(library.test_modules().collect::<Vec<_>>(), ["x/src/usage"]);
    let module = file("x/src/b.rs", "#[cfg(test)]\nmod tests;\n");
    assert_eq!(module.test_modules().collect::<Vec<_>>(), ["x/src/b/tests"]);
    let inline = file(
        "x/src/c.rs",
        "fn c() {}\n#[cfg(test)]\nmod tests {\n    boom();\n}\n",
    );
    assert_eq!(inline.test_modules().count(), 0);
    assert_eq!(
        inline.shipped_lines().collect::<Vec<_>>(),
        [(1, "fn c() {}")]
    );
}
