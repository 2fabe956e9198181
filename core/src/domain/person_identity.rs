use std::fmt;

use serde::{Deserialize, Serialize};

/// Who a user is, whatever they are called: stays with the person when the user ID is given to
/// somebody else. Where a directory has nothing of the kind, nobody can tell the two apart.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonIdentity(String);

impl PersonIdentity {
    /// 1 to 128 characters of visible ASCII; otherwise nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=128).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// As the directory has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what was bound to `bound` is for who is `now`. What was bound when nobody could tell
    /// is bound to the user ID alone; what was bound to a person is not for somebody unknown.
    pub fn admits(bound: Option<&Self>, now: Option<&Self>) -> bool {
        bound.is_none() || bound == now
    }
}

impl fmt::Debug for PersonIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PersonIdentity({})", self.0)
    }
}

/// The text is not 1 to 128 characters of visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identity has 1 to 128 visible ASCII characters")]
pub struct InvalidPersonIdentity;

impl TryFrom<String> for PersonIdentity {
    type Error = InvalidPersonIdentity;

    fn try_from(text: String) -> Result<Self, InvalidPersonIdentity> {
        Self::parse(&text).ok_or(InvalidPersonIdentity)
    }
}

impl From<PersonIdentity> for String {
    fn from(identity: PersonIdentity) -> Self {
        identity.0
    }
}
