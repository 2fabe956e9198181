//! What packages are built with holds nothing back, as docs/decisions/0090 says.

use std::fs;

use super::expect_none;
use super::workspace::root;

/// A profile inherits what the other one says of packages, by name.
#[test]
fn packages_are_built_with_everything_optimised() {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("there is a manifest");
    let manifest: toml::Table = text.parse().expect("the manifest is TOML");
    let named = |profile: &str| {
        manifest["profile"][profile]["package"]
            .as_table()
            .expect("packages are named")
            .clone()
    };
    let level = |package: Option<&toml::Value>| {
        package.and_then(|package| package.get("opt-level")?.as_integer())
    };
    let (release, dist) = (named("release"), named("dist"));
    assert_eq!(
        manifest["profile"]["dist"]["opt-level"].as_integer(),
        Some(3)
    );
    let violations: Vec<String> = release
        .iter()
        .filter(|(name, package)| {
            level(Some(package)) != Some(3) && level(dist.get(*name)) != Some(3)
        })
        .map(|(name, _)| name.clone())
        .collect();
    expect_none(
        &violations,
        "Give it `opt-level = 3` in [profile.dist.package], too.",
    );
}
