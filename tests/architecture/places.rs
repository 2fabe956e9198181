//! docs/adapters.md names the places that an adapter touches: all of them, and no other.

use std::fs;

use super::completeness::{Registered, joined, outbound, registered, registry};
use super::expect_none;
use super::workspace::{files, root};

impl Registered<'_> {
    /// The folder below adapters/outbound.
    fn technology(&self) -> &'static str {
        let owner = self.builder.split("::").next().unwrap_or_default();
        let package = outbound().find(|package| package.name.replace('-', "_") == owner);
        let folder = package.and_then(|package| package.folder.file_name()?.to_str());
        folder.unwrap_or("no crate of its own")
    }
}

/// The content of a file, empty where there is none.
fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// A place that an adapter of ours touches, and whether an adapter has what belongs there.
type Place = (&'static str, fn(&str, &Registered<'_>) -> bool);

const PLACES: [Place; 11] = [
    ("adapters/outbound/NAME/src/settings.rs", |place, _| {
        let adapter = text(&place.replace("settings.rs", "adapter.rs"));
        let few = adapter.contains("NoSettings") || adapter.contains("Deserialize");
        few || text(place).contains("Deserialize")
    }),
    ("adapters/outbound/NAME/src/adapter.rs", |place, _| {
        text(place).contains(" Adapter for ")
    }),
    ("Cargo.toml", |place, adapter| {
        let folder = format!("adapters/outbound/{}", adapter.technology());
        let manifest = text(place);
        manifest.contains(&format!("\"{folder}\",\n"))
            && manifest.contains(&format!("{{ path = \"{folder}\""))
    }),
    ("config/Cargo.toml", |place, adapter| {
        let manifest = text(place);
        manifest.contains(&format!("\n{} = [", adapter.feature))
            && manifest.contains(&format!("\nwarifu-{}", adapter.technology()))
    }),
    ("bins/*/Cargo.toml", |_, adapter| {
        joined("bins", &["toml"]).contains(&format!("\"warifu-config/{}\"", adapter.feature))
    }),
    ("config/src/registry.rs", |place, adapter| {
        text(place).contains(&format!("\"{}\" = {}", adapter.name, adapter.builder))
    }),
    ("tests/Cargo.toml", |place, adapter| {
        text(place).contains(&format!("\nwarifu-{}.workspace", adapter.technology()))
    }),
    ("tests/conformance", |place, adapter| {
        let package = format!("warifu_{}::", adapter.technology().replace('-', "_"));
        joined(place, &["rs"]).contains(&package)
    }),
    ("config/*.toml", |_, adapter| {
        joined("config", &["toml"]).contains(&format!("\"{}\"", adapter.name))
    }),
    ("config/schema.json", |place, adapter| {
        text(place).contains(&format!("\"{}\"", adapter.name))
    }),
    ("docs/ARCHITECTURE.md", |place, adapter| {
        text(place).contains(&format!(
            "| `adapters/outbound/{}/` |",
            adapter.technology()
        ))
    }),
];

/// The places in the table of one section of docs/adapters.md.
fn documented(section: &str) -> Vec<String> {
    let page = text("docs/adapters.md");
    let after = page.split(&format!("\n## {section}")).nth(1);
    let section = after.unwrap_or_default().split("\n## ").next();
    let rows = section.unwrap_or_default().lines();
    let first_cells = rows.filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    first_cells
        .flat_map(|cell| cell.split("`, `"))
        .map(|place| place.trim_end_matches('`').to_owned())
        .collect()
}

#[test]
fn the_document_names_the_places_of_an_adapter_of_ours() {
    let places = PLACES.map(|(place, _)| place);
    assert_eq!(documented("An adapter that comes with Warifu"), places);
    let gone = places
        .iter()
        .filter(|place| {
            !place.contains('*') && !place.contains("NAME") && !root().join(place).exists()
        })
        .map(|place| format!("{place} is named and not there"));
    let violations: Vec<String> = gone.collect();
    expect_none(&violations, "Correct the table in docs/adapters.md.");
}

#[test]
fn every_adapter_has_what_the_document_says() {
    let registry = registry();
    let adapters = registered(&registry);
    assert!(
        adapters.len() >= 15,
        "the registry lists the adapters, found {adapters:?}"
    );
    let mut violations = Vec::new();
    for adapter in adapters {
        for (place, is_there) in PLACES {
            let place = place.replace("NAME", adapter.technology());
            if !is_there(&place, &adapter) {
                violations.push(format!("{} is not in {place}", adapter.builder));
            }
        }
    }
    expect_none(
        &violations,
        "docs/adapters.md says what belongs there; where another place does, change it there and \
         here.",
    );
}

#[test]
fn the_document_names_every_place_of_a_banks_adapter() {
    const EXAMPLE: &str = "docs/examples/acme/";
    let named = documented("1. Begin with the example");
    let there = files(EXAMPLE.trim_end_matches('/'), &["rs", "toml"]);
    let there: Vec<&str> = there
        .iter()
        .filter_map(|file| file.path.strip_prefix(EXAMPLE))
        .collect();
    let gone = named
        .iter()
        .filter(|place| !there.contains(&place.as_str()))
        .map(|place| format!("{place} is named and not there"));
    let untold = there
        .iter()
        .filter(|place| !named.iter().any(|named| named == *place))
        .map(|place| format!("{place} is there and not named"));
    let violations: Vec<String> = gone.chain(untold).collect();
    expect_none(
        &violations,
        "Correct the table in docs/adapters.md, or the example.",
    );
}

#[test]
fn a_banks_adapter_needs_the_kit_and_core_alone() {
    let manifest = text("docs/examples/acme/acme-otp/Cargo.toml");
    let shipped = manifest.split("\n[dependencies]\n").nth(1);
    let shipped = shipped.unwrap_or_default().split("\n[").next();
    let ours: Vec<&str> = shipped
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split(['.', ' ']).next())
        .filter(|name| name.starts_with("warifu"))
        .collect();
    assert_eq!(ours, ["warifu-adapter-kit", "warifu-core"]);
}
