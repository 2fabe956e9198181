//! Reading typed settings out of the merged tree: nothing is converted, nothing is overlooked, and
//! every problem is found, not only the first.

use std::collections::BTreeSet;
use std::fmt;

use config::{Value, ValueKind};
use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_path_to_error::{Path, Segment};

use crate::later;
use crate::problem::{Problem, suggestion};
use crate::toml_text::join;
use crate::tree::{PathSegment, Tree, is_secret};

/// More problems than this are not shown.
const MOST_PROBLEMS: usize = 50;

/// Reads the table at `section` (empty for the root) of `tree`. Where a value is refused, the one
/// of `defaults` takes its place, so that the search for problems goes on. `siblings` are keys of
/// that table that are read elsewhere, for suggestions.
pub(crate) fn read<T: DeserializeOwned>(
    tree: &Tree,
    section: &str,
    defaults: Option<&Tree>,
    siblings: &[&str],
) -> Result<T, Vec<Problem>> {
    let mut rest = tree.clone();
    let mut problems = Vec::new();
    let mut replaced = BTreeSet::new();
    loop {
        let error = match serde_path_to_error::deserialize(Strict(rest.root())) {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(problems),
            Err(error) => error,
        };
        let steps = steps_of(error.path());
        let (steps, problem) = describe(tree, section, siblings, steps, error.into_inner());
        if !replaced.insert(steps.clone()) || problems.len() >= MOST_PROBLEMS {
            return Err(problems);
        }
        // What is missing because it was just taken away is not another problem.
        problems.push(problem);
        let substitute = defaults.and_then(|defaults| defaults.get(&steps)).cloned();
        if !rest.replace(&steps, substitute) {
            return Err(problems);
        }
    }
}

/// What is wrong, and which value to put aside.
fn describe(
    tree: &Tree,
    section: &str,
    siblings: &[&str],
    mut steps: Vec<PathSegment>,
    error: StrictError,
) -> (Vec<PathSegment>, Problem) {
    let path = |steps: &[PathSegment]| {
        steps
            .iter()
            .fold(section.to_owned(), |path, step| match step {
                PathSegment::Key(key) => join(&path, key),
                PathSegment::Index(index) => format!("{path}[{index}]"),
            })
    };
    let message = match error {
        StrictError::UnknownKey { key, known } => {
            if steps.last() != Some(&PathSegment::Key(key.clone())) {
                steps.push(PathSegment::Key(key.clone()));
            }
            let siblings = if steps.len() == 1 { siblings } else { &[] };
            let known = known.iter().chain(siblings).copied();
            later::sentence(&path(&steps))
                .unwrap_or_else(|| format!("unknown key; {}", suggestion(&key, known)))
        }
        StrictError::UnknownValue { value, known } => {
            format!(
                "unknown value {value:?}; {}",
                suggestion(&value, known.iter().copied())
            )
        }
        StrictError::Missing { key } => {
            let problem = Problem::new(
                tree.origin(&steps),
                path(&steps),
                format!("{key:?} is missing"),
            );
            steps.push(PathSegment::Key(key.to_owned()));
            return (steps, problem);
        }
        StrictError::Other(_) if steps.last().is_some_and(PathSegment::is_secret) => {
            "the value is not acceptable; it is not shown because it may be a secret".to_owned()
        }
        StrictError::Other(message) => message,
    };
    let problem = Problem::new(tree.origin(&steps), path(&steps), message);
    (steps, problem)
}

impl PathSegment {
    fn is_secret(&self) -> bool {
        matches!(self, Self::Key(key) if is_secret(key))
    }
}

fn steps_of(path: &Path) -> Vec<PathSegment> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(PathSegment::Key(key.clone())),
            Segment::Seq { index } => Some(PathSegment::Index(*index)),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// Why a value is refused.
#[derive(Debug)]
enum StrictError {
    UnknownKey {
        key: String,
        known: &'static [&'static str],
    },
    UnknownValue {
        value: String,
        known: &'static [&'static str],
    },
    Missing {
        key: &'static str,
    },
    Other(String),
}

impl fmt::Display for StrictError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { key, .. } => write!(formatter, "unknown key {key:?}"),
            Self::UnknownValue { value, .. } => write!(formatter, "unknown value {value:?}"),
            Self::Missing { key } => write!(formatter, "{key:?} is missing"),
            Self::Other(message) => formatter.write_str(message),
        }
    }
}

impl std::error::Error for StrictError {}

impl Error for StrictError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(value) => format!("{value}"),
            Unexpected::Signed(value) => format!("the integer {value}"),
            Unexpected::Unsigned(value) => format!("the integer {value}"),
            Unexpected::Float(value) => format!("the number {value}"),
            Unexpected::Str(text) => format!("the text {text:?}"),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a table".to_owned(),
            other => other.to_string(),
        };
        let expected = match expected.to_string() {
            rust if rust.starts_with("struct ") => "a table".to_owned(),
            rust if rust == "a sequence" => "a list".to_owned(),
            rust if rust.contains("string") => "a text".to_owned(),
            expected => expected,
        };
        Self::Other(format!("must be {expected}, not {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownValue {
            value: variant.to_owned(),
            known,
        }
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownKey {
            key: field.to_owned(),
            known,
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing { key: field }
    }
}

/// A value of the tree as serde sees it.
struct Strict<'a>(&'a Value);

impl<'de> IntoDeserializer<'de, StrictError> for Strict<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict<'de> {
    type Error = StrictError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StrictError> {
        match &self.0.kind {
            ValueKind::Nil => visitor.visit_unit(),
            ValueKind::Boolean(value) => visitor.visit_bool(*value),
            ValueKind::I64(value) => visitor.visit_i64(*value),
            ValueKind::I128(value) => visitor.visit_i128(*value),
            ValueKind::U64(value) => visitor.visit_u64(*value),
            ValueKind::U128(value) => visitor.visit_u128(*value),
            ValueKind::Float(value) => visitor.visit_f64(*value),
            ValueKind::String(text) => visitor.visit_borrowed_str(text),
            ValueKind::Array(items) => {
                visitor.visit_seq(SeqDeserializer::new(items.iter().map(Strict)))
            }
            ValueKind::Table(table) => {
                let mut entries: Vec<_> = table.iter().map(|(k, v)| (k.as_str(), v)).collect();
                entries.sort_by_key(|(key, _)| *key);
                visitor.visit_map(Entries {
                    entries: entries.into_iter(),
                    value: None,
                })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StrictError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, StrictError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, StrictError> {
        match &self.0.kind {
            ValueKind::String(text) => {
                visitor.visit_enum(BorrowedStrDeserializer::<StrictError>::new(text))
            }
            _ => self
                .deserialize_any(TextExpected)
                .map(|never: Never| match never {}),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

enum Never {}

/// Refuses everything, for the message.
struct TextExpected;

impl Visitor<'_> for TextExpected {
    type Value = Never;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }
}

struct Entries<'a> {
    entries: std::vec::IntoIter<(&'a str, &'a Value)>,
    value: Option<&'a Value>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = StrictError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, StrictError> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, StrictError> {
        match self.value.take() {
            Some(value) => seed.deserialize(Strict(value)),
            None => Err(StrictError::custom("a value without a key")),
        }
    }
}
