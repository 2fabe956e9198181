//! Folding of names for a search: what one person writes with a blank, in half width, in the other
//! kana or with an older form of a character is found by what another one types.

use unicode_normalization::UnicodeNormalization;

use super::text::{hyphens_folded, is_blank};

/// Forms of one character in family names, the usual one first: old forms (旧字体) of the list of
/// characters for common use (常用漢字表, 2010), and what family registers and Shift JIS machines
/// have besides. Compatibility characters are not here: NFKC folds them.
const VARIANTS: &[&str] = &[
    "高髙",
    "崎﨑嵜",
    "吉𠮷",
    "辺邊邉",
    "斉齊斎齋",
    "浜濱濵",
    "沢澤",
    "広廣",
    "島嶋嶌",
    "富冨",
    "桑桒",
    "徳德",
    "真眞",
    "国國",
    "寿壽",
    "実實",
    "恵惠",
    "栄榮",
    "淵渕渊",
    "瀬瀨",
    "滝瀧",
    "竜龍",
    "桜櫻",
    "学學",
    "円圓",
    "会會",
    "関關",
    "鴎鷗",
    "黒黑",
    "鉄鐵",
    "豊豐",
    "蔵藏",
    "静靜",
    "弥彌",
    "館舘",
    "条條",
    "曽曾",
    "万萬",
    "与與",
    "来來",
    "荘莊",
    "県縣",
    "巌巖",
    "亀龜",
    "宝寶",
    "塩鹽",
    "桧檜",
    "祢禰",
    "彦彥",
    "増增",
    "緑綠",
    "礼禮",
    "清淸",
    "薮藪",
    "梅楳",
    "峰峯",
    "松枩",
    "秋穐",
    "穂穗",
    "芦蘆",
    "鶴靏鸖",
];

/// How `name` is compared in a search: half width, lower case, in katakana, without blanks and
/// variation selectors, in the usual form of each character.
pub(crate) fn fold_for_search(name: &str) -> String {
    hyphens_folded(name.nfkc())
        .filter(|character| !is_blank(*character) && !is_variation_selector(*character))
        .flat_map(char::to_lowercase)
        .map(usual_form)
        .collect()
}

const fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn usual_form(character: char) -> char {
    match character {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => katakana(character),
        _ if character.is_ascii() => character,
        _ => VARIANTS
            .iter()
            .find(|forms| forms.contains(character))
            .and_then(|forms| forms.chars().next())
            .unwrap_or(character),
    }
}

/// Both kinds of kana stand in the same order, 96 places apart.
fn katakana(hiragana: char) -> char {
    char::from_u32(u32::from(hiragana) + 0x60).unwrap_or(hiragana)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_one_person_writes_is_found_by_what_another_types() {
        for (written, typed) in [
            ("佐藤 花子", "佐藤花子"),
            ("佐藤\u{3000}花子", "佐藤 花子"),
            ("髙橋 一郎", "高橋"),
            ("山﨑", "山崎"),
            ("𠮷田", "吉田"),
            ("渡邉", "渡辺"),
            ("渡邊", "渡邉"),
            ("齋藤", "斉藤"),
            ("斎藤", "齊藤"),
            ("葛\u{E0100}城", "葛城"),
            ("ｻﾄｳ ﾊﾅｺ", "さとうはなこ"),
            ("サトウ", "さとう"),
            ("ヴィクター", "ゔぃくたー"),
            ("すゞき", "スヾキ"),
            ("Ｓｍｉｔｈ　Ｊｏｈｎ", "smithjohn"),
        ] {
            let (written, typed) = (fold_for_search(written), fold_for_search(typed));
            assert!(written.contains(&typed), "{written} has {typed}");
        }
    }

    #[test]
    fn different_people_stay_different() {
        assert_ne!(fold_for_search("高橋"), fold_for_search("高端"));
        assert_ne!(fold_for_search("か"), fold_for_search("が"));
    }

    #[test]
    fn a_form_stands_in_one_line_and_is_not_folded_elsewhere() {
        let mut seen = BTreeSet::new();
        for form in VARIANTS.iter().flat_map(|forms| forms.chars()) {
            assert!(seen.insert(form), "{form} stands twice");
            let folded: String = form.nfkc().collect();
            assert_eq!(folded, form.to_string(), "NFKC folds {form}");
        }
    }

    proptest! {
        #[test]
        fn blanks_anywhere_change_nothing(
            name in "[ぁ-ゖァ-ヶ一-龠a-z]{1,10}",
            place in 0_usize..10,
            blank in prop::sample::select(vec![' ', '\u{3000}', '\u{A0}', '\u{200B}', '\t']),
        ) {
            let mut with_blank: Vec<char> = name.chars().collect();
            with_blank.insert(place.min(with_blank.len()), blank);
            let with_blank: String = with_blank.into_iter().collect();
            prop_assert_eq!(fold_for_search(&with_blank), fold_for_search(&name));
        }
    }
}
