use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::retrieval_password::ALPHABET;
use crate::domain::text::fold_code;
use crate::ports::Randomness;

/// Symbols of a number. 22^8 are over 50 thousand million: nobody counts on from one to the next.
const LENGTH: usize = 8;
/// Symbols read out together.
const GROUP: usize = 4;
/// Longer input is refused before it is folded.
const LONGEST_INPUT: usize = 256;

/// 受付番号: names a paper request. Random, so that it tells neither order nor number of requests,
/// and of the symbols of retrieval passwords, so that it can be read out on the telephone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReceptionNumber(String);

/// The text is no reception number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a reception number such as KT7M-9XHW")]
pub struct InvalidReceptionNumber;

impl ReceptionNumber {
    /// A new one.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut symbols = String::with_capacity(LENGTH);
        let symbol_count = ALPHABET.len();
        // Bytes beyond the last whole multiple would favour the first symbols.
        let fair = 256 - 256 % symbol_count;
        while symbols.len() < LENGTH {
            let mut byte = [0];
            randomness.fill(&mut byte);
            let value = usize::from(byte[0]);
            if value < fair
                && let Some(symbol) = ALPHABET.get(value % symbol_count)
            {
                symbols.push(char::from(*symbol));
            }
        }
        Self(symbols)
    }

    /// The symbols without the hyphen, as stores know it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReceptionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(GROUP);
        write!(formatter, "{first}-{second}")
    }
}

impl FromStr for ReceptionNumber {
    type Err = InvalidReceptionNumber;

    /// Forgives case, width, spaces and hyphens.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > LONGEST_INPUT {
            return Err(InvalidReceptionNumber);
        }
        let symbols = fold_code(text);
        let known = symbols.bytes().all(|byte| ALPHABET.contains(&byte));
        (known && symbols.len() == LENGTH)
            .then_some(Self(symbols))
            .ok_or(InvalidReceptionNumber)
    }
}

impl TryFrom<String> for ReceptionNumber {
    type Error = InvalidReceptionNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ReceptionNumber> for String {
    fn from(number: ReceptionNumber) -> Self {
        number.0
    }
}
