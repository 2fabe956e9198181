//! Adding an adapter or a port touches a handful of places; none of them can be forgotten.

use std::fs;

use super::expect_none;
use super::workspace::{Package, files, members, ports, root};

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
    let registry = registry();
    let examples = joined("config", &["toml"]);
    let names: Vec<&str> = registered(&registry).iter().map(|row| row.name).collect();
    assert!(
        names.len() >= 4,
        "the registry lists the adapters, found {names:?}"
    );
    let violations: Vec<String> = names
        .into_iter()
        .filter(|name| !examples.contains(&format!("\"{name}\"")))
        .map(str::to_owned)
        .collect();
    expect_none(&violations, "Show its settings in one of config/*.toml.");
}

/// A row of the table of adapters in the registry, such as
/// `otp_verifier "totp" = warifu_totp::TotpCards, if "totp";`.
#[derive(Debug, PartialEq, Eq)]
struct Registered<'a> {
    name: &'a str,
    builder: &'a str,
    feature: &'a str,
}

fn registered(source: &str) -> Vec<Registered<'_>> {
    let table = source.split("\nstandard! {\n").nth(1).unwrap_or_default();
    let rows = table.lines().take_while(|line| *line != "}");
    rows.filter_map(|row| {
        let (_, rest) = row.split_once(" \"")?;
        let (name, rest) = rest.split_once("\" = ")?;
        let (builder, rest) = rest.split_once(", if \"")?;
        let feature = rest.strip_suffix("\";")?;
        Some(Registered {
            name,
            builder,
            feature,
        })
    })
    .collect()
}

#[test]
fn rows_of_the_registry_are_read() {
    let source = "\nstandard! {\n    otp_verifier \"totp\" = warifu_totp::TotpCards, if \"totp\";\n}\n\
                  other! {\n    a \"b\" = c::D, if \"e\";\n}\n";
    let row = Registered {
        name: "totp",
        builder: "warifu_totp::TotpCards",
        feature: "totp",
    };
    assert_eq!(registered(source), [row]);
}

fn registry() -> String {
    let registry = files("config/src", &["rs"])
        .into_iter()
        .find(|file| file.path.ends_with("/registry.rs"));
    registry.expect("config has its registry").text
}

#[test]
fn every_adapter_is_built_in_its_own_crate() {
    let registry = registry();
    let mut violations = Vec::new();
    for Registered { builder, .. } in registered(&registry) {
        let owner = builder.split_once("::").and_then(|(owner, name)| {
            let package = outbound().find(|package| package.name.replace('-', "_") == owner)?;
            let file = root().join(&package.folder).join("src/adapter.rs");
            let text = fs::read_to_string(file).ok()?;
            text.contains(&format!("pub struct {name};")).then_some(())
        });
        if owner.is_none() {
            violations.push(format!("{builder} is not in src/adapter.rs of its crate"));
        }
    }
    expect_none(
        &violations,
        "Put settings.rs and adapter.rs into the crate of the adapter; config only lists it.",
    );
}

/// The features of a manifest.
fn features(folder: &str) -> toml::Table {
    let path = root().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(path).expect("the package has a manifest");
    let manifest: toml::Table = text.parse().expect("a manifest is TOML");
    let features = manifest.get("features").and_then(toml::Value::as_table);
    features.cloned().unwrap_or_default()
}

#[test]
fn every_adapter_is_a_feature_of_every_program() {
    let registry = registry();
    let config = features("config");
    // What the terminal program's own commands are made of is always there.
    let always = |program: &str, feature: &str| {
        program == "bins/admin" && ["audit-file", "memory"].contains(&feature)
    };
    let mut violations = Vec::new();
    for Registered { name, feature, .. } in registered(&registry) {
        if !config.contains_key(feature) {
            violations.push(format!("config has no feature {feature} for {name:?}"));
        }
        let passed_on = toml::Value::from(format!("warifu-config/{feature}"));
        for program in ["bins/http", "bins/admin"] {
            let features = features(program);
            let feature_of = features.get(feature).and_then(toml::Value::as_array);
            let passes = feature_of.is_some_and(|list| list.contains(&passed_on));
            if !passes && !always(program, feature) {
                violations.push(format!("{program} does not pass {feature} on"));
            }
        }
    }
    // A customer's program has all of them or none.
    let in_process = features("bins/self-service");
    let in_process = in_process.get("in-process").and_then(toml::Value::as_array);
    let all = toml::Value::from("warifu-config/default");
    if !in_process.is_some_and(|list| list.contains(&all)) {
        violations.push("bins/self-service has not all adapters in its process".to_owned());
    }
    expect_none(
        &violations,
        "Give the adapter its feature in config/Cargo.toml, and pass it on in the manifests of the \
         programs.",
    );
}
