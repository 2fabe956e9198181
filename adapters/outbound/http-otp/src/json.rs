//! JSON without room for interpretation: a member that stands twice is an error, because two
//! readers could believe two things.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads one JSON text and nothing after it.
pub(crate) fn read(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Strict.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value);
        number
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = table.next_key::<String>()? {
            let value = table.next_value_seed(Self)?;
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_well_formed_is_read_as_it_stands() {
        let text = br#"{"a": [1, -2, 2.5, null, true, "x"], "b": {"a": false}}"#;
        let expected = json!({"a": [1, -2, 2.5, null, true, "x"], "b": {"a": false}});
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn a_member_twice_text_after_the_end_or_too_much_depth_is_refused() {
        for text in [
            r#"{"a": true, "a": true}"#.to_owned(),
            r#"{"a": {"b": false, "b": true}}"#.to_owned(),
            r#"{"a": true, "\u0061": true}"#.to_owned(),
            r#"{"a": true} {"a": true}"#.to_owned(),
            r#"{"a": true"#.to_owned(),
            "<html>true</html>".to_owned(),
            String::new(),
            "[".repeat(100_000),
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:.40}");
        }
    }
}
