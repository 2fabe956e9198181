//! What may enter the dependency graph, as `deny.toml` says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::expect_none;
use super::license::satisfied;
use super::workspace::{files, members, packages, root};

fn deny() -> toml::Table {
    let text = fs::read_to_string(root().join("deny.toml")).expect("deny.toml exists");
    text.parse().expect("deny.toml is TOML")
}

fn strings(value: &toml::Value) -> Vec<String> {
    let list = value.as_array().expect("a list");
    list.iter()
        .filter_map(|entry| entry.as_str().map(str::to_owned))
        .collect()
}

/// docs/decisions/0101: what writes PKCS#12 files stands on them.
const PRE_RELEASES: &[(&str, &str)] = &[("cms", "0.3.0-pre.1"), ("pkcs12", "0.2.0-pre.0")];

#[test]
fn pre_releases_are_those_that_a_record_explains() {
    let violations: Vec<String> = packages()
        .iter()
        .filter(|package| {
            let version = package.version.split('+').next().unwrap_or_default();
            version.contains('-')
        })
        .filter(|package| !PRE_RELEASES.contains(&(&*package.name, &*package.version)))
        .map(|package| format!("{} {}", package.name, package.version))
        .collect();
    expect_none(
        &violations,
        "Take a released version, or pin it, try it as if it were ours, and explain it in \
         docs/decisions.",
    );
}

#[test]
fn licenses_are_permissive() {
    let allowed = strings(&deny()["licenses"]["allow"]);
    let violations: Vec<String> = packages()
        .iter()
        .filter(|package| {
            !package
                .license
                .as_deref()
                .is_some_and(|license| satisfied(license, &allowed))
        })
        .map(|package| {
            let license = package.license.as_deref().unwrap_or("no licence");
            format!("{} {} has {license}", package.name, package.version)
        })
        .collect();
    expect_none(
        &violations,
        "Choose another package, or add the licence to [licenses] in deny.toml if it is permissive.",
    );
}

#[test]
fn banned_packages_stay_out() {
    let deny = deny();
    let banned = deny["bans"]["deny"].as_array().expect("a list");
    let mut violations = Vec::new();
    for entry in banned {
        let name = entry["crate"].as_str().expect("a ban names a crate");
        if packages().iter().any(|package| package.name == name) {
            violations.push(format!(
                "{name}: {}",
                entry["reason"].as_str().unwrap_or_default()
            ));
        }
    }
    assert!(!banned.is_empty(), "deny.toml bans something");
    expect_none(
        &violations,
        "`cargo tree --invert NAME` tells who brings it in; switch that feature off.",
    );
}

#[test]
fn there_is_one_cryptographic_provider() {
    let providers = ["aws-lc-rs", "openssl", "ring", "rustls-graviola", "boring"];
    let found: Vec<&str> = providers
        .into_iter()
        .filter(|name| packages().iter().any(|package| package.name == *name))
        .collect();
    assert_eq!(
        found,
        ["ring"],
        "rustls with ring is the one provider: switch the other off"
    );
}

#[test]
fn packages_come_from_the_registry() {
    let violations: Vec<String> = packages()
        .iter()
        .filter(|package| {
            package
                .source
                .as_deref()
                .is_some_and(|source| !source.starts_with("registry+"))
        })
        .map(|package| format!("{} comes from {:?}", package.name, package.source))
        .collect();
    expect_none(
        &violations,
        "Depend on a published version: a git source cannot be audited later.",
    );
}

#[test]
fn versions_stand_in_the_root_manifest() {
    let mut violations = Vec::new();
    for package in members() {
        let path = root().join(&package.folder).join("Cargo.toml");
        let text = fs::read_to_string(path).expect("a member has a manifest");
        let manifest: toml::Table = text.parse().expect("a manifest is TOML");
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, value) in table {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    violations.push(format!("{} gives {name} a version", package.name));
                }
            }
        }
    }
    expect_none(
        &violations,
        "Put it into [workspace.dependencies] and write `workspace = true`.",
    );
}

#[test]
fn members_share_lints_licence_and_edition() {
    let mut violations = Vec::new();
    for package in members() {
        let path = root().join(&package.folder).join("Cargo.toml");
        let text = fs::read_to_string(path).expect("a member has a manifest");
        let manifest: toml::Table = text.parse().expect("a manifest is TOML");
        let inherits = |table: &str, key: &str| {
            let value = manifest.get(table).and_then(|table| table.get(key));
            let value = value.map(|value| value.get("workspace").unwrap_or(value));
            value.and_then(toml::Value::as_bool) == Some(true)
        };
        let needed = [
            ("lints", "workspace"),
            ("package", "license"),
            ("package", "edition"),
        ];
        for (table, key) in needed {
            if !inherits(table, key) {
                violations.push(format!("{}: {table}.{key}", package.name));
            }
        }
    }
    expect_none(
        &violations,
        "Inherit it from the workspace, as the neighbours do.",
    );
}

#[test]
fn the_workspace_lists_what_it_uses() {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("the root has a manifest");
    let manifest: toml::Table = text.parse().expect("the root manifest is TOML");
    let listed = manifest["workspace"]["dependencies"]
        .as_table()
        .expect("a table");
    let mut used = BTreeSet::new();
    for package in members() {
        let path = root().join(&package.folder).join("Cargo.toml");
        let text = fs::read_to_string(path).expect("a member has a manifest");
        let member: toml::Table = text.parse().expect("a manifest is TOML");
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            if let Some(table) = member.get(section).and_then(toml::Value::as_table) {
                used.extend(table.keys().cloned());
            }
        }
    }
    let violations: Vec<String> = listed
        .keys()
        .filter(|name| !used.contains(*name))
        .cloned()
        .collect();
    expect_none(
        &violations,
        "Nobody uses it: remove the line from [workspace.dependencies].",
    );
}

/// The names under which a package's code knows what it depends on.
fn known_as(dependency: &str) -> String {
    match dependency {
        "md-5" => "md5".to_owned(),
        name => name.replace('-', "_"),
    }
}

#[test]
fn members_use_what_they_depend_on() {
    let folders: Vec<_> = members().map(|package| package.folder.clone()).collect();
    let mut violations = Vec::new();
    for package in members() {
        let path = root().join(&package.folder).join("Cargo.toml");
        let text = fs::read_to_string(&path).expect("a member has a manifest");
        let manifest: toml::Table = text.parse().expect("a manifest is TOML");
        let folder = package.folder.to_str().expect("folders have plain names");
        // What lies in a package within this one is the other's; targets may lie elsewhere.
        let inner: Vec<_> = folders
            .iter()
            .filter(|other| **other != package.folder && other.starts_with(&package.folder))
            .collect();
        let mut sources: Vec<_> = files(folder, &["rs"])
            .into_iter()
            .filter(|file| {
                !inner
                    .iter()
                    .any(|other| Path::new(&file.path).starts_with(other))
            })
            .collect();
        let targets = ["test", "bin"]
            .into_iter()
            .filter_map(|kind| manifest.get(kind));
        for target in targets.filter_map(toml::Value::as_array).flatten() {
            let target = target["path"].as_str().expect("a target has a path");
            if let Some(elsewhere) = target.strip_prefix("../../") {
                let folder = elsewhere
                    .rsplit_once('/')
                    .map_or(elsewhere, |(folder, _)| folder);
                sources.extend(files(folder, &["rs"]));
            }
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let table = manifest.get(section).and_then(toml::Value::as_table);
            for name in table.into_iter().flat_map(toml::Table::keys) {
                let word = known_as(name);
                if !sources.iter().any(|file| has_word(&file.text, &word)) {
                    violations.push(format!("{}: {section}.{name}", package.name));
                }
            }
        }
    }
    expect_none(
        &violations,
        "No line of the package names it: remove it from the package's Cargo.toml.",
    );
}

fn has_word(text: &str, word: &str) -> bool {
    let within =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    text.match_indices(word).any(|(start, _)| {
        let (before, after) = (
            &text.as_bytes()[..start],
            &text.as_bytes()[start + word.len()..],
        );
        !within(before.last()) && !within(after.first())
    })
}
