//! What an answer means: strictly what was described, else nothing at all.

use serde_json::Value;

/// What must stand somewhere in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Where, as a JSON pointer (RFC 6901), such as `/result/value`.
    pub pointer: String,
    /// The value that must stand there.
    pub expected: Expected,
}

/// A value. Types are exact: the text `"true"` is not `true`, and 1.0 is not 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This truth value.
    Flag(bool),
    /// This integer.
    Integer(i64),
    /// This text.
    Text(String),
    /// Anything but null.
    Anything,
}

impl Demand {
    /// `expected` at `pointer`.
    pub fn new(pointer: impl Into<String>, expected: Expected) -> Self {
        Self {
            pointer: pointer.into(),
            expected,
        }
    }

    /// Whether `pointer` is one.
    pub(crate) fn is_well_formed(&self) -> bool {
        let mut characters = self.pointer.chars();
        if characters.next().is_some_and(|character| character != '/') {
            return false;
        }
        while let Some(character) = characters.next() {
            if character == '~' && !matches!(characters.next(), Some('0' | '1')) {
                return false;
            }
        }
        true
    }

    pub(crate) fn found_in(&self, answer: &Value) -> Found {
        let Some(value) = answer.pointer(&self.pointer) else {
            return Found::Nothing;
        };
        let same = match (&self.expected, value) {
            (Expected::Flag(expected), Value::Bool(found)) => expected == found,
            (Expected::Integer(expected), Value::Number(found))
                if found.is_i64() || found.is_u64() =>
            {
                found.as_i64() == Some(*expected)
            }
            (Expected::Text(expected), Value::String(found)) => expected == found,
            (Expected::Anything, Value::Null) => return Found::Nothing,
            (Expected::Anything, _) => true,
            _ => return Found::OtherType,
        };
        if same { Found::It } else { Found::Other }
    }
}

/// What stands where something is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// What was demanded.
    It,
    /// Another value of its type.
    Other,
    /// A value of another type.
    OtherType,
    /// Nothing.
    Nothing,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_exact() {
        let answer = json!({
            "flag": true, "one": 1, "real": 1.0, "text": "true", "null": null,
            "huge": u64::MAX, "list": [true], "a/b": {"~": 7},
        });
        let found = |pointer: &str, expected| Demand::new(pointer, expected).found_in(&answer);
        assert_eq!(found("/flag", Expected::Flag(true)), Found::It);
        assert_eq!(found("/flag", Expected::Flag(false)), Found::Other);
        for pointer in ["/text", "/one", "/null", "/list", ""] {
            assert_eq!(found(pointer, Expected::Flag(true)), Found::OtherType);
        }
        assert_eq!(found("/one", Expected::Integer(1)), Found::It);
        assert_eq!(found("/real", Expected::Integer(1)), Found::OtherType);
        assert_eq!(found("/huge", Expected::Integer(1)), Found::Other);
        assert_eq!(found("/huge", Expected::Integer(-1)), Found::Other);
        assert_eq!(found("/text", Expected::Text("true".into())), Found::It);
        assert_eq!(found("/missing", Expected::Flag(true)), Found::Nothing);
        assert_eq!(found("/list/0", Expected::Flag(true)), Found::It);
        assert_eq!(found("/a~1b/~0", Expected::Integer(7)), Found::It);
        assert_eq!(found("/null", Expected::Anything), Found::Nothing);
        assert_eq!(found("/list", Expected::Anything), Found::It);
    }

    #[test]
    fn pointers_are_checked() {
        let good = |pointer: &str| Demand::new(pointer, Expected::Anything).is_well_formed();
        assert!(good("") && good("/") && good("/a/b~0~1"));
        assert!(!good("a") && !good("/~") && !good("/~2") && !good("result/value"));
    }
}
