//! What is counted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a counter counts. Each purpose of a user has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// ログインパスワード.
    Login,
    /// 取引実行パスワード.
    Transaction,
    /// ワンタイムパスワード.
    Otp,
    /// 証明書取得用パスワード.
    Retrieval,
    /// The login password of a member of staff, once more for a decision. Apart from their logins,
    /// which anybody can try.
    StaffDecision,
}

impl Purpose {
    /// Every purpose of a customer's user.
    pub const ALL: [Self; 4] = [Self::Login, Self::Transaction, Self::Otp, Self::Retrieval];

    /// The purpose whose secret is entered: a decision asks for the login password.
    #[must_use]
    pub const fn secret(self) -> Self {
        match self {
            Self::StaffDecision => Self::Login,
            own => own,
        }
    }

    /// The stable name, as in API and audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Transaction => "transaction",
            Self::Otp => "otp",
            Self::Retrieval => "retrieval",
            Self::StaffDecision => "staff-decision",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Purpose {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.name() == text)
            .ok_or(())
    }
}
