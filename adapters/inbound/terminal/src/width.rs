//! How wide a text is at a terminal, and what of it may go there.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes; 漢字 take two each.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// The text, with what would move the cursor or change colours made visible: names come from
/// elsewhere.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_harmless) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_harmless(character) {
            shown.push(character);
        } else {
            shown.extend(character.escape_default());
        }
    }
    shown.into()
}

fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Breaks a text into lines of at most `width` columns, at spaces where there are some.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    let mut last_space: Option<usize> = None;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide > width && !line.is_empty() {
            // Japanese breaks anywhere; only words stay whole.
            let rest = match last_space {
                Some(at) if character != ' ' && wide < 2 => {
                    line.split_off(at).trim_start().to_owned()
                }
                _ => String::new(),
            };
            lines.push(line.trim_end().to_owned());
            line = rest;
            used = columns(&line);
            last_space = None;
            if character == ' ' && line.is_empty() {
                continue;
            }
        }
        if character == ' ' {
            last_space = Some(line.len());
        }
        line.push(character);
        used += wide;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("山田 太郎"), 9);
        assert_eq!(columns("ｱｲｳ"), 3);
    }

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(visible("山田 太郎"), "山田 太郎");
        assert_eq!(visible("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(visible("\u{202e}gpj"), "\\u{202e}gpj");
    }

    #[test]
    fn lines_break_at_spaces_or_anywhere_in_japanese() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("再発行しました。", 8), ["再発行し", "ました。"]);
        assert_eq!(wrapped("注意: 再発行", 9), ["注意: 再", "発行"]);
        assert_eq!(wrapped("", 8), [""]);
        for line in wrapped(
            "a long sentence that nobody reads and 全角の文字が混ざる",
            11,
        ) {
            assert!(columns(&line) <= 11, "{line}");
        }
    }
}
