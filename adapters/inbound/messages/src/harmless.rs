//! Names and other texts of elsewhere, shown so that they are what they look like.
//!
//! A character that turns the direction of writing (U+202E) makes `gpj.exe` of `exe.jpg`, one without
//! width makes two names out of one; neither can be seen. They give way to a mark that can.

use std::borrow::Cow;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Shown in the place of what cannot be.
const MARK: char = '\u{FFFD}';

/// Whether a character can be shown as it is: it is no control or format character, no separator of
/// lines, and no blank that takes itself for a letter. Variation selectors, which choose the shape of a
/// 漢字, and characters of a bank's own (外字) are harmless.
pub fn is_harmless(character: char) -> bool {
    let unseen = matches!(
        character.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    );
    // Combining grapheme joiner, fillers of Hangul, inherent vowels of Khmer.
    let blank = matches!(
        character,
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}'
    );
    !unseen && !blank
}

/// A text of several lines: breaks and tabs stay.
pub fn harmless_text(text: &str) -> Cow<'_, str> {
    marked(text, |character| {
        is_harmless(character) || matches!(character, '\n' | '\r' | '\t')
    })
}

/// A text of one line.
pub fn harmless_line(text: &str) -> Cow<'_, str> {
    marked(text, is_harmless)
}

fn marked(text: &str, may_stay: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&may_stay) {
        return text.into();
    }
    let shown = |character| if may_stay(character) { character } else { MARK };
    text.chars().map(shown).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_marked() {
        let unseen = [
            0x00, 0x07, 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e, 0x200b,
            0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e,
            0x2060, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206f, 0x3164, 0xfeff, 0xffa0, 0xfff9,
            0x1d173, 0xe0001, 0xe0041, 0xe007f,
        ];
        for code in unseen {
            let name = format!("山田{}太郎", char::from_u32(code).unwrap());
            assert_eq!(harmless_line(&name), "山田\u{FFFD}太郎", "U+{code:04X}");
            assert_eq!(harmless_text(&name), "山田\u{FFFD}太郎", "U+{code:04X}");
        }
    }

    #[test]
    fn names_stay_as_they_are() {
        for name in [
            "山田 太郎",
            "山田　太郎",
            "葛󠄀城",
            "O’Neill",
            "Müller",
            "محمد",
            "\u{E000}川",
        ] {
            assert!(matches!(harmless_line(name), Cow::Borrowed(_)), "{name}");
        }
        assert_eq!(harmless_text("a\r\n\tb"), "a\r\n\tb");
        assert_eq!(harmless_line("a\r\n\tb"), "a\u{FFFD}\u{FFFD}\u{FFFD}b");
    }
}
