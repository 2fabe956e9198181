//! The words of a sheet, and text made fit to be set.

use unicode_normalization::UnicodeNormalization;
use warifu_core::domain::Timestamp;
use warifu_messages::{Locale, Messages, Moments, is_harmless};

use crate::faces::Faces;

/// Stands where the fonts lack a character, as printers did it.
pub(crate) const GETA: char = '〓';

/// The words of a language and the bank's way to write moments.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    locale: Locale,
    moments: Moments,
}

impl Words {
    /// For a language and a distance from UTC in minutes.
    pub(crate) fn new(locale: Locale, utc_offset_minutes: i32) -> Self {
        Self {
            locale,
            moments: Moments::new(locale, utc_offset_minutes),
        }
    }

    pub(crate) fn locale(self) -> Locale {
        self.locale
    }

    /// The text `id`.
    pub(crate) fn t(self, id: &str) -> String {
        Messages::standard().text(self.locale, id, &[])
    }

    /// The text `id` with one argument.
    pub(crate) fn t1(self, id: &str, name: &str, value: &str) -> String {
        Messages::standard().text(self.locale, id, &[(name, value.into())])
    }

    pub(crate) fn date(self, moment: Timestamp) -> String {
        self.moments.date(moment)
    }

    pub(crate) fn date_time(self, moment: Timestamp) -> String {
        self.moments.date_time(moment)
    }

    pub(crate) fn zone(self) -> String {
        self.moments.zone()
    }
}

/// A user ID of which the last three characters are shown.
pub fn masked_user_id(user_id: &str) -> String {
    let hidden = user_id.chars().count().saturating_sub(3);
    let shown = |(index, character)| if index < hidden { '＊' } else { character };
    user_id.chars().enumerate().map(shown).collect()
}

/// `text` as the faces can set it: composed, on lines of its own only where it says so, without what
/// has no shape, and 〓 for every character that they lack.
pub(crate) fn settable(text: &str, faces: &Faces) -> String {
    let shown = |character: char| match character {
        '\n' => Some('\n'),
        '\t' => Some(' '),
        character if is_invisible(character) => None,
        character if faces.has(character) => Some(character),
        _ => Some(GETA),
    };
    text.nfc().filter_map(shown).collect()
}

/// Has no shape of its own: controls, joiners, marks of direction, and the selectors that follow
/// kanji of names to choose among their variants.
fn is_invisible(character: char) -> bool {
    !is_harmless(character)
        || matches!(character, '\u{206A}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fonts_lack_is_a_geta_and_what_has_no_shape_is_nothing() {
        let faces = Faces::standard().unwrap();
        let set = |text| settable(text, faces);
        // A composed letter, a kanji of the fourth level beyond the basic plane, one with a selector.
        assert_eq!(set("か\u{3099} 𠮷 葛\u{E0100}城"), "が 𠮷 葛城");
        assert_eq!(set("髙﨑① ﾊﾝｶｸ é"), "髙﨑① ﾊﾝｶｸ é");
        assert_eq!(set("😀 ไทย \u{E000}"), "〓 〓〓〓 〓");
        assert_eq!(set("a\tb\u{202E}c\u{7}\nd"), "a bc\nd");
        assert_eq!(set("a\u{61C}b\u{2069}c\u{FFF9}d\u{3164}e"), "abcde");
    }

    #[test]
    fn the_end_of_a_user_id_is_shown() {
        assert_eq!(masked_user_id("user01"), "＊＊＊r01");
        assert_eq!(masked_user_id("u1"), "u1");
    }
}
