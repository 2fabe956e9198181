//! Passwords that people choose, and the hashes kept of passwords.

use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Longer entries are refused before any hashing.
const LONGEST_PASSWORD: usize = 256;

/// Which characters a password can have at this bank. An entry outside of them is a slip of the
/// input method and never an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllowedCharacters {
    /// 半角英数字・記号 only.
    Ascii,
    /// Any script.
    Any,
}

/// Why an entry cannot be anybody's password.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ParsePasswordError {
    /// Nothing was entered.
    #[error("the password is empty")]
    Empty,
    /// More than 256 bytes.
    #[error("the password is longer than 256 bytes")]
    TooLong,
    /// Characters outside ASCII where passwords are ASCII.
    #[error("the password has full-width characters")]
    FullWidth,
    /// A character that no keyboard enters into a password field.
    #[error("the password has control characters")]
    ControlCharacters,
}

/// A login or transaction password as entered: exact, never trimmed or folded (ASVS 6.2.8). Cannot be
/// printed; erased when dropped.
///
/// Where passwords can have any script, the same password is typed in several ways: a letter with its
/// accent or before it, a blank in full width or not. What is hashed is then the one form of RFC 8265
/// (`OpaqueString`): every kind of space is a space, and all is composed (NFC). Case and width stay.
#[derive(Clone)]
pub struct PlainPassword {
    entered: SecretString,
    /// Where it is another than the entry itself.
    normalised: Option<SecretString>,
}

impl PlainPassword {
    /// Accepts what has the shape of a password. Looks at no record.
    pub fn parse(input: &str, allowed: AllowedCharacters) -> Result<Self, ParsePasswordError> {
        if input.is_empty() {
            return Err(ParsePasswordError::Empty);
        }
        if input.len() > LONGEST_PASSWORD {
            return Err(ParsePasswordError::TooLong);
        }
        if input.chars().any(char::is_control) {
            return Err(ParsePasswordError::ControlCharacters);
        }
        if allowed == AllowedCharacters::Ascii && !input.is_ascii() {
            return Err(ParsePasswordError::FullWidth);
        }
        let normalised = normalised(input).filter(|normalised| **normalised != *input);
        Ok(Self {
            entered: SecretString::from(input),
            normalised: normalised.map(|text| SecretString::from(text.as_str())),
        })
    }

    /// The bytes to hash.
    pub fn to_hash(&self) -> &[u8] {
        let text = self.normalised.as_ref().unwrap_or(&self.entered);
        text.expose_secret().as_bytes()
    }

    /// The bytes as they were entered, for another system, which has rules of its own.
    pub fn expose(&self) -> &[u8] {
        self.entered.expose_secret().as_bytes()
    }

    /// Whether what is hashed is another than what was entered: an older hash, or one that was made
    /// elsewhere, can be of the entry itself.
    pub fn is_altered(&self) -> bool {
        self.normalised.is_some()
    }
}

/// RFC 8265 §4.2.2: spaces are mapped, then the text is composed. What the profile forbids besides is
/// not refused here: nobody is to lose a password that was good before. Nothing for ASCII, which is
/// its own normal form.
fn normalised(input: &str) -> Option<Zeroizing<String>> {
    if input.is_ascii() {
        return None;
    }
    // Composing never makes a text longer than three times as long (UAX #15), so that nothing of it
    // is left behind where it grew.
    let mut text = Zeroizing::new(String::with_capacity(input.len() * 3));
    let spaces = |character| if is_space(character) { ' ' } else { character };
    text.extend(input.chars().map(spaces).nfc());
    Some(text)
}

/// The spaces of Unicode beyond ASCII (general category Zs).
const fn is_space(character: char) -> bool {
    matches!(
        character,
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

/// A PHC string of a password hash. Not printed: a hash of a short secret is nearly the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string; whether it is well formed is the hasher's to judge.
    pub fn from_phc(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// The PHC string, for a hasher or a store.
    pub fn expose_phc(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordHash(..)")
    }
}

/// A digest by which an imported hash is recognised. It says nothing of the password: without the
/// salt, which is in the imported hash alone, nothing can be tried against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct HashDigest([u8; 32]);

impl HashDigest {
    /// Of an imported hash.
    pub fn of(hash: &PasswordHash) -> Self {
        Self(Sha256::digest(hash.expose_phc()).into())
    }
}

impl From<HashDigest> for String {
    fn from(digest: HashDigest) -> Self {
        HEXLOWER.encode(&digest.0)
    }
}

impl<'de> Deserialize<'de> for HashDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Earlier versions kept the imported hash itself, until the next login writes this.
        if text.starts_with('$') {
            return Ok(Self::of(&PasswordHash::from_phc(text)));
        }
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        let digest = bytes.and_then(|bytes| bytes.try_into().ok()).map(Self);
        digest.ok_or_else(|| D::Error::custom("not the digest of a hash"))
    }
}

/// A hash made anew with current parameters, in the place of the imported one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredHash {
    /// The imported hash that this one stands for; when the import changes, this one is void.
    pub replaces: HashDigest,
    /// The newer hash of the same password.
    pub hash: PasswordHash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_kept_to_the_letter() {
        let password = PlainPassword::parse(" Ab c ", AllowedCharacters::Ascii).unwrap();
        assert_eq!(password.expose(), b" Ab c ");
    }

    #[test]
    fn what_no_password_looks_like_is_named() {
        let parse = |input: &str| {
            PlainPassword::parse(input, AllowedCharacters::Ascii)
                .map(|_| ())
                .unwrap_err()
        };
        assert_eq!(parse(""), ParsePasswordError::Empty);
        assert_eq!(parse("ｐａｓｓ"), ParsePasswordError::FullWidth);
        assert_eq!(parse("a\0b"), ParsePasswordError::ControlCharacters);
        assert_eq!(parse(&"x".repeat(257)), ParsePasswordError::TooLong);
    }

    #[test]
    fn one_password_has_one_form_however_it_is_typed() {
        let parse = |input: &str| PlainPassword::parse(input, AllowedCharacters::Any).unwrap();
        for (typed, hashed) in [
            ("パスワード", "パスワード"),
            ("ハ\u{309A}スワード", "パスワード"),
            ("山と　川", "山と 川"),
            ("a\u{A0}b\u{2003}c\u{202F}d", "a b c d"),
            ("cafe\u{301}", "café"),
            ("\u{212B}", "Å"),
        ] {
            let password = parse(typed);
            assert_eq!(password.to_hash(), hashed.as_bytes(), "{typed}");
            assert_eq!(password.expose(), typed.as_bytes(), "{typed}");
            assert_eq!(password.is_altered(), typed != hashed, "{typed}");
        }
        // Case, width and what ASCII says are the password's own.
        for own in ["Ａｂｃ", "Abc", "ｶﾅ", " two  spaces ", "①"] {
            assert!(!parse(own).is_altered(), "{own}");
        }
        // RFC 8265, table 2.
        assert_eq!(parse("foo\u{1680}bar").to_hash(), b"foo bar");
        assert_ne!(parse("Correct").to_hash(), parse("correct").to_hash());
    }

    #[test]
    fn any_script_is_accepted_where_the_bank_allows_it() {
        assert!(PlainPassword::parse("割符の暗証", AllowedCharacters::Any).is_ok());
        assert!(PlainPassword::parse(&"x".repeat(256), AllowedCharacters::Any).is_ok());
    }
}
