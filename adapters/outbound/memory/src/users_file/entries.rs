//! The users file as it is written, before anything is judged.

use secrecy::SecretString;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileEntry {
    #[serde(default)]
    pub(super) contracts: Vec<ContractEntry>,
    #[serde(default)]
    pub(super) staff: Vec<StaffEntry>,
    #[serde(default)]
    pub(super) cards: Vec<CardEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractEntry {
    pub(super) number: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) edition: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) registered_address: String,
    #[serde(default)]
    pub(super) users: Vec<UserEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) service_administrator: bool,
    #[serde(default)]
    pub(super) permissions: Vec<Spanned<String>>,
    pub(super) mail: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) disabled: bool,
    pub(super) login_password: Option<Spanned<String>>,
    pub(super) transaction_password: Option<Spanned<String>>,
    pub(super) totp: Option<TotpEntry>,
    pub(super) card_serial: Option<Spanned<String>>,
    pub(super) certificate_not_after: Option<Spanned<String>>,
    pub(super) uid: Option<Spanned<String>>,
}

/// A card that nobody has yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardEntry {
    pub(super) serial: Spanned<String>,
    pub(super) totp: TotpEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffEntry {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) roles: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) disabled: bool,
    pub(super) login_password: Option<Spanned<String>>,
    pub(super) totp: Option<TotpEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TotpEntry {
    pub(super) secret: Spanned<SecretString>,
    pub(super) digits: Option<Spanned<i64>>,
    pub(super) period: Option<Spanned<i64>>,
    pub(super) algorithm: Option<Spanned<String>>,
}
