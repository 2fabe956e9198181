//! The JSON schema of configuration files, for editors.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::layers::Layers;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::tree::Tree;

/// The schema of a configuration file for the adapters of `registry`. Every section and key may be
/// omitted; only the entries of lists must be whole.
pub fn schema(registry: &Registry) -> Value {
    let mut generator: SchemaGenerator = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    let mut root = generator.root_schema_for::<Settings>().to_value();
    root["title"] = json!("Warifu configuration");
    root["description"] = json!("What is omitted keeps its default.");
    if let Some(Value::Object(properties)) = root.get_mut("properties") {
        for (section, schema) in registry.schemas(&mut generator) {
            properties.insert(section.to_owned(), schema);
        }
    }
    let defaults = Layers::new().merge().map(Tree::new).ok();
    make_optional(&mut root, defaults.as_ref().map(Tree::root));
    root
}

/// Lets the keys of sections be omitted and says what holds then.
fn make_optional(schema: &mut Value, default: Option<&config::Value>) {
    let Value::Object(schema) = schema else {
        return;
    };
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (key, property) in properties {
            let default = match default.map(|value| &value.kind) {
                Some(config::ValueKind::Table(table)) => table.get(key),
                _ => None,
            };
            make_optional(property, default);
        }
        schema.remove("required");
    } else if let Some(default) = default.and_then(scalar) {
        schema.insert("default".to_owned(), default);
    }
}

fn scalar(value: &config::Value) -> Option<Value> {
    match &value.kind {
        config::ValueKind::Boolean(value) => Some(json!(value)),
        config::ValueKind::I64(value) => Some(json!(value)),
        config::ValueKind::String(text) => Some(json!(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.json");
        let current = serde_json::to_string_pretty(&schema(&Registry::standard())).unwrap() + "\n";
        if std::env::var_os("WARIFU_WRITE_SCHEMA").is_some() {
            std::fs::write(path, &current).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            published == current,
            "config/schema.json is out of date: run the tests of warifu-config once with \
             WARIFU_WRITE_SCHEMA=1"
        );
    }

    #[test]
    fn sections_may_be_partial_and_entries_of_lists_not() {
        let schema = schema(&Registry::standard());
        assert_eq!(schema.get("required"), None);
        let policy = &schema["properties"]["policy"];
        assert_eq!(policy.get("required"), None);
        assert_eq!(
            policy["properties"]["otp"]["properties"]["max_failures"]["default"],
            5
        );
        let listener = &schema["properties"]["http"]["properties"]["listeners"]["items"];
        assert_eq!(listener["required"], json!(["bind", "surfaces"]));
        assert_eq!(listener["additionalProperties"], false);
        let store = &schema["properties"]["password_store"]["properties"];
        assert_eq!(
            store["adapter"]["enum"],
            json!(["embedded", "memory", "redis"])
        );
    }
}
