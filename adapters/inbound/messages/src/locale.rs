use std::fmt;
use std::str::FromStr;

/// A language that the texts exist in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// 日本語.
    #[default]
    Ja,
    /// English.
    En,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// The language tag, as in `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The best language for an `Accept-Language` header: the one of highest weight that exists,
    /// the first of equals, Japanese when none does.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(locale) = parts.next().and_then(|tag| tag.parse().ok()) else {
                continue;
            };
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1000, |text| thousandths(text).unwrap_or(0));
            if weight > 0 && best.is_none_or(|(highest, _)| weight > highest) {
                best = Some((weight, locale));
            }
        }
        best.map_or_else(Self::default, |(_, locale)| locale)
    }
}

/// A weight of `Accept-Language` ("1", "0.8"), in thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.tag())
    }
}

/// Not a language that the texts exist in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLocale;

impl FromStr for Locale {
    type Err = UnknownLocale;

    /// Reads a language tag (`en-GB`) or the name of a system locale (`ja_JP.UTF-8`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let language = text.split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|locale| language.eq_ignore_ascii_case(locale.tag()))
            .ok_or(UnknownLocale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_or_a_system_locale_is_read() {
        for text in ["ja", "ja-JP", "ja_JP.UTF-8", "JA"] {
            assert_eq!(text.parse(), Ok(Locale::Ja), "{text}");
        }
        assert_eq!("en_GB.UTF-8".parse(), Ok(Locale::En));
        for text in ["", "C", "fr", "jam", "POSIX"] {
            assert_eq!(text.parse::<Locale>(), Err(UnknownLocale), "{text}");
        }
    }

    #[test]
    fn the_heaviest_language_that_exists_wins() {
        let choose = Locale::from_accept_language;
        assert_eq!(choose("en"), Locale::En);
        assert_eq!(choose("fr, en-GB;q=0.8, ja;q=0.7"), Locale::En);
        assert_eq!(choose("ja;q=0.2, en;q=0.9"), Locale::En);
        assert_eq!(choose("en, ja"), Locale::En);
        assert_eq!(choose("en;q=0"), Locale::Ja);
        assert_eq!(choose("en;q=x, *"), Locale::Ja);
        assert_eq!(choose(""), Locale::Ja);
    }
}
