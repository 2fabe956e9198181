//! docs/adapters.md names the places that an adapter touches: all of them, and no other.

use std::fs;

use super::completeness::{joined, outbound};
use super::expect_none;
use super::workspace::{Package, files, root};

/// A line of the registry.
#[derive(Debug, PartialEq, Eq)]
struct Registered {
    /// What a configuration calls the adapter.
    name: String,
    /// Where its type is: a package as Rust writes it, or a module of config.
    home: String,
}

impl Registered {
    fn package(&self) -> Option<&'static Package> {
        outbound().find(|package| package.name.replace('-', "_") == self.home)
    }

    /// Where `place` of docs/adapters.md is for this adapter.
    fn place(&self, place: &str) -> String {
        let folder = self.package().map(|package| package.folder.display());
        let folder = folder.map_or_else(|| format!("config/src/{}", self.home), |f| f.to_string());
        place.replace("adapters/outbound/NAME", &folder)
    }
}

/// The lines of the registry: each has a name and, after it, the path of the adapter's type.
fn registered(source: &str) -> Vec<Registered> {
    let line = |line: &str| {
        let (_, rest) = line.split_once('"')?;
        let (name, rest) = rest.split_once('"')?;
        let (home, _) = rest.trim_start_matches([',', '=', ' ']).split_once("::")?;
        let is_path = home.chars().all(|c| c.is_alphanumeric() || c == '_');
        (is_path && !home.is_empty()).then(|| Registered {
            name: name.to_owned(),
            home: home.to_owned(),
        })
    };
    source.lines().filter_map(line).collect()
}

/// What stands in the registry without being an adapter of a technology: it is part of the rules.
const PART_OF_THE_RULES: &str = "store";

fn registered_adapters() -> Vec<Registered> {
    let mut adapters = registered(&text("config/src/registry.rs"));
    adapters.retain(|adapter| adapter.name != PART_OF_THE_RULES);
    assert!(
        adapters.len() >= 15,
        "the registry lists the adapters, found {adapters:?}"
    );
    adapters
}

#[test]
fn registered_names_are_read() {
    let source = "Self::empty()\n            .otp_verifier(\"totp\", warifu_totp::TotpCards)\n\
        audit_log \"file\" = warifu_audit_file::AuditFile, if \"audit-file\";\n\
        audit_log: Arc<dyn AuditLog>, \"Adds an audit log.\";\n\
        .other(name)";
    let found = registered(source);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|adapter| (adapter.name.as_str(), adapter.home.as_str()))
        .collect();
    let expected = [("totp", "warifu_totp"), ("file", "warifu_audit_file")];
    assert_eq!(found, expected);
}

/// The content of a file, empty where there is none.
fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// A place that an adapter of ours touches, and whether an adapter has what belongs there.
type Place = (&'static str, fn(&str, &Registered) -> bool);

const PLACES: [Place; 8] = [
    ("adapters/outbound/NAME/src/settings.rs", |place, _| {
        let adapter = text(&place.replace("settings.rs", "adapter.rs"));
        let few = adapter.contains("NoSettings") || adapter.contains("Deserialize");
        few || text(place).contains("Deserialize")
    }),
    ("adapters/outbound/NAME/src/adapter.rs", |place, _| {
        text(place).contains(" Adapter for ")
    }),
    ("Cargo.toml", |place, adapter| {
        let folder = adapter.place("adapters/outbound/NAME");
        let manifest = text(place);
        manifest.contains(&format!("\"{folder}\",\n"))
            && manifest.contains(&format!("{{ path = \"{folder}\""))
    }),
    ("config/Cargo.toml", |place, adapter| {
        let folder = adapter.place("adapters/outbound/NAME");
        let feature = folder.rsplit('/').next().unwrap_or_default();
        let manifest = text(place);
        manifest.contains(&format!("\n{feature} = ["))
            && manifest.contains(&format!("\nwarifu-{feature}"))
    }),
    ("config/src/registry.rs", |place, adapter| {
        text(place).contains(&format!("\"{}\"", adapter.name))
    }),
    ("tests/conformance", |place, adapter| {
        joined(place, &["rs"]).contains(&format!("{}::", adapter.home))
    }),
    ("config/*.toml", |_, adapter| {
        joined("config", &["toml"]).contains(&format!("\"{}\"", adapter.name))
    }),
    ("docs/ARCHITECTURE.md", |place, adapter| {
        let folder = adapter.place("adapters/outbound/NAME");
        text(place).contains(&format!("| `{folder}/` |"))
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
    let mut violations = Vec::new();
    for adapter in registered_adapters() {
        for (place, is_there) in PLACES {
            let place = adapter.place(place);
            if !is_there(&place, &adapter) {
                violations.push(format!("{} ({}) in {place}", adapter.name, adapter.home));
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
