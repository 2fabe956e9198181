//! Folding of what people type: full width, stray spaces and the many hyphens of an input method.

use unicode_normalization::UnicodeNormalization;

/// Whether `character` stands for a hyphen when a Japanese input method is on.
/// NFKC alone does not fold the prolonged sound mark or the minus sign into a hyphen.
fn is_hyphen_like(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{00AD}' | '\u{2010}'
            ..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{30FC}' | '\u{FF70}'
    )
}

/// White space, and the invisible characters that come along when text is pasted.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// The canonical form of a code that the system made: half width, upper case, without spaces
/// and hyphens. For contract numbers, one-time passwords and retrieval passwords only; a
/// password that a person chose is never altered (ASVS 6.2.8).
pub fn fold_code(input: &str) -> String {
    input
        .nfkc()
        .filter(|character| !is_blank(*character) && !is_hyphen_like(*character))
        .flat_map(char::to_uppercase)
        .collect()
}

/// Every kind of hyphen as `-`.
pub(super) fn hyphens_folded(characters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    characters.map(|character| {
        if is_hyphen_like(character) {
            '-'
        } else {
            character
        }
    })
}

/// The canonical form of an identifier that a person chose: half width, lower case, without
/// surrounding blanks; every kind of hyphen becomes `-`.
pub fn fold_identifier(input: &str) -> String {
    let folded: String = hyphens_folded(input.nfkc())
        .flat_map(char::to_lowercase)
        .collect();
    folded.trim_matches(is_blank).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_hyphen_of_an_input_method_disappears_from_a_code() {
        for hyphen in ['-', 'ー', 'ｰ', '−', '‐', '‑', '–', '—', '―', '－', '﹣'] {
            assert_eq!(
                fold_code(&format!("kt7m{hyphen}９ｘhw")),
                "KT7M9XHW",
                "{hyphen:?}"
            );
        }
    }

    #[test]
    fn an_ideographic_space_and_a_zero_width_space_disappear_from_a_code() {
        assert_eq!(fold_code("１２３　４５６\u{200B}7"), "1234567");
    }

    #[test]
    fn an_identifier_keeps_its_inner_characters() {
        assert_eq!(fold_identifier(" Ａdminー01 "), "admin-01");
    }

    proptest! {
        #[test]
        fn folding_what_is_already_canonical_changes_nothing(input in "\\PC{0,40}") {
            // Only ASCII is ever accepted as a code or an identifier.
            for fold in [fold_code, fold_identifier] {
                let once = fold(&input);
                if once.is_ascii() {
                    prop_assert_eq!(fold(&once), once.clone());
                }
            }
        }
    }
}
