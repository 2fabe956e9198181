//! The paper forms as PDF files: each is made when it is first asked for, and kept.

use std::sync::OnceLock;

use bytes::Bytes;
use warifu_messages::Locale;
use warifu_sheets::Form3;

use crate::settings::{EditionSite, LocalText, Site};

/// Form 3 of each edition, in the order of the site's editions, in each language.
pub(crate) struct FormFiles(Vec<[OnceLock<Option<Bytes>>; Locale::ALL.len()]>);

impl FormFiles {
    /// Nothing made yet.
    pub(crate) fn new(site: &Site) -> Self {
        let editions = site.editions.iter();
        Self(editions.map(|_| Default::default()).collect())
    }

    /// Form 3 of an edition of `site`; nothing where there is no such edition or its form cannot be
    /// made, which is logged.
    pub(crate) fn form_3(&self, site: &Site, key: &str, locale: Locale) -> Option<Bytes> {
        let index = site.editions.iter().position(|edition| edition.key == key);
        let (files, edition) = (self.0.get(index?)?, site.editions.get(index?)?);
        let position = Locale::ALL.iter().position(|other| *other == locale)?;
        files[position]
            .get_or_init(|| made(site, edition, locale))
            .clone()
    }
}

fn made(site: &Site, edition: &EditionSite, locale: Locale) -> Option<Bytes> {
    let local = |text: &'_ LocalText| text.of(locale).to_owned();
    let needed: Vec<String> = edition.needed_items.iter().map(local).collect();
    let needed: Vec<&str> = needed.iter().map(String::as_str).collect();
    let form = Form3 {
        locale,
        bank_name: site.bank_name.of(locale),
        edition_name: edition.name.of(locale),
        postal_address: edition.postal_address.of(locale),
        processing_time: edition.processing_time.of(locale),
        needed_items: &needed,
        help_desk_phone: &site.help_desk_phone,
        help_desk_hours: site.help_desk_hours.of(locale),
    };
    match form.pdf() {
        Ok(pdf) => Some(Bytes::from(pdf)),
        Err(error) => {
            tracing::error!(edition = edition.key, %locale, %error, "form 3 cannot be made");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_made_once_for_each_edition_and_language() {
        let site = Site::default();
        let files = FormFiles::new(&site);
        let mut seen = Vec::new();
        for edition in &site.editions {
            for locale in Locale::ALL {
                let form = files.form_3(&site, &edition.key, locale).unwrap();
                assert!(form.starts_with(b"%PDF-"));
                let again = files.form_3(&site, &edition.key, locale).unwrap();
                assert_eq!(form.as_ptr(), again.as_ptr(), "made twice");
                assert!(!seen.contains(&form), "{} {locale}", edition.key);
                seen.push(form);
            }
        }
        assert_eq!(files.form_3(&site, "gold", Locale::Ja), None);
    }
}
