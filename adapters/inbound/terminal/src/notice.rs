//! The sealed notice of a paper request: one page for an envelope with a window, as a file of its own.

use askama::Template;
use warifu_core::office::PaperNotice;
use warifu_messages::{Locale, Messages, Moments, reading};
use zeroize::Zeroizing;

use warifu_sheets::masked_user_id;

/// Whose notices they are.
#[derive(Clone, Debug)]
pub struct NoticeSite {
    /// The name of the bank, in the notice's language.
    pub bank_name: String,
    /// The bank's distance from UTC.
    pub utc_offset_minutes: i32,
    /// The notice's language.
    pub locale: Locale,
}

/// The notice of one request. Neither the contract number nor a name of staff stands on it.
#[derive(Template)]
#[template(path = "notice.html")]
pub struct Notice<'a> {
    site: &'a NoticeSite,
    moments: Moments,
    masked_user_id: String,
    groups: Vec<&'a str>,
    content: &'a PaperNotice,
}

impl<'a> Notice<'a> {
    /// The notice, to be written now: nobody gets its password again.
    pub fn new(site: &'a NoticeSite, notice: &'a PaperNotice) -> Self {
        Self {
            site,
            moments: Moments::new(site.locale, site.utc_offset_minutes),
            masked_user_id: masked_user_id(notice.user.id().as_str()),
            groups: notice.retrieval_password.expose_groups().collect(),
            content: notice,
        }
    }

    /// The page. Holds the password.
    pub fn html(&self) -> Zeroizing<String> {
        // Larger than any notice, so that it does not move while it is written.
        let mut html = Zeroizing::new(String::with_capacity(16 * 1024));
        if self.render_into(&mut *html).is_err() {
            return Zeroizing::default();
        }
        html
    }

    fn t(&self, id: &str) -> String {
        Messages::standard().text(self.site.locale, id, &[])
    }

    fn t1(&self, id: &str, name: &str, value: &str) -> String {
        Messages::standard().text(self.site.locale, id, &[(name, value.into())])
    }

    fn reading(&self) -> Vec<(char, &'static str)> {
        let characters = self.groups.iter().flat_map(|group| group.chars());
        characters
            .map(|character| (character, reading(character, self.site.locale)))
            .collect()
    }
}
