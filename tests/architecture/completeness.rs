//! Adding an adapter or a port touches a handful of places; none of them can be forgotten.

use super::expect_none;
use super::workspace::{Package, files, members, ports};

/// What promises nothing that a suite could try: asking the machine for the time or for random bytes.
const PORTS_WITHOUT_SUITE: &[&str] = &["Clock", "Randomness"];

pub(super) fn joined(folder: &str, extensions: &[&str]) -> String {
    files(folder, extensions)
        .iter()
        .map(|file| file.text.as_str())
        .collect()
}

pub(super) fn outbound() -> impl Iterator<Item = &'static Package> {
    members().filter(|package| package.folder.starts_with("adapters/outbound"))
}

/// Whether the adapter keeps a promise that a suite tries.
fn implements_a_tried_port(package: &Package) -> bool {
    let source = joined(&package.folder.display().to_string(), &["rs"]);
    ports().iter().any(|port| {
        !PORTS_WITHOUT_SUITE.contains(&port.as_str())
            && source.contains(&format!("impl {port} for "))
    })
}

#[test]
fn ports_are_found() {
    assert!(
        ports().len() >= 12,
        "core has its ports, found {:?}",
        ports()
    );
}

#[test]
fn every_adapter_can_be_configured() {
    let config = members()
        .find(|package| package.name == "warifu-config")
        .expect("config exists");
    let source = joined("config/src", &["rs"]);
    let mut violations = Vec::new();
    for package in outbound().filter(|package| package.whole().is_none()) {
        if !config.dependencies.contains(&package.name) {
            violations.push(format!("{} is no dependency of config", package.name));
        } else if !source.contains(&format!("{}::", package.name.replace('-', "_"))) {
            violations.push(format!("{} is not named in config/src", package.name));
        }
    }
    expect_none(
        &violations,
        "Give the adapter its line in config/src/registry.rs.",
    );
}

#[test]
fn every_package_is_on_the_map() {
    let map = joined("docs", &["md"]);
    let map = map.split("## The picture").nth(1).unwrap_or_default();
    let map = map.split("\n## ").next().unwrap_or_default();
    let violations: Vec<String> = members()
        .filter(|package| !package.folder.starts_with("tests"))
        .filter(|package| !map.contains(&format!("`{}/`", package.folder.display())))
        .map(|package| package.name.clone())
        .collect();
    expect_none(
        &violations,
        "Give the package its row in docs/ARCHITECTURE.md.",
    );
}

#[test]
fn every_adapter_is_tried_by_a_suite() {
    let conformance = joined("tests/conformance", &["rs"]);
    let violations: Vec<String> = outbound()
        .filter(|package| implements_a_tried_port(package))
        .filter(|package| !conformance.contains(&format!("{}::", package.name.replace('-', "_"))))
        .map(|package| package.name.clone())
        .collect();
    expect_none(
        &violations,
        "Give the adapter its line in tests/conformance.",
    );
}

#[test]
fn every_port_has_a_suite() {
    let suites = joined("tests/contracts/src", &["rs"]);
    let violations: Vec<String> = ports()
        .into_iter()
        .filter(|port| !PORTS_WITHOUT_SUITE.contains(&port.as_str()))
        .filter(|port| {
            !suites.contains(&format!("dyn {port}")) && !suites.contains(&format!(": {port}"))
        })
        .collect();
    expect_none(
        &violations,
        "Write the suite in tests/contracts/src: one case for each promise of the trait's \
         documentation.",
    );
}

#[test]
fn every_suite_is_played() {
    let conformance = joined("tests/conformance", &["rs"]);
    let library = joined("tests/contracts/src", &["rs"]);
    // The suites of a store are played together, by one line an adapter.
    let together = library
        .split("macro_rules! store_conformance")
        .nth(1)
        .unwrap_or_default();
    let together = together.split("\n}\n").next().unwrap_or_default();
    let played_together = conformance.contains("store_conformance!");
    let suites: Vec<&str> = library
        .split("suite!($ ")
        .skip(1)
        .filter_map(|rest| rest.split(',').next())
        .filter(|name| name.ends_with("_conformance"))
        .collect();
    assert!(suites.len() >= 8, "the suites are found, found {suites:?}");
    let violations: Vec<String> = suites
        .into_iter()
        .filter(|suite| !conformance.contains(&format!("{suite}!")))
        .filter(|suite| !(played_together && together.contains(suite)))
        .map(str::to_owned)
        .collect();
    expect_none(
        &violations,
        "Call the suite for each of its adapters in tests/conformance.",
    );
}

#[test]
fn every_registered_adapter_is_shown_in_an_example() {
    let registry = files("config/src", &["rs"])
        .into_iter()
        .find(|file| file.path.ends_with("/registry.rs"))
        .expect("config has its registry");
    let examples = joined("config", &["toml"]);
    let names = registered(&registry.text);
    assert!(
        names.len() >= 4,
        "the registry lists the adapters, found {names:?}"
    );
    let violations: Vec<String> = names
        .into_iter()
        .filter(|name| !examples.contains(&format!("\"{name}\"")))
        .collect();
    expect_none(&violations, "Show its settings in one of config/*.toml.");
}

/// The names under which adapters stand in the registry: the first argument of the calls in
/// `Registry::standard`, such as `.otp_verifier("totp", …)`.
fn registered(source: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let standard = source
        .split("fn standard() -> Self {")
        .nth(1)
        .unwrap_or_default();
    for line in standard.lines().take_while(|line| *line != "    }") {
        let Some((call, rest)) = line.trim_start().split_once("(\"") else {
            continue;
        };
        let Some((name, _)) = rest.split_once('"') else {
            continue;
        };
        if call.starts_with('.') && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[test]
fn registered_names_are_read() {
    let source = "fn standard() -> Self {\n        Self::empty()\n            \
        .otp_verifier(\"totp\", build)\n            .audit_log(\"file\", build)\n    }\n\
        .other(\"no\")";
    assert_eq!(registered(source), ["totp", "file"]);
}
