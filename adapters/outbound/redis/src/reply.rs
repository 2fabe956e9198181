//! What scripts answer: a list of texts.

use redis::Value;
use warifu_core::domain::Timestamp;
use warifu_core::domain::attempts::Lock;
use warifu_core::ports::Unavailable;

use crate::error::unavailable;

/// The answer of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    script: &'static str,
    texts: Vec<String>,
}

impl Reply {
    pub(crate) fn read(script: &'static str, value: Value) -> Result<Self, String> {
        let texts = redis::from_redis_value(value)
            .map_err(|error| format!("{script} answers with something else than texts: {error}"))?;
        Ok(Self { script, texts })
    }

    /// The first text: what kind of answer it is.
    pub(crate) fn kind(&self) -> &str {
        self.text(0)
    }

    /// A text; empty where there is none.
    pub(crate) fn text(&self, place: usize) -> &str {
        self.texts.get(place).map_or("", String::as_str)
    }

    /// All texts.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether the text is "1".
    pub(crate) fn flag(&self, place: usize) -> bool {
        self.text(place) == "1"
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, place: usize) -> Result<T, Unavailable> {
        self.text(place).parse().map_err(|_| self.unexpected())
    }

    pub(crate) fn time(&self, place: usize) -> Result<Timestamp, Unavailable> {
        self.number(place).map(Timestamp::from_unix_millis)
    }

    /// A time; nothing where the text is empty.
    pub(crate) fn optional_time(&self, place: usize) -> Result<Option<Timestamp>, Unavailable> {
        if self.text(place).is_empty() {
            Ok(None)
        } else {
            self.time(place).map(Some)
        }
    }

    /// A lock, in the texts after the kind.
    pub(crate) fn lock(&self) -> Result<Lock, Unavailable> {
        Ok(Lock {
            until: self.optional_time(1)?,
            just_set: self.flag(2),
        })
    }

    pub(crate) fn parsed<T: std::str::FromStr>(&self, place: usize) -> Result<T, Unavailable> {
        self.number(place)
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(
        &self,
        place: usize,
    ) -> Result<T, Unavailable> {
        serde_json::from_str(self.text(place)).map_err(|_| self.unexpected())
    }

    /// That the store holds something that this program did not write.
    pub(crate) fn unexpected(&self) -> Unavailable {
        unavailable(format!(
            "the store holds something unexpected, found by {}",
            self.script
        ))
    }
}
