//! Where lines break.

/// Never begin a line.
const CLOSING: &str =
    "、。，．・：；？！）」』】〕〉》］｝ーァィゥェォッャュョヮヵヶァ々〜～…,.:;?!)]}’”%％";
/// Never end one.
const OPENING: &str = "（「『【〔〈《［｛([{‘“〒";

/// `text` in lines no wider than `width`, in the unit of `advance`. A line ends where the text says
/// so, after a space, or beside a Japanese character where custom allows it, and rather after a
/// space where that leaves no more than half of the line empty; a word that is wider than the line is
/// cut.
pub(crate) fn lines(text: &str, width: f32, advance: impl Fn(char) -> f32) -> Vec<&str> {
    let mut found = Vec::new();
    for paragraph in text.split('\n') {
        let mut start = 0;
        let mut room = width;
        let (mut chance, mut space) = (None, None);
        let mut before = None;
        for (index, character) in paragraph.char_indices() {
            if index > start && before.is_some_and(|before| may_part(before, character)) {
                chance = Some(index);
                if before == Some(' ') && room < width / 2.0 {
                    space = chance;
                }
            }
            let needed = advance(character);
            if needed > room && index > start && character != ' ' {
                let end = space.take().or(chance.take()).unwrap_or(index);
                chance = None;
                found.push(paragraph[start..end].trim_end());
                start = end;
                room = width - paragraph[start..index].chars().map(&advance).sum::<f32>();
            }
            room -= needed;
            before = Some(character);
        }
        found.push(paragraph[start..].trim_end());
    }
    found
}

fn may_part(before: char, after: char) -> bool {
    if before == ' ' {
        return after != ' ';
    }
    let barred = CLOSING.contains(after) || OPENING.contains(before) || after == ' ';
    !barred && (is_wide(before) || is_wide(after))
}

fn is_wide(character: char) -> bool {
    character >= '\u{2E80}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, width: f32) -> Vec<&str> {
        lines(
            text,
            width,
            |character| if is_wide(character) { 2.0 } else { 1.0 },
        )
    }

    #[test]
    fn words_stay_whole_and_punctuation_follows_its_word() {
        assert_eq!(broken("one two three", 8.0), ["one two", "three"]);
        assert_eq!(
            broken("証明書、取得用。", 6.0),
            ["証明", "書、取", "得用。"]
        );
        assert_eq!(broken("再「発行」", 6.0), ["再「発", "行」"]);
        assert_eq!(broken("再発「行」", 6.0), ["再発", "「行」"]);
        assert_eq!(broken("利用者 user01", 9.0), ["利用者", "user01"]);
        assert_eq!(broken("丸の内 見本棟", 10.0), ["丸の内", "見本棟"]);
        assert_eq!(broken("都 丸の内一丁目", 10.0), ["都 丸の内", "一丁目"]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut_and_lines_of_their_own_stay() {
        assert_eq!(broken("abcdefgh", 3.0), ["abc", "def", "gh"]);
        assert_eq!(broken("東京\n千代田", 20.0), ["東京", "千代田"]);
        assert_eq!(broken("", 5.0), [""]);
        assert_eq!(broken("。。。。", 4.0), ["。。", "。。"]);
    }
}
