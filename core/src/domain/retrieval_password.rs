//! The certificate retrieval password, 証明書取得用パスワード: made here, shown once.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use super::text::fold_code;
use crate::ports::Randomness;

/// The characters of a retrieval password. Left out is all that is misread or misheard:
/// 0/O, 1/I/L, S/5, B/8, Z/2, G/6, U/V, D (heard as T), N (heard as M), and Q, which reads キュー
/// like 9.
pub const ALPHABET: &[u8; 22] = b"23456789ACEFHJKMPRTWXY";

const GROUP: usize = 4;
const LONGEST_INPUT: usize = 256;

/// How many characters a retrieval password has: 12, 16, 20 or 24 (4.46 bits each; 12 are 53
/// bits, 16 are 71).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "usize", into = "usize")]
pub struct RetrievalPasswordLength(usize);

impl RetrievalPasswordLength {
    /// The number of characters.
    pub const fn get(self) -> usize {
        self.0
    }

    /// The number of groups of four.
    pub const fn groups(self) -> usize {
        self.0 / GROUP
    }
}

impl Default for RetrievalPasswordLength {
    fn default() -> Self {
        Self(16)
    }
}

impl TryFrom<usize> for RetrievalPasswordLength {
    type Error = &'static str;

    fn try_from(length: usize) -> Result<Self, Self::Error> {
        match length {
            12 | 16 | 20 | 24 => Ok(Self(length)),
            _ => Err("must be 12, 16, 20 or 24"),
        }
    }
}

impl From<RetrievalPasswordLength> for usize {
    fn from(length: RetrievalPasswordLength) -> Self {
        length.0
    }
}

/// Why an entry cannot be a retrieval password.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ParseRetrievalPasswordError {
    /// Nothing was entered.
    #[error("the retrieval password is empty")]
    Empty,
    /// More or fewer characters than a retrieval password has.
    #[error("the retrieval password has another length")]
    Length,
    /// A character that no retrieval password has.
    #[error("the retrieval password has characters that are never used")]
    Alphabet,
}

/// A retrieval password in canonical form. Cannot be printed; erased when dropped.
#[derive(Clone)]
pub struct RetrievalPassword(SecretString);

impl RetrievalPassword {
    /// A new one, uniformly random over all of its length.
    pub fn generate(length: RetrievalPasswordLength, randomness: &dyn Randomness) -> Self {
        let mut characters = Zeroizing::new(String::with_capacity(length.get()));
        let mut byte = Zeroizing::new([0u8; 1]);
        // The largest multiple of the alphabet's size that a byte can hold: what is above it is
        // drawn again, or the first characters would come up more often.
        let fair = u8::MAX - (u8::MAX % 22) - 1;
        while characters.len() < length.get() {
            randomness.fill(byte.as_mut());
            if byte[0] <= fair {
                characters.push(char::from(ALPHABET[usize::from(byte[0] % 22)]));
            }
        }
        Self(SecretString::from(characters.as_str()))
    }

    /// Reads an entry; case, width, hyphens and spaces are forgiven. Looks at no record.
    pub fn parse(
        input: &str,
        length: RetrievalPasswordLength,
    ) -> Result<Self, ParseRetrievalPasswordError> {
        if input.len() > LONGEST_INPUT {
            return Err(ParseRetrievalPasswordError::Length);
        }
        let folded = Zeroizing::new(fold_code(input));
        if folded.is_empty() {
            return Err(ParseRetrievalPasswordError::Empty);
        }
        if !folded.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Err(ParseRetrievalPasswordError::Alphabet);
        }
        if folded.len() != length.get() {
            return Err(ParseRetrievalPasswordError::Length);
        }
        Ok(Self(SecretString::from(folded.as_str())))
    }

    /// The canonical characters, to hash.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }

    /// The groups of four, to display.
    pub fn expose_groups(&self) -> impl Iterator<Item = &str> {
        let text = self.0.expose_secret();
        (0..text.len())
            .step_by(GROUP)
            .map(|start| &text[start..start + GROUP])
    }

    /// As displayed: `KT7M-9XHW-4PAE-R2CY`.
    pub fn expose_display(&self) -> SecretString {
        SecretString::from(self.expose_groups().collect::<Vec<_>>().join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn every_character_is_equally_likely() {
        let source = Counting(std::sync::atomic::AtomicU8::new(0));
        let mut counts = [0usize; 256];
        // 11 · 16 characters use up the 242 fair byte values an integral number of times.
        for _ in 0..11 * 11 {
            let password = RetrievalPassword::generate(RetrievalPasswordLength(16), &source);
            for byte in password.expose() {
                counts[usize::from(*byte)] += 1;
            }
        }
        let drawn: Vec<usize> = ALPHABET
            .iter()
            .map(|byte| counts[usize::from(*byte)])
            .collect();
        assert!(drawn.iter().all(|count| *count == drawn[0]), "{drawn:?}");
    }

    #[test]
    fn is_read_in_any_case_and_width_with_any_hyphen() {
        let length = RetrievalPasswordLength::default();
        for typed in [
            "KT7M-9XHW-4PAE-R2CY",
            "kt7m9xhw4paer2cy",
            "ＫＴ７Ｍー９ＸＨＷー４ＰＡＥーＲ２ＣＹ",
            " KT7M 9XHW 4PAE R2CY ",
        ] {
            let read = RetrievalPassword::parse(typed, length).unwrap();
            assert_eq!(read.expose(), b"KT7M9XHW4PAER2CY", "{typed}");
            assert_eq!(read.expose_display().expose_secret(), "KT7M-9XHW-4PAE-R2CY");
        }
    }

    #[test]
    fn an_impossible_entry_says_why() {
        let parse = |typed: &str| {
            RetrievalPassword::parse(typed, RetrievalPasswordLength::default())
                .map(|_| ())
                .unwrap_err()
        };
        assert_eq!(parse(" - "), ParseRetrievalPasswordError::Empty);
        assert_eq!(parse("KT7M-9XHW"), ParseRetrievalPasswordError::Length);
        assert_eq!(
            parse("KT7M-9XHW-4PAE-R2C0"),
            ParseRetrievalPasswordError::Alphabet
        );
        assert_eq!(
            parse("KT7M!9XHW-4PAE-R2CY"),
            ParseRetrievalPasswordError::Alphabet
        );
    }

    proptest! {
        #[test]
        fn what_is_displayed_can_be_entered(seed in any::<u8>(), length in prop::sample::select(vec![12usize, 16, 20, 24])) {
            let length = RetrievalPasswordLength::try_from(length).unwrap();
            let source = Counting(std::sync::atomic::AtomicU8::new(seed));
            let made = RetrievalPassword::generate(length, &source);
            let typed = made.expose_display();
            let read = RetrievalPassword::parse(typed.expose_secret(), length).unwrap();
            prop_assert_eq!(read.expose(), made.expose());
        }
    }
}
