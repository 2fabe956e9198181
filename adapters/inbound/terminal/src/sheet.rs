//! The sheet that is handed to a user: one page with the password, as a file of its own.

use askama::Template;
use warifu_core::use_cases::Reissued;
use warifu_messages::{Locale, Messages, Moments, reading};
use zeroize::Zeroizing;

/// Whose sheets they are.
#[derive(Clone, Debug)]
pub struct SheetSite {
    /// The name of the service, in the sheet's language.
    pub service_name: String,
    /// The name of the operator who reissues.
    pub issued_by: String,
    /// The bank's distance from UTC.
    pub utc_offset_minutes: i32,
    /// The sheet's language.
    pub locale: Locale,
}

/// A sheet for one user.
#[derive(Template)]
#[template(path = "sheet.html")]
pub struct Sheet<'a> {
    site: &'a SheetSite,
    moments: Moments,
    name: &'a str,
    masked_user_id: String,
    groups: Vec<&'a str>,
    reissued: &'a Reissued,
}

impl<'a> Sheet<'a> {
    /// The sheet of one reissue.
    pub fn new(site: &'a SheetSite, reissued: &'a Reissued) -> Self {
        Self {
            site,
            moments: Moments::new(site.locale, site.utc_offset_minutes),
            name: &reissued.user.name,
            masked_user_id: masked(reissued.user.id().as_str()),
            groups: reissued.retrieval_password.expose_groups().collect(),
            reissued,
        }
    }

    /// The page. Holds the password.
    pub fn html(&self) -> Zeroizing<String> {
        // Larger than any sheet, so that it does not move while it is written.
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

/// A user ID of which the last three characters are shown.
pub(crate) fn masked(user_id: &str) -> String {
    let hidden = user_id.chars().count().saturating_sub(3);
    let shown = |(index, character)| if index < hidden { '＊' } else { character };
    user_id.chars().enumerate().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warifu_core::domain::{
        ReissueId, RetrievalPassword, RetrievalPasswordLength, Subject, Timestamp, User,
    };

    use super::*;

    fn reissued() -> Reissued {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        Reissued {
            retrieval_password: RetrievalPassword::parse(
                "KT7M9XHW4PAER2CY",
                RetrievalPasswordLength::default(),
            )
            .unwrap(),
            reissue_id: ReissueId::from_bytes([1; 16]),
            issued_at: at("2026-03-31T00:00:00Z"),
            redeemable_from: at("2026-03-31T00:00:00Z"),
            expires_at: at("2026-04-07T00:00:00Z"),
            user: User {
                subject: Subject::new("1234567890".parse().unwrap(), "user01".parse().unwrap()),
                name: "佐藤 <b>一郎</b>".to_owned(),
                service_administrator: false,
                permissions: BTreeSet::new(),
                mail: None,
                disabled: false,
                certificate_not_after: None,
            },
        }
    }

    #[test]
    fn a_sheet_says_what_its_receiver_needs_and_not_who_else_could_use_it() {
        for locale in Locale::ALL {
            let site = SheetSite {
                service_name: "サービス".to_owned(),
                issued_by: "山田 太郎".to_owned(),
                utc_offset_minutes: 540,
                locale,
            };
            let reissued = reissued();
            let html = Sheet::new(&site, &reissued).html();
            assert!(html.contains("KT7M") && html.contains("R2CY"), "{}", *html);
            assert!(html.contains("＊＊＊r01") && !html.contains("user01"));
            assert!(!html.contains("1234567890") && !html.contains("<b>"));
            assert!(!html.contains('⟦') && !html.contains("<script"));
            assert!(html.contains("default-src 'none'"));
        }
    }
}
