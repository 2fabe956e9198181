//! The top level is a table of contents, and stays one.

use std::fs;

use super::expect_none;
use super::workspace::{files, root};

const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "adapters",
    "bins",
    "clippy.toml",
    "config",
    "core",
    "deny.toml",
    "docs",
    "rustfmt.toml",
    "tests",
];

/// What a build or a run leaves behind; `.gitignore` names it.
const LEFT_BEHIND: &[&str] = &["target", "var"];

#[test]
fn the_top_level_holds_what_the_readme_maps() {
    let mut violations = Vec::new();
    for entry in fs::read_dir(root()).expect("the root can be listed") {
        let name = entry.expect("the root can be listed").file_name();
        let name = name.to_string_lossy();
        let known = TOP_LEVEL.contains(&name.as_ref()) || LEFT_BEHIND.contains(&name.as_ref());
        if !known && !name.starts_with('.') {
            violations.push(name.into_owned());
        }
    }
    expect_none(
        &violations,
        "Move it below one of the folders that the README maps.",
    );
}

/// A file is one subject, and can be read in one sitting.
#[test]
fn no_file_is_longer_than_500_lines() {
    let violations: Vec<String> = files(".", &["rs"])
        .iter()
        .map(|file| (file.text.lines().count(), &file.path))
        .filter(|(lines, _)| *lines > 500)
        .map(|(lines, path)| format!("{path} has {lines} lines"))
        .collect();
    expect_none(
        &violations,
        "Find the second subject in it, and give that a file of its own.",
    );
}

#[test]
fn documents_name_files_that_exist() {
    let mut violations = Vec::new();
    let mut documents = files("docs", &["md"]);
    documents.extend(
        files(".", &["md"])
            .into_iter()
            .filter(|file| file.path == "README.md"),
    );
    for document in &documents {
        let folder = root().join(&document.path);
        let folder = folder.parent().expect("a document lies in a folder");
        for target in links(&document.text) {
            let path = target.split('#').next().unwrap_or_default();
            let outside = path.contains("://") || path.starts_with("mailto:") || path.is_empty();
            if !outside && !folder.join(path).exists() {
                violations.push(format!("{} links to {target}", document.path));
            }
        }
    }
    expect_none(
        &violations,
        "Correct the link: documents name what is there.",
    );
}

/// The targets of Markdown links: what stands between `](` and `)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

#[test]
fn links_are_found() {
    let text = "See [the map](ARCHITECTURE.md#words) and ![a page](screenshots/home.png).";
    assert_eq!(
        links(text).collect::<Vec<_>>(),
        ["ARCHITECTURE.md#words", "screenshots/home.png"]
    );
}
