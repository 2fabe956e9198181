//! What scripts answer: a list of texts.

use redis::Value;

/// The answer of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    script: &'static str,
    texts: Vec<String>,
}

impl Reply {
    pub(crate) fn read(script: &'static str, value: Value) -> Result<Self, String> {
        let texts = redis::from_redis_value(value)
            .map_err(|error| format!("{script} answers with something else than texts: {error}"))?;
        Ok(Self { script, texts })
    }

    /// The script that answered.
    pub fn script(&self) -> &'static str {
        self.script
    }

    /// The first text: what kind of answer it is.
    pub fn kind(&self) -> &str {
        self.text(0)
    }

    /// A text; empty where there is none.
    pub fn text(&self, place: usize) -> &str {
        self.texts.get(place).map_or("", String::as_str)
    }

    /// All texts.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether the text is "1".
    pub fn flag(&self, place: usize) -> bool {
        self.text(place) == "1"
    }
}
