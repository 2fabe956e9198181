use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::UtcOffset;
use warifu_adapter_kit::values::{EditionKey, Words};

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
