use std::error::Error;
use std::fmt;

use warifu_messages::{Locale, Messages};

/// Why a value is not taken: the id of a text that says how to write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongValue(pub &'static str);

impl fmt::Display for WrongValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&Messages::standard().text(Locale::En, self.0, &[]))
    }
}

impl Error for WrongValue {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_wrong_value_is_a_text() {
        assert_eq!(
            WrongValue("value-language").to_string(),
            "There are ja and en."
        );
    }
}
