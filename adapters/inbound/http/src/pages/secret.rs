//! How a secret is shown, and the sheet it is printed on.

use std::sync::Arc;

use warifu_core::Reissued;
use warifu_core::domain::{RetrievalPassword, Timestamp};
use warifu_messages::{Locale, reading};
use warifu_sheets::{Block, PasswordSheet};

use super::member::Member;

/// A secret on a page.
pub(super) struct SecretDisplay {
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    password: Arc<RetrievalPassword>,
}

// Templates hand over references.
#[allow(clippy::trivially_copy_pass_by_ref)]
impl SecretDisplay {
    pub(super) fn retrieval_password(password: RetrievalPassword) -> Self {
        Self {
            id: "pw",
            heading: "secret-heading",
            password: Arc::new(password),
        }
    }

    pub(super) fn passphrase(password: Arc<RetrievalPassword>) -> Self {
        Self {
            id: "pass",
            heading: "retrieved-passphrase",
            password,
        }
    }

    /// In groups, as displayed.
    pub(super) fn groups(&self) -> Vec<&str> {
        self.password.expose_groups().collect()
    }

    /// Each character with the words for it, in order.
    pub(super) fn reading(&self, locale: &Locale) -> Vec<(char, &'static str)> {
        let characters = self.password.expose_groups().flat_map(str::chars);
        characters
            .map(|character| (character, reading(character, *locale)))
            .collect()
    }
}

/// What is printed beside the password: what its receiver needs, and not the contract number.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) issued_by: String,
    pub(super) blocks: Vec<Block>,
}

impl Sheet {
    pub(super) fn of(member: &Member, reissued: &Reissued) -> Self {
        let state = &member.page_request.state;
        let (locale, site) = (member.page_request.locale, &state.site);
        let operator = member.operator();
        let described = PasswordSheet {
            locale,
            utc_offset_minutes: site.utc_offset_minutes,
            bank_name: site.bank_name.of(locale),
            service_name: site.service_name.of(locale),
            help_desk_phone: &site.help_desk_phone,
            help_desk_hours: site.help_desk_hours.of(locale),
            company_name: &operator.contract.name,
            user_name: &reissued.user.name,
            user_id: reissued.user.id().as_str(),
            page_address: state.self_service_address().as_deref(),
            retrieval_password: &reissued.retrieval_password,
            expires_at: reissued.expires_at,
            issued_at: reissued.issued_at,
            issued_by: &operator.user.name,
        }
        .blocks();
        Self {
            name: reissued.user.name.clone(),
            issued_at: reissued.issued_at,
            expires_at: reissued.expires_at,
            issued_by: operator.user.name.clone(),
            blocks: described,
        }
    }
}

/// The print button of a sheet.
pub(super) struct Print {
    pub(super) action: &'static str,
    pub(super) form_token: String,
    pub(super) reissue: String,
    pub(super) label: &'static str,
}

/// From when a password can be used, where that is not at once.
pub(super) fn usable_from(reissued: &Reissued) -> Option<Timestamp> {
    (reissued.redeemable_from > reissued.issued_at).then_some(reissued.redeemable_from)
}

#[cfg(test)]
mod tests {
    use warifu_core::domain::RetrievalPasswordLength;

    use super::*;

    #[test]
    fn a_password_is_shown_in_groups_and_read_character_by_character() {
        let length = RetrievalPasswordLength::default();
        let password = RetrievalPassword::parse("KT7M9XHW4PAER2CY", length).unwrap();
        let display = SecretDisplay::retrieval_password(password);
        assert_eq!(display.groups(), ["KT7M", "9XHW", "4PAE", "R2CY"]);
        let reading = display.reading(&Locale::Ja);
        assert_eq!(
            reading[..3],
            [('K', "ケー"), ('T', "ティー"), ('7', "なな")]
        );
        assert_eq!(reading.len(), 16);
    }
}
