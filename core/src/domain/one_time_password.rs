//! The code that a one-time-password card shows.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use super::text::fold_code;

/// Longer input is refused before it is folded.
const LONGEST_INPUT: usize = 256;

/// How many digits the codes of a verifier have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLengths(BTreeSet<usize>);

impl CodeLengths {
    /// The given lengths; six digits when none is given.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let lengths: BTreeSet<usize> = lengths.into_iter().collect();
        Self(if lengths.is_empty() {
            BTreeSet::from([6])
        } else {
            lengths
        })
    }

    /// Whether a code of `length` digits can exist.
    pub fn allows(&self, length: usize) -> bool {
        self.0.contains(&length)
    }

    /// The lengths, shortest first; never empty.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().copied()
    }
}

/// Why an entry cannot be a code.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ParseOneTimePasswordError {
    /// Nothing was entered.
    #[error("the one-time password is empty")]
    Empty,
    /// Not digits, or not as many as a code has.
    #[error("the one-time password has other characters or another length than a code has")]
    Malformed,
}

/// A one-time password in canonical form: half-width digits. Cannot be printed.
#[derive(Clone)]
pub struct OneTimePassword(SecretString);

impl OneTimePassword {
    /// Reads a code; spaces, hyphens and full width are forgiven. Looks at no record.
    pub fn parse(input: &str, lengths: &CodeLengths) -> Result<Self, ParseOneTimePasswordError> {
        if input.len() > LONGEST_INPUT {
            return Err(ParseOneTimePasswordError::Malformed);
        }
        let digits = fold_code(input);
        if digits.is_empty() {
            return Err(ParseOneTimePasswordError::Empty);
        }
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !lengths.allows(digits.len()) {
            return Err(ParseOneTimePasswordError::Malformed);
        }
        Ok(Self(SecretString::from(digits)))
    }

    /// The digits, for a verifier.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_hyphens_and_full_width_are_forgiven() {
        let lengths = CodeLengths::new([6]);
        for typed in ["123456", "１２３４５６", "123 456", "123ー456", "123-456"] {
            assert_eq!(
                OneTimePassword::parse(typed, &lengths).unwrap().expose(),
                "123456"
            );
        }
    }

    #[test]
    fn another_length_or_a_letter_is_not_a_code() {
        let lengths = CodeLengths::new([6, 8]);
        assert!(OneTimePassword::parse("12345678", &lengths).is_ok());
        for typed in ["1234567", "12345a", "一二三四五六"] {
            assert_eq!(
                OneTimePassword::parse(typed, &lengths)
                    .map(|_| ())
                    .unwrap_err(),
                ParseOneTimePasswordError::Malformed
            );
        }
    }
}
