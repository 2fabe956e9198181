//! TOML text as a tree whose values know the line they stand on. Nothing is converted: an integer
//! stays an integer, `"0012"` a string.

use config::{Map, Value, ValueKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::Problem;

/// Reads a whole file called `name`.
pub(crate) fn read_table(name: &str, text: &str) -> Result<Map<String, Value>, Vec<Problem>> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        vec![Problem::new(
            format!("{name}:{line}"),
            "",
            one_line(error.message()),
        )]
    })?;
    let mut reader = Reader {
        name,
        text,
        problems: Vec::new(),
    };
    let map = reader.table(table.get_ref(), "");
    if reader.problems.is_empty() {
        Ok(map)
    } else {
        Err(reader.problems)
    }
}

/// Reads what stands behind an equals sign: a TOML value, else the text itself.
pub(crate) fn read_value(origin: &str, text: &str) -> Value {
    DeValue::parse(text.trim())
        .ok()
        .and_then(|value| plain(origin, value.get_ref()))
        .unwrap_or_else(|| Value::new(Some(&origin.to_owned()), text.to_owned()))
}

/// A value all of whose parts come from `origin`. Dates are nothing here.
fn plain(origin: &str, value: &DeValue<'_>) -> Option<Value> {
    let kind = match value {
        DeValue::Array(items) => ValueKind::Array(
            items
                .iter()
                .map(|item| plain(origin, item.get_ref()))
                .collect::<Option<_>>()?,
        ),
        DeValue::Table(table) => ValueKind::Table(
            table
                .iter()
                .map(|(key, item)| {
                    Some((key.get_ref().to_string(), plain(origin, item.get_ref())?))
                })
                .collect::<Option<_>>()?,
        ),
        scalar => scalar_kind(scalar)?,
    };
    Some(Value::new(Some(&origin.to_owned()), kind))
}

/// A boolean, string or number. A number larger than all that is ever meant stays as its digits.
fn scalar_kind(value: &DeValue<'_>) -> Option<ValueKind> {
    Some(match value {
        DeValue::String(text) => ValueKind::String(text.to_string()),
        DeValue::Boolean(value) => ValueKind::Boolean(*value),
        DeValue::Integer(integer) => {
            let wide = i128::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i128::MAX);
            i64::try_from(wide).map_or(ValueKind::I128(wide), ValueKind::I64)
        }
        DeValue::Float(float) => ValueKind::Float(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => return None,
    })
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, path: &str) -> Map<String, Value> {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut map = Map::new();
        for (key, value) in entries {
            let name = key.get_ref().to_string();
            let path = join(path, &name);
            let value = self.value(value, key.span().start, &path);
            map.insert(name, value);
        }
        map
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, at: usize, path: &str) -> Value {
        let origin = format!("{}:{}", self.name, line_of(self.text, at));
        let kind = match value.get_ref() {
            DeValue::Table(table) => ValueKind::Table(self.table(table, path)),
            DeValue::Array(items) => ValueKind::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        self.value(item, item.span().start, &format!("{path}[{index}]"))
                    })
                    .collect(),
            ),
            DeValue::Datetime(_) => {
                let message = "a date is not a value of any setting; a text stands in quotes";
                self.problems
                    .push(Problem::new(origin.as_str(), path, message));
                ValueKind::Nil
            }
            scalar => scalar_kind(scalar).unwrap_or(ValueKind::Nil),
        };
        Value::new(Some(&origin), kind)
    }
}

/// `key` below `path`.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    text.as_bytes()[..offset]
        .split(|byte| *byte == b'\n')
        .count()
}

fn one_line(message: &str) -> String {
    message
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_line() {
        let map = read_table("x.toml", "a = 1\n\n[b]\nc = \"0012\"\nd = [\n  true,\n]\n").unwrap();
        assert_eq!(map["a"].origin(), Some("x.toml:1"));
        assert_eq!(map["b"].origin(), Some("x.toml:3"));
        let table = map["b"].clone().into_table().unwrap();
        assert_eq!(table["c"].origin(), Some("x.toml:4"));
        assert_eq!(table["c"].kind, ValueKind::String("0012".to_owned()));
        assert_eq!(table["d"].origin(), Some("x.toml:5"));
    }

    #[test]
    fn broken_text_and_dates_name_the_line() {
        let lines = |text| {
            let problems = read_table("x.toml", text).unwrap_err();
            problems.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(lines("a = 1\nb = \n")[0].starts_with("x.toml:2: "));
        assert!(lines("a = 1\na = 2\n")[0].starts_with("x.toml:2: duplicate key"));
        assert_eq!(
            lines("[a]\nb = 2026-01-01\n"),
            ["x.toml:2: a.b: a date is not a value of any setting; a text stands in quotes"]
        );
    }

    #[test]
    fn a_value_is_toml_else_text() {
        let kind = |text| read_value("--set", text).kind;
        assert_eq!(kind("5"), ValueKind::I64(5));
        assert_eq!(kind("true"), ValueKind::Boolean(true));
        assert_eq!(kind("\"5\""), ValueKind::String("5".to_owned()));
        assert_eq!(kind("0012"), ValueKind::String("0012".to_owned()));
        assert_eq!(kind("30m"), ValueKind::String("30m".to_owned()));
        assert_eq!(kind("/var/x"), ValueKind::String("/var/x".to_owned()));
        assert_eq!(kind(""), ValueKind::String(String::new()));
        assert_eq!(
            kind("2026-01-01"),
            ValueKind::String("2026-01-01".to_owned())
        );
        assert_eq!(
            kind("9223372036854775808"),
            ValueKind::I128(9_223_372_036_854_775_808)
        );
    }
}
