//! The merged settings as a tree of values that know where they came from.

use std::fmt::Write as _;

use config::{Map, Value, ValueKind};

use crate::layers::BUILT_IN;

/// One step down the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PathSegment {
    Key(String),
    Index(usize),
}

/// Where a setting stands, as it is walked to and as people write it.
pub(crate) struct Place {
    pub(crate) steps: Vec<PathSegment>,
    pub(crate) path: String,
}

impl Place {
    /// By keys with dots between.
    pub(crate) fn at(path: &str) -> Self {
        Self {
            steps: keys(path),
            path: path.to_owned(),
        }
    }

    /// In the entry `index` of a list; `key` is empty for the entry itself.
    pub(crate) fn in_list(list: &str, index: usize, key: &str) -> Self {
        let mut steps = keys(list);
        steps.push(PathSegment::Index(index));
        if key.is_empty() {
            let path = format!("{list}[{index}]");
            return Self { steps, path };
        }
        steps.extend(keys(key));
        let path = format!("{list}[{index}].{key}");
        Self { steps, path }
    }
}

/// Settings as they were said, merged.
#[derive(Clone, Debug)]
pub(crate) struct Tree(Value);

impl Tree {
    pub(crate) fn new(root: Value) -> Self {
        Self(root)
    }

    /// A table without entries that stands where `origin` says.
    pub(crate) fn empty(origin: &str) -> Self {
        Self(Value::new(
            Some(&origin.to_owned()),
            Map::<String, Value>::new(),
        ))
    }

    pub(crate) fn root(&self) -> &Value {
        &self.0
    }

    pub(crate) fn get(&self, steps: &[PathSegment]) -> Option<&Value> {
        steps
            .iter()
            .try_fold(&self.0, |value, step| match (&value.kind, step) {
                (ValueKind::Table(table), PathSegment::Key(key)) => table.get(key),
                (ValueKind::Array(items), PathSegment::Index(index)) => items.get(*index),
                _ => None,
            })
    }

    /// By keys with dots between.
    pub(crate) fn at(&self, path: &str) -> Option<&Value> {
        self.get(&keys(path))
    }

    /// Where the value at `steps` came from, or the nearest above it that knows.
    pub(crate) fn origin(&self, steps: &[PathSegment]) -> String {
        (0..=steps.len())
            .rev()
            .find_map(|length| self.get(&steps[..length])?.origin())
            .unwrap_or_default()
            .to_owned()
    }

    /// Where the value at `path` came from.
    pub(crate) fn origin_at(&self, path: &str) -> String {
        self.origin(&keys(path))
    }

    /// The part of the tree at `path`; nothing where there is none.
    pub(crate) fn below(&self, path: &str) -> Self {
        Self(self.at(path).cloned().unwrap_or_default())
    }

    /// Whether there is anything.
    pub(crate) fn has_value(&self) -> bool {
        self.0.kind != ValueKind::Nil
    }

    /// Takes the value at `steps` away, or puts `substitute` there. `false` where nothing was
    /// done.
    pub(crate) fn replace(&mut self, steps: &[PathSegment], substitute: Option<Value>) -> bool {
        let Some((last, parents)) = steps.split_last() else {
            return false;
        };
        let parent =
            parents
                .iter()
                .try_fold(&mut self.0, |value, step| match (&mut value.kind, step) {
                    (ValueKind::Table(table), PathSegment::Key(key)) => table.get_mut(key),
                    (ValueKind::Array(items), PathSegment::Index(index)) => items.get_mut(*index),
                    _ => None,
                });
        match (parent.map(|value| &mut value.kind), last) {
            (Some(ValueKind::Table(table)), PathSegment::Key(key)) => match substitute {
                Some(value) => {
                    table.insert(key.clone(), value);
                    true
                }
                None => table.remove(key).is_some(),
            },
            (Some(ValueKind::Array(items)), PathSegment::Index(index)) if *index < items.len() => {
                match substitute {
                    Some(value) => items[*index] = value,
                    None => drop(items.remove(*index)),
                }
                true
            }
            _ => false,
        }
    }

    /// Takes a top-level section out.
    pub(crate) fn take(&mut self, section: &str) -> Option<Value> {
        match &mut self.0.kind {
            ValueKind::Table(table) => table.remove(section),
            _ => None,
        }
    }

    /// As TOML. What is not built in says in a comment where it came from; what may be a secret
    /// is not shown.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = String::new();
        if let ValueKind::Table(table) = &self.0.kind {
            write_table(&mut text, "", table);
        }
        text
    }
}

fn keys(path: &str) -> Vec<PathSegment> {
    path.split('.')
        .map(|key| PathSegment::Key(key.to_owned()))
        .collect()
}

/// Whether what stands under `key` may be a secret. The file that holds one is none.
pub(crate) fn is_secret(key: &str) -> bool {
    [
        "password",
        "secret",
        "token",
        "passphrase",
        "credential",
        "pin",
    ]
    .iter()
    .any(|word| key == *word || key.ends_with(&format!("_{word}")))
}

fn write_table(text: &mut String, path: &str, table: &Map<String, Value>) {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    for (key, value) in &entries {
        if is_inline(value) {
            let shown = if is_secret(key) {
                "\"<redacted>\"".to_owned()
            } else {
                inline(value)
            };
            let _ = write!(text, "{} = {shown}", toml_key(key));
            match value.origin() {
                Some(origin) if !origin.starts_with(BUILT_IN) => {
                    let origin: String = origin.chars().filter(|c| !c.is_control()).collect();
                    let _ = writeln!(text, "  # {origin}");
                }
                _ => text.push('\n'),
            }
        }
    }
    for (key, value) in entries {
        let path = if path.is_empty() {
            toml_key(key)
        } else {
            format!("{path}.{}", toml_key(key))
        };
        match &value.kind {
            ValueKind::Table(table) => {
                // A table of tables alone needs no header of its own.
                if table.is_empty() || table.values().any(is_inline) {
                    let _ = write!(text, "\n[{path}]\n");
                }
                write_table(text, &path, table);
            }
            ValueKind::Array(items) if !is_inline(value) => {
                for item in items {
                    if let ValueKind::Table(table) = &item.kind {
                        let _ = write!(text, "\n[[{path}]]\n");
                        write_table(text, &path, table);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Everything but tables and lists of nothing but tables.
fn is_inline(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Table(_) => false,
        ValueKind::Array(items) => {
            items.is_empty()
                || !items
                    .iter()
                    .all(|item| matches!(item.kind, ValueKind::Table(_)))
        }
        _ => true,
    }
}

fn inline(value: &Value) -> String {
    match &value.kind {
        ValueKind::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(inline).collect::<Vec<_>>().join(", ")
            )
        }
        ValueKind::Table(table) => {
            let mut entries: Vec<_> = table.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{} = {}", toml_key(key), inline(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        ValueKind::String(text) => toml_edit::Value::from(without_userinfo(text)).to_string(),
        other => other.to_string(),
    }
}

/// A URL without the password that it may hold.
fn without_userinfo(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let after = &rest[authority.len()..];
            format!("{scheme}://<redacted>@{host}{after}")
        }
        _ => text.to_owned(),
    }
}

fn toml_key(key: &str) -> String {
    toml_edit::Key::new(key).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toml_text::read_table;

    #[test]
    fn what_is_shown_reads_back_as_the_same() {
        let text = "a = 1\nb = \"割符 \\\" # \"\nc = [1, [\"x\"], { y = 2 }]\n[d.e]\nf = true\n\
                    [[g]]\nh = 1\n[g.i]\nj = \"ｊ\"\n[[g]]\nh = 2\n[\"k l\"]\n";
        let read = |text: &str| Tree::new(Value::new(None, read_table("x.toml", text).unwrap()));
        let shown = read(text).to_toml();
        // What it means, without the lines.
        let meaning = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        assert_eq!(meaning(&shown), meaning(text), "{shown}");
        assert!(shown.contains("a = 1  # x.toml:1\n"), "{shown}");
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        let text = "password = \"hunter2\"\napi_token = \"hunter2\"\nkey_file = \"/run/key\"\n\
                    url = \"redis://u:hunter2@host:1/0\"\n";
        let shown = Tree::new(Value::new(None, read_table("x.toml", text).unwrap())).to_toml();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(
            shown.contains("/run/key") && shown.contains("<redacted>@host:1/0"),
            "{shown}"
        );
    }
}
