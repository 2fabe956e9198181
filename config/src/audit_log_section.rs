//! What the section of the audit log says beside its adapters.

use std::path::PathBuf;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value};
use warifu_adapter_kit::values::{DurationWithin, IntegerWithin};

use crate::problem::Problem;
use crate::strict;
use crate::tree::{PathSegment, Tree};

/// The section.
const SECTION: &str = "audit_log";

/// The keys of the section that are no adapter's.
const KEYS: &[&str] = &[
    "signing_key_file",
    "checkpoint_records",
    "checkpoint_interval",
];

/// What the section says beside its adapters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditLogSection {
    /// An Ed25519 key, PKCS#8 in PEM: servers sign with it where the log stands.
    pub(crate) signing_key_file: Option<PathBuf>,
    /// After so many records.
    pub(crate) checkpoint_records: IntegerWithin<1, 1_000_000>,
    /// After so long, where there was any record; also when a file is closed and when a server stops.
    pub(crate) checkpoint_interval: DurationWithin<1, 604_800>,
}

/// The keys of a section that are no adapter's.
pub(crate) fn keys_beside(section: &str) -> &'static [&'static str] {
    if section == SECTION { KEYS } else { &[] }
}

/// Their schemas.
pub(crate) fn properties_beside(
    section: &str,
    generator: &mut SchemaGenerator,
) -> Map<String, Value> {
    if section != SECTION {
        return Map::new();
    }
    let schema = AuditLogSection::json_schema(generator).to_value();
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.cloned().unwrap_or_default()
}

impl AuditLogSection {
    /// Reads the keys that are no adapter's.
    pub(crate) fn read(tree: &Tree, defaults: &Tree) -> Result<Self, Vec<Problem>> {
        let defaults = only_keys(defaults).unwrap_or_else(|| Tree::empty(SECTION));
        // What is no table is told where the adapter is chosen.
        let own = only_keys(tree).unwrap_or_else(|| defaults.clone());
        strict::read(&own, SECTION, Some(&defaults), &[])
    }
}

fn only_keys(tree: &Tree) -> Option<Tree> {
    let mut own = tree.below(SECTION);
    let others: Vec<String> = match &own.root().kind {
        config::ValueKind::Table(table) => table
            .keys()
            .filter(|key| !KEYS.contains(&key.as_str()))
            .cloned()
            .collect(),
        _ => return None,
    };
    for key in others {
        own.replace(&[PathSegment::Key(key)], None);
    }
    Some(own)
}
