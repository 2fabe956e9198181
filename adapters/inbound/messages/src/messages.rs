use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::Locale;

/// The files of one language, by name.
pub(crate) type Files = [(&'static str, &'static str)];

macro_rules! files {
    ($locale:literal: $($name:literal),*) => {
        &[$(($name, include_str!(concat!("../locales/", $locale, "/", $name, ".ftl")))),*]
    };
}

pub(crate) const fn files(locale: Locale) -> &'static Files {
    match locale {
        Locale::Ja => {
            files!("ja": "catalogue", "frame", "public", "admin", "self-service", "audit", "forms", "sheets", "help", "office", "back-office", "terminal", "arguments")
        }
        Locale::En => {
            files!("en": "catalogue", "frame", "public", "admin", "self-service", "audit", "forms", "sheets", "help", "office", "back-office", "terminal", "arguments")
        }
    }
}

/// The texts, ready to be filled in.
pub struct Messages {
    japanese: FluentBundle<FluentResource>,
    english: FluentBundle<FluentResource>,
}

impl Messages {
    /// The texts of the service, loaded once.
    pub fn standard() -> &'static Self {
        static STANDARD: LazyLock<Messages> = LazyLock::new(|| Messages {
            japanese: bundle(Locale::Ja),
            english: bundle(Locale::En),
        });
        &STANDARD
    }

    /// The text `id` with its arguments filled in. An unknown `id` comes back between `⟦` and `⟧`:
    /// the tests find every one that the workspace uses.
    pub fn text(&self, locale: Locale, id: &str, args: &[(&str, Cow<'_, str>)]) -> String {
        let bundle = match locale {
            Locale::Ja => &self.japanese,
            Locale::En => &self.english,
        };
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
            return format!("⟦{id}⟧");
        };
        let args: FluentArgs<'_> = args
            .iter()
            .map(|(name, value)| (*name, value_of(value)))
            .collect();
        let mut errors = Vec::new();
        bundle
            .format_pattern(pattern, Some(&args), &mut errors)
            .into_owned()
    }

    /// Whether there is a text `id`.
    pub fn has(&self, id: &str) -> bool {
        self.japanese.has_message(id) && self.english.has_message(id)
    }
}

/// Whole numbers choose plural forms; everything else is text, to the letter.
fn value_of(text: &str) -> FluentValue<'_> {
    match text.parse::<u32>() {
        Ok(number) if number.to_string() == text => FluentValue::from(number),
        _ => FluentValue::from(text),
    }
}

fn bundle(locale: Locale) -> FluentBundle<FluentResource> {
    bundle_of(locale, files(locale).iter().map(|(_, source)| *source))
}

/// The texts of `sources`, which are in the language of `locale`.
pub(crate) fn bundle_of(
    locale: Locale,
    sources: impl IntoIterator<Item = &'static str>,
) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = locale.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks are for mixed directions; in passwords and dates they would be copied along.
    bundle.set_use_isolating(false);
    for source in sources {
        let resource = match FluentResource::try_new(source.to_owned()) {
            // What could be read of a broken file is kept; the tests let no broken file through.
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_sound_and_name_each_text_once() {
        for locale in Locale::ALL {
            let mut bundle = FluentBundle::new_concurrent(vec![LanguageIdentifier::default()]);
            for (name, source) in files(locale) {
                let resource = FluentResource::try_new((*source).to_owned())
                    .map_err(|(_, errors)| format!("{locale}/{name}: {errors:?}"))
                    .unwrap();
                bundle
                    .add_resource(resource)
                    .map_err(|errors| format!("{locale}/{name}: {errors:?}"))
                    .unwrap();
            }
        }
    }

    #[test]
    fn arguments_are_filled_in_without_invisible_marks() {
        let messages = Messages::standard();
        assert_eq!(
            messages.text(Locale::Ja, "M-F-02", &[("n", "6〜12".into())]),
            "ご契約者番号は数字6〜12桁で入力してください。"
        );
        assert_eq!(
            messages.text(Locale::En, "M-SYS-500", &[("ref", "0007".into())]),
            "Sorry, there is a problem with the service. Try again later. Check the operation \
             history to see whether a reissue was completed. (Reference 0007)"
        );
    }

    #[test]
    fn english_counts_one_as_one() {
        let near =
            |n: &'static str| Messages::standard().text(Locale::En, "M-RI-02", &[("n", n.into())]);
        assert_eq!(near("1"), "1 more incorrect entry will lock it.");
        assert_eq!(near("2"), "2 more incorrect entries will lock it.");
    }

    #[test]
    fn an_unknown_text_is_marked_as_such() {
        assert_eq!(
            Messages::standard().text(Locale::Ja, "M-NONE", &[]),
            "⟦M-NONE⟧"
        );
        assert!(!Messages::standard().has("M-NONE"));
        assert!(Messages::standard().has("M-AUTH-01"));
    }
}
