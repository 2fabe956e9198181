//! Adding an adapter or a port touches a handful of places; none of them can be forgotten.

use super::expect_none;
use super::workspace::{Package, files, members};

/// What promises nothing that a suite could try: asking the machine for the time or for random bytes.
const PORTS_WITHOUT_SUITE: &[&str] = &["Clock", "Randomness"];

fn joined(folder: &str, extensions: &[&str]) -> String {
    files(folder, extensions)
        .iter()
        .map(|file| file.text.as_str())
        .collect()
}

fn outbound() -> impl Iterator<Item = &'static Package> {
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

/// The traits of core/src/ports.
fn ports() -> Vec<String> {
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
    for package in outbound() {
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
    let helpers = ["lib", "samples", "broken"];
    let violations: Vec<String> = files("tests/contracts/src", &["rs"])
        .iter()
        .filter_map(|file| {
            file.path
                .strip_prefix("tests/contracts/src/")?
                .strip_suffix(".rs")
        })
        .filter(|suite| !helpers.contains(suite) && !suite.contains('/'))
        .filter(|suite| !conformance.contains(&format!("{suite}::")))
        .map(str::to_owned)
        .collect();
    expect_none(
        &violations,
        "Call the suite for each of its adapters in tests/conformance.",
    );
}

#[test]
fn every_registered_adapter_is_shown_in_an_example() {
    let registry = joined("config/src/registry", &["rs"])
        + &files("config/src", &["rs"])
            .into_iter()
            .filter(|file| file.path.ends_with("/registry.rs"))
            .map(|file| file.text)
            .collect::<String>();
    let examples = joined("config", &["toml"]);
    let names = registered(&registry);
    assert!(
        names.len() >= 5,
        "the registry lists the adapters, found {names:?}"
    );
    let violations: Vec<String> = names
        .into_iter()
        .filter(|name| !examples.contains(&format!("\"{name}\"")))
        .collect();
    expect_none(&violations, "Show its settings in one of config/*.toml.");
}

/// The names under which adapters stand in the registry: the first argument of calls such as
/// `.otp_verifier("totp", …)`.
fn registered(source: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in source
        .lines()
        .take_while(|line| !line.contains("#[cfg(test)]"))
    {
        let line = line.trim_start();
        let Some((call, rest)) = line.split_once("(\"") else {
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
    let source =
        "Self::empty()\n    .otp_verifier(\"totp\", build)\n    .audit_log(\"file\", build)\n";
    assert_eq!(registered(source), ["totp", "file"]);
}
