//! The texts of the catalogue, and the language that the environment asks for.

use std::borrow::Cow;
use std::ffi::OsString;

use warifu_messages::{Locale, Messages};

/// A text of the catalogue.
pub(crate) fn text(locale: Locale, id: &str, args: &[(&str, &str)]) -> String {
    let args: Vec<(&str, Cow<'_, str>)> = args
        .iter()
        .map(|(name, value)| (*name, Cow::Borrowed(*value)))
        .collect();
    Messages::standard().text(locale, id, &args)
}

/// The language that the environment asks for.
pub(crate) fn language(variable: impl Fn(&str) -> Option<OsString>) -> Locale {
    let variable = |name| variable(name).filter(|value| !value.is_empty());
    if let Some(asked) = variable("WARIFU_LANG")
        && let Some(locale) = asked.to_str().and_then(|name| name.parse().ok())
    {
        return locale;
    }
    let system = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(variable);
    system
        .and_then(|name| name.to_str()?.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> Locale {
        language(|name| {
            let found = variables.iter().find(|(known, _)| *known == name)?;
            Some(OsString::from(found.1))
        })
    }

    #[test]
    fn the_language_is_asked_for_or_the_systems_or_japanese() {
        assert_eq!(chosen(&[]), Locale::Ja);
        assert_eq!(chosen(&[("LANG", "C.UTF-8")]), Locale::Ja);
        assert_eq!(chosen(&[("LANG", "en_GB.UTF-8")]), Locale::En);
        assert_eq!(
            chosen(&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "ja_JP.UTF-8")]),
            Locale::Ja
        );
        assert_eq!(
            chosen(&[("WARIFU_LANG", "en"), ("LC_ALL", "ja_JP.UTF-8")]),
            Locale::En
        );
    }
}
