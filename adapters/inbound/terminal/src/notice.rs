//! The sealed notice of a paper request: one page for an envelope with a window, as a file of its own.

use askama::Template;
use warifu_core::office::PaperNotice;
use warifu_messages::{Locale, Messages, reading};
use warifu_sheets::{Block, Envelope, Notice as Letter};
use zeroize::Zeroizing;

/// Whose notices they are.
#[derive(Clone, Debug)]
pub struct NoticeSite {
    /// The name of the bank, in the notice's language.
    pub bank_name: String,
    /// The name of the service.
    pub service_name: String,
    /// Where letters come from, by the key of the edition.
    pub sender_addresses: Vec<(String, String)>,
    /// The help desk's number.
    pub help_desk_phone: String,
    /// When it answers.
    pub help_desk_hours: String,
    /// Where customers enter passwords, as far as it is known.
    pub page_address: Option<String>,
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
    dates: Vec<(String, String)>,
    sender: Vec<String>,
    blocks: Vec<Block>,
    groups: Vec<&'a str>,
    content: &'a PaperNotice,
}

impl<'a> Notice<'a> {
    /// The notice, to be written now: nobody gets its password again.
    pub fn new(site: &'a NoticeSite, notice: &'a PaperNotice) -> Self {
        let edition = notice.request.facts().edition.as_str();
        let mut addresses = site.sender_addresses.iter();
        let sender = addresses.find(|(key, _)| key == edition);
        let reference = notice.request.number().to_string();
        let letter = Letter {
            locale: site.locale,
            utc_offset_minutes: site.utc_offset_minutes,
            envelope: Envelope::default(),
            bank_name: &site.bank_name,
            service_name: &site.service_name,
            sender_address: sender.map_or("", |(_, address)| address),
            help_desk_phone: &site.help_desk_phone,
            help_desk_hours: &site.help_desk_hours,
            company_name: &notice.contract.name,
            registered_address: &notice.contract.registered_address,
            user_name: &notice.user.name,
            user_id: notice.user.id().as_str(),
            page_address: site.page_address.as_deref(),
            retrieval_password: &notice.retrieval_password,
            issued_at: notice.issued_at,
            redeemable_from: notice.redeemable_from,
            expires_at: notice.expires_at,
            reference: &reference,
        };
        Self {
            site,
            dates: letter.dates(),
            sender: letter.sender_lines(),
            blocks: letter.blocks(),
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
