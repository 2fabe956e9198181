//! How a secret is read out.

use crate::Locale;

/// How each character of a retrieval password is read out. よん and なな rather than し and しち:
/// they are told apart on the telephone.
const READINGS: [(char, &str, &str); 22] = [
    ('A', "エー", "Alfa"),
    ('C', "シー", "Charlie"),
    ('E', "イー", "Echo"),
    ('F', "エフ", "Foxtrot"),
    ('H', "エイチ", "Hotel"),
    ('J', "ジェー", "Juliett"),
    ('K', "ケー", "Kilo"),
    ('M', "エム", "Mike"),
    ('P', "ピー", "Papa"),
    ('R', "アール", "Romeo"),
    ('T', "ティー", "Tango"),
    ('W', "ダブリュー", "Whiskey"),
    ('X', "エックス", "X-ray"),
    ('Y', "ワイ", "Yankee"),
    ('2', "に", "two"),
    ('3', "さん", "three"),
    ('4', "よん", "four"),
    ('5', "ご", "five"),
    ('6', "ろく", "six"),
    ('7', "なな", "seven"),
    ('8', "はち", "eight"),
    ('9', "きゅう", "nine"),
];

/// The words for one character of a retrieval password; nothing for a character that none has.
pub fn reading(character: char, locale: Locale) -> &'static str {
    let found = READINGS.iter().find(|(known, _, _)| *known == character);
    found.map_or("", |(_, japanese, english)| match locale {
        Locale::Ja => japanese,
        Locale::En => english,
    })
}

#[cfg(test)]
mod tests {
    use warifu_core::domain::RETRIEVAL_PASSWORD_ALPHABET;

    use super::*;

    #[test]
    fn every_character_can_be_read_out_unmistakably() {
        for locale in Locale::ALL {
            let mut all: Vec<&str> = RETRIEVAL_PASSWORD_ALPHABET
                .iter()
                .map(|character| reading(char::from(*character), locale))
                .collect();
            assert!(all.iter().all(|words| !words.is_empty()));
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), RETRIEVAL_PASSWORD_ALPHABET.len());
        }
    }
}
