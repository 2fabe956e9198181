//! How wide a text is at a terminal, and what of it may go there.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use warifu_messages::is_harmless;

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

/// What no line begins with: it stays with the character before.
const CLOSING: &str = "。、,.:;!?)]}」』】〕〉》・…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ)!?";
/// What no line ends with: it goes with the character after.
const OPENING: &str = "([{「『【〔〈《(";

/// Breaks a text into lines of at most `width` columns: at spaces, and in Japanese anywhere but
/// before closing and after opening marks. Only a word wider than a line is cut.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    let mut break_at: Option<usize> = None;
    let mut before: Option<char> = None;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if before.is_some_and(|before| may_part(before, character)) && !line.trim().is_empty() {
            break_at = Some(line.len());
        }
        before = Some(character);
        if used + wide > width && !line.is_empty() {
            if character == ' ' {
                lines.push(line.trim_end().to_owned());
                (line, used, break_at) = (String::new(), 0, None);
                continue;
            }
            let rest = break_at.map_or_else(String::new, |at| line.split_off(at));
            lines.push(line.trim_end().to_owned());
            (used, break_at) = (columns(&rest), None);
            line = rest;
        }
        if character == ' ' && line.is_empty() && !lines.is_empty() {
            continue;
        }
        line.push(character);
        used += wide;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Puts pieces that belong together into lines of at most `width` columns, with `separator` between
/// those of a line. Only a piece wider than a line is broken.
pub(crate) fn filled<'a>(
    pieces: impl IntoIterator<Item = &'a str>,
    separator: &str,
    width: usize,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        let needed = columns(separator) + columns(piece);
        match lines.last_mut() {
            Some(line) if columns(line) + needed <= width => {
                line.push_str(separator);
                line.push_str(piece);
            }
            _ => lines.extend(wrapped(piece, width)),
        }
    }
    lines
}

/// Whether a line may end between two characters.
fn may_part(before: char, after: char) -> bool {
    let is_wide = |character: char| character.width().unwrap_or(0) > 1;
    after != ' '
        && !CLOSING.contains(after)
        && !OPENING.contains(before)
        && (before == ' ' || is_wide(before) || is_wide(after))
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
    fn pieces_stay_whole_where_they_can() {
        let pieces = ["0 done", "1 unexpected", "2 利用", "a very long piece"];
        assert_eq!(
            filled(pieces, " · ", 12),
            ["0 done", "1 unexpected", "2 利用", "a very long", "piece"]
        );
        assert_eq!(filled(pieces, " · ", 21)[0], "0 done · 1 unexpected");
    }

    #[test]
    fn marks_stay_with_what_they_close_or_open() {
        assert_eq!(wrapped("終わりました。", 12), ["終わりまし", "た。"]);
        assert_eq!(wrapped("設定「認証局」", 6), ["設定", "「認証", "局」"]);
        assert_eq!(wrapped("値を(既定値)", 6), ["値を", "(既定", "値)"]);
    }

    #[test]
    fn lines_break_at_spaces_or_anywhere_in_japanese() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("再発行しました。", 8), ["再発行し", "ました。"]);
        assert_eq!(wrapped("注意: 再発行", 9), ["注意: 再", "発行"]);
        assert_eq!(
            wrapped("設定 --config FILE を指定", 15),
            ["設定 --config", "FILE を指定"]
        );
        assert_eq!(wrapped("  --option", 6), ["  --op", "tion"]);
        assert_eq!(wrapped("", 8), [""]);
        for line in wrapped(
            "a long sentence that nobody reads and 全角の文字が混ざる",
            11,
        ) {
            assert!(columns(&line) <= 11, "{line}");
        }
    }
}
