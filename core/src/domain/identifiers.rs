//! Who and where: the contract (tenant), the user within it, and the bank's staff.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::text::{fold_code, fold_identifier};

/// Longer input is not an identifier however it is folded; refusing it first bounds the folding.
const LONGEST_INPUT: usize = 256;

/// Why an identifier could not be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ParseIdentifierError {
    /// Nothing was entered.
    #[error("the identifier is empty")]
    Empty,
    /// Something else than an identifier was entered.
    #[error("the identifier has characters or a length that no identifier has")]
    Malformed,
}

/// A bank customer (company), ご契約者番号: 6 to 12 digits. The tenant; nothing ever crosses it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContractNumber(String);

impl ContractNumber {
    /// The canonical digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContractNumber {
    type Err = ParseIdentifierError;

    fn from_str(input: &str) -> Result<Self, Self::Err> {
        if input.len() > LONGEST_INPUT {
            return Err(ParseIdentifierError::Malformed);
        }
        let digits = fold_code(input);
        match digits.len() {
            0 => Err(ParseIdentifierError::Empty),
            6..=12 if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self(digits)),
            _ => Err(ParseIdentifierError::Malformed),
        }
    }
}

/// Reads `[A-Za-z0-9._-]{1,32}`, folded to half width and lower case.
fn parse_name(input: &str) -> Result<String, ParseIdentifierError> {
    if input.len() > LONGEST_INPUT {
        return Err(ParseIdentifierError::Malformed);
    }
    let name = fold_identifier(input);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match name.len() {
        0 => Err(ParseIdentifierError::Empty),
        1..=32 if name.bytes().all(allowed) => Ok(name),
        _ => Err(ParseIdentifierError::Malformed),
    }
}

/// A user's ID, 利用者ID: unique only within its contract.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

/// The ID of a member of the bank's back office.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StaffId(String);

macro_rules! name_identifier {
    ($name:ident) => {
        impl $name {
            /// The canonical form: half width, lower case.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIdentifierError;

            fn from_str(input: &str) -> Result<Self, Self::Err> {
                parse_name(input).map(Self)
            }
        }
    };
}

macro_rules! text_identifier {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = ParseIdentifierError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

name_identifier!(UserId);
name_identifier!(StaffId);
text_identifier!(ContractNumber);
text_identifier!(UserId);
text_identifier!(StaffId);

/// A user within a contract: what every counter, record and query is keyed by, so that a
/// user ID can never be looked up without its tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The tenant.
    pub contract: ContractNumber,
    /// The user within it.
    pub user: UserId,
}

impl Subject {
    /// The user `user` of the contract `contract`.
    pub fn new(contract: ContractNumber, user: UserId) -> Self {
        Self { contract, user }
    }

    /// A member of the bank's staff, as counters, cards and quotas know them: the bank is a tenant
    /// of its own, whose number no contract can have and nobody can enter.
    pub fn of_staff(staff: &StaffId) -> Self {
        Self {
            contract: ContractNumber("staff".to_owned()),
            user: UserId(staff.0.clone()),
        }
    }

    /// Whether it is a member of the bank's staff.
    pub fn is_staff(&self) -> bool {
        self.contract.0 == "staff"
    }

    /// An unambiguous byte string for keyed hashes: contract ‖ 0 ‖ user.
    pub fn to_key_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.contract.0.len() + 1 + self.user.0.len());
        bytes.extend_from_slice(self.contract.0.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(self.user.0.as_bytes());
        bytes
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.contract, self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_contract_number_is_read_in_full_width_with_hyphens_and_spaces() {
        let canonical: ContractNumber = "1234567890".parse().unwrap();
        for typed in [
            "１２３４５６７８９０",
            "1234-567-890",
            " 123 4567 890 ",
            "1234ー567ー890",
        ] {
            assert_eq!(
                typed.parse::<ContractNumber>().unwrap(),
                canonical,
                "{typed}"
            );
        }
    }

    #[test]
    fn a_contract_number_of_other_lengths_or_letters_is_malformed() {
        for typed in [
            "12345",
            "1234567890123",
            "12345a",
            "*)(uid=*",
            "１２３４５六",
        ] {
            assert_eq!(
                typed.parse::<ContractNumber>(),
                Err(ParseIdentifierError::Malformed),
                "{typed}"
            );
        }
        assert_eq!(
            "　 ".parse::<ContractNumber>(),
            Err(ParseIdentifierError::Empty)
        );
    }

    #[test]
    fn a_user_id_is_one_whatever_its_width_and_case() {
        let canonical: UserId = "user01".parse().unwrap();
        for typed in ["User01", "USER01", " user01", "ｕｓｅｒ０１"] {
            assert_eq!(typed.parse::<UserId>().unwrap(), canonical, "{typed}");
        }
    }

    #[test]
    fn a_user_id_with_other_characters_is_malformed() {
        for typed in [
            "us er",
            "user/01",
            "é",
            "a\0b",
            "}{",
            &"x".repeat(33),
            &"x".repeat(9999),
        ] {
            assert_eq!(
                typed.parse::<UserId>(),
                Err(ParseIdentifierError::Malformed),
                "{typed}"
            );
        }
    }

    #[test]
    fn no_contract_can_be_the_tenant_of_the_staff() {
        let clerk = Subject::of_staff(&"clerk01".parse().unwrap());
        assert_eq!(clerk.user.as_str(), "clerk01");
        assert_eq!(
            clerk.contract.as_str().parse::<ContractNumber>(),
            Err(ParseIdentifierError::Malformed)
        );
    }

    proptest! {
        #[test]
        fn reading_the_canonical_form_again_changes_nothing(input in "\\PC{0,40}") {
            if let Ok(user) = input.parse::<UserId>() {
                prop_assert_eq!(user.as_str().parse::<UserId>().unwrap(), user.clone());
            }
        }
    }
}
