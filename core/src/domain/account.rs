//! Contracts and their users, as a directory knows them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::identifiers::{ContractNumber, Subject, UserId};
use super::person_identity::PersonIdentity;
use super::timestamp::Timestamp;

/// What a user may be allowed to do beyond using the service for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Permission {
    /// 「証明書取得用パスワード再発行」の権限: may reissue, for others of the contract and for
    /// oneself.
    #[serde(rename = "reissue-retrieval-password")]
    ReissueRetrievalPassword,
}

impl Permission {
    /// Every permission there is.
    pub const ALL: [Self; 1] = [Self::ReissueRetrievalPassword];

    /// The stable name, as in configuration and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReissueRetrievalPassword => "reissue-retrieval-password",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Permission {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.name() == text)
            .ok_or(())
    }
}

/// A bank's product edition: the key of its name, help desk and forms in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Edition(String);

impl Edition {
    /// `[a-z0-9-]{1,32}`; otherwise nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        ((1..=32).contains(&text.len()) && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A bank customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// ご契約者番号.
    pub number: ContractNumber,
    /// The company's name.
    pub name: String,
    /// Which product the company has.
    pub edition: Edition,
    /// Where paper notices go.
    pub registered_address: String,
}

/// A person within a contract, as the directory knows them now. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Contract and ID.
    pub subject: Subject,
    /// The person's name.
    pub name: String,
    /// サービス管理責任者: administers the contract's users; has the reissue right.
    pub service_administrator: bool,
    /// Rights given besides.
    pub permissions: BTreeSet<Permission>,
    /// Where notices may be sent.
    pub mail: Option<String>,
    /// The bank or the contract has switched the user off.
    pub disabled: bool,
    /// The end of an earlier certificate known to the bank.
    pub certificate_not_after: Option<Timestamp>,
    /// Who the person is, where the directory can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<PersonIdentity>,
}

impl User {
    /// Whether the user holds `permission`; a service administrator holds every one.
    pub fn holds(&self, permission: Permission) -> bool {
        self.service_administrator || self.permissions.contains(&permission)
    }

    /// All rights held, given and implied.
    pub fn effective_permissions(&self) -> Vec<Permission> {
        Permission::ALL
            .into_iter()
            .filter(|permission| self.holds(*permission))
            .collect()
    }

    /// The user's ID within the contract.
    pub fn id(&self) -> &UserId {
        &self.subject.user
    }
}
