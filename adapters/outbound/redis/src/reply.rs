//! Reads what scripts answer into values of core.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use warifu_core::domain::Timestamp;
use warifu_core::domain::attempts::Lock;
use warifu_core::ports::Unavailable;
use warifu_redis_link::Reply;

use crate::error::unavailable;

/// Reads the texts of an answer, each by its place.
pub(crate) trait Fields {
    /// Anything that has a written form.
    fn parsed<T: FromStr>(&self, place: usize) -> Result<T, Unavailable>;

    /// Anything that was written as JSON.
    fn json<T: DeserializeOwned>(&self, place: usize) -> Result<T, Unavailable>;

    /// A time, in milliseconds.
    fn time(&self, place: usize) -> Result<Timestamp, Unavailable>;

    /// A time; nothing where the text is empty.
    fn optional_time(&self, place: usize) -> Result<Option<Timestamp>, Unavailable>;

    /// A lock, in three texts.
    fn lock(&self, place: usize) -> Result<Lock, Unavailable>;

    /// That the store holds something that this program did not write.
    fn unexpected(&self) -> Unavailable;
}

impl Fields for Reply {
    fn parsed<T: FromStr>(&self, place: usize) -> Result<T, Unavailable> {
        self.text(place).parse().map_err(|_| self.unexpected())
    }

    fn json<T: DeserializeOwned>(&self, place: usize) -> Result<T, Unavailable> {
        serde_json::from_str(self.text(place)).map_err(|_| self.unexpected())
    }

    fn time(&self, place: usize) -> Result<Timestamp, Unavailable> {
        self.parsed(place).map(Timestamp::from_unix_millis)
    }

    fn optional_time(&self, place: usize) -> Result<Option<Timestamp>, Unavailable> {
        if self.text(place).is_empty() {
            Ok(None)
        } else {
            self.time(place).map(Some)
        }
    }

    fn lock(&self, place: usize) -> Result<Lock, Unavailable> {
        Ok(Lock {
            until: self.optional_time(place)?,
            just_set: self.flag(place + 1),
            since: self.time(place + 2)?,
        })
    }

    fn unexpected(&self) -> Unavailable {
        unavailable(format!(
            "the store holds something unexpected, found by {}",
            self.script()
        ))
    }
}
