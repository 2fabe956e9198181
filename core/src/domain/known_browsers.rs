//! Browsers in which somebody logged in before (OWASP, "device cookies").

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::attempts::BrowserSlot;
use super::identifiers::Subject;
use super::password_version::PasswordVersion;
use super::person_identity::PersonIdentity;
use super::session::Surface;
use super::timestamp::Timestamp;
use crate::ports::Randomness;

/// How long a browser is known after its last login.
pub const BROWSER_KNOWN_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The secret that a browser keeps after a login: 256 random bits, base64url. Entitles to nothing
/// but a counter of its own at the next login. Never stored, never printed.
pub struct DeviceToken(SecretString);

impl DeviceToken {
    /// A new token.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0u8; 32]);
        randomness.fill(bytes.as_mut());
        Self(SecretString::from(BASE64URL_NOPAD.encode(bytes.as_ref())))
    }

    /// What a client sent; nothing where it cannot be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == 43 && text.bytes().all(allowed)).then(|| Self(SecretString::from(text)))
    }

    /// The text to hand to its owner.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What a store knows the browser by: good for this subject on this surface alone, and as long
    /// as it is the same person with the same password. Keyed with the token, which no store has.
    pub fn mark(
        &self,
        surface: Surface,
        subject: &Subject,
        identity: Option<&PersonIdentity>,
        password: Option<&PasswordVersion>,
    ) -> BrowserMark {
        let mut hash = Sha256::new();
        hash.update(b"warifu known browser\0");
        hash.update(self.expose().as_bytes());
        let subject = subject.to_key_bytes();
        let parts = [
            Some(surface.name().as_bytes()),
            Some(&subject[..]),
            identity.map(|identity| identity.as_str().as_bytes()),
            password.map(|version| &version.as_bytes()[..]),
        ];
        for part in parts {
            hash.update([u8::from(part.is_some())]);
            let part = part.unwrap_or_default();
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        BrowserMark(HEXLOWER.encode(&hash.finalize()))
    }
}

/// What a store knows a browser by: 64 lower-case hexadecimal digits. Useless to a thief of the store.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BrowserMark(String);

impl BrowserMark {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BrowserMark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BrowserMark(..)")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KnownBrowser {
    mark: BrowserMark,
    until: Timestamp,
    /// Whether its token was ever shown: what drops its tokens pushes out no browser that keeps them.
    used: bool,
}

/// The known browsers of a person, each in a place of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KnownBrowsers(BTreeMap<u8, KnownBrowser>);

/// The place that a browser was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Where it is.
    pub slot: BrowserSlot,
    /// Whether another was there, or none: its counter is to be forgotten.
    pub is_new: bool,
}

impl KnownBrowsers {
    /// Where the browser of this mark is.
    pub fn find(&self, mark: &BrowserMark, now: Timestamp) -> Option<BrowserSlot> {
        let (number, _) = self
            .0
            .iter()
            .find(|(_, known)| known.mark == *mark && known.until > now)?;
        BrowserSlot::new(*number)
    }

    /// Remembers the browser of this mark until then. One that is known keeps its place; another
    /// takes a free one, or that of the one whose time would be over first, among those that never
    /// showed their token again where there is such a one.
    pub fn remember(&mut self, mark: &BrowserMark, until: Timestamp, now: Timestamp) -> Remembered {
        self.0.retain(|_, known| known.until > now);
        let known = self.find(mark, now);
        let free = || BrowserSlot::all().find(|slot| !self.0.contains_key(&slot.number()));
        let first_over = || {
            let over = self
                .0
                .iter()
                .min_by_key(|(_, known)| (known.used, known.until));
            over.and_then(|(number, _)| BrowserSlot::new(*number))
        };
        let slot = known.or_else(free).or_else(first_over).unwrap_or_default();
        let mark = mark.clone();
        let used = known.is_some();
        self.0
            .insert(slot.number(), KnownBrowser { mark, until, used });
        Remembered {
            slot,
            is_new: known.is_none(),
        }
    }

    /// When none of them is known any more. Nothing where none is.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.0.values().map(|known| known.until).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PasswordHash;

    #[test]
    fn a_token_is_good_for_one_person_with_one_password_on_one_surface() {
        let token = DeviceToken::parse(&"a".repeat(43)).unwrap();
        let other_token = DeviceToken::parse(&"b".repeat(43)).unwrap();
        let subject = |contract: &str, user: &str| {
            Subject::new(contract.parse().unwrap(), user.parse().unwrap())
        };
        let (one, other) = (subject("123456", "7a"), subject("1234567", "a"));
        let person = |name: &str| PersonIdentity::parse(name).unwrap();
        let password = |phc: &str| PasswordVersion::of_hash(&PasswordHash::from_phc(phc));
        let admin = Surface::Admin;
        let marks = [
            token.mark(admin, &one, None, None),
            other_token.mark(admin, &one, None, None),
            token.mark(Surface::SelfService, &one, None, None),
            token.mark(admin, &other, None, None),
            token.mark(admin, &one, Some(&person("p-1")), None),
            token.mark(admin, &one, Some(&person("p-2")), None),
            token.mark(admin, &one, None, Some(&password("$a"))),
            token.mark(admin, &one, None, Some(&password("$b"))),
        ];
        let different: std::collections::BTreeSet<&str> =
            marks.iter().map(BrowserMark::as_str).collect();
        assert_eq!(different.len(), marks.len());
        assert_eq!(token.mark(admin, &one, None, None), marks[0]);
        assert!(DeviceToken::parse("short").is_none());
        assert!(!format!("{:?}", marks[0]).contains(marks[0].as_str()));
    }
}
