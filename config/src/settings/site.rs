use schemars::JsonSchema;
use serde::Deserialize;
use warifu_inbound_http::{EditionSite, LocalText, Site};

use crate::values::{EditionKey, UtcOffset, Words};

/// The bank's names and addresses, as pages show them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteSettings {
    /// The name of the service.
    pub service_name: TwoLanguages,
    /// The name of the bank.
    pub bank_name: TwoLanguages,
    /// Whom to call.
    pub help_desk: HelpDesk,
    /// Times on pages are of this offset from UTC.
    pub utc_offset: UtcOffset,
    /// The editions of the bank's product.
    pub editions: Vec<EditionSettings>,
}

/// A text in Japanese and English.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TwoLanguages {
    /// Japanese.
    pub ja: Words,
    /// English.
    pub en: Words,
}

/// Whom to call.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HelpDesk {
    /// The number, as people dial it.
    pub phone: Words,
    /// When somebody answers.
    pub hours: TwoLanguages,
}

/// An edition of the bank's product.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditionSettings {
    /// As in the user directory and in addresses of pages.
    pub key: EditionKey,
    /// Its name.
    pub name: TwoLanguages,
    /// Where paper forms are posted to.
    pub postal_address: TwoLanguages,
    /// How long the paper procedure takes.
    pub processing_time: TwoLanguages,
    /// What a paper form needs.
    pub needed_items: Vec<TwoLanguages>,
}

impl SiteSettings {
    /// As the server takes it.
    pub(crate) fn to_inbound(&self) -> Site {
        Site {
            service_name: self.service_name.to_inbound(),
            bank_name: self.bank_name.to_inbound(),
            help_desk_phone: self.help_desk.phone.0.clone(),
            help_desk_hours: self.help_desk.hours.to_inbound(),
            utc_offset_minutes: self.utc_offset.minutes,
            editions: self
                .editions
                .iter()
                .map(EditionSettings::to_inbound)
                .collect(),
        }
    }
}

impl EditionSettings {
    fn to_inbound(&self) -> EditionSite {
        EditionSite {
            key: self.key.0.as_str().to_owned(),
            name: self.name.to_inbound(),
            postal_address: self.postal_address.to_inbound(),
            processing_time: self.processing_time.to_inbound(),
            needed_items: self
                .needed_items
                .iter()
                .map(TwoLanguages::to_inbound)
                .collect(),
        }
    }
}

impl TwoLanguages {
    fn to_inbound(&self) -> LocalText {
        LocalText {
            ja: self.ja.0.clone(),
            en: self.en.0.clone(),
        }
    }
}
