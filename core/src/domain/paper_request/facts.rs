use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Date;
use time::format_description::well_known::Iso8601;

use crate::domain::attempts::Purpose;
use crate::domain::{Edition, Subject, Timestamp};

/// 届出内容: what form 3 can ask for. One form, several ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// 証明書取得用パスワードの再発行: a new password, in a sealed notice.
    ReissueRetrievalPassword,
    /// ログインパスワードのロック解除.
    UnlockLogin,
    /// 取引実行パスワードのロック解除.
    UnlockTransaction,
    /// ワンタイムパスワードのロック解除.
    UnlockOtp,
    /// ワンタイムパスワードカードの再登録: another card from now on.
    RebindOtp,
    /// Lifting a freeze of the contract.
    LiftFreeze,
}

impl Matter {
    /// Every matter.
    pub const ALL: [Self; 6] = [
        Self::ReissueRetrievalPassword,
        Self::UnlockLogin,
        Self::UnlockTransaction,
        Self::UnlockOtp,
        Self::RebindOtp,
        Self::LiftFreeze,
    ];

    /// The stable name, as in API and audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReissueRetrievalPassword => "reissue-retrieval-password",
            Self::UnlockLogin => "unlock-login",
            Self::UnlockTransaction => "unlock-transaction",
            Self::UnlockOtp => "unlock-otp",
            Self::RebindOtp => "rebind-otp",
            Self::LiftFreeze => "lift-freeze",
        }
    }

    /// The purpose that it unlocks.
    pub const fn unlocks(self) -> Option<Purpose> {
        match self {
            Self::UnlockLogin => Some(Purpose::Login),
            Self::UnlockTransaction => Some(Purpose::Transaction),
            Self::UnlockOtp => Some(Purpose::Otp),
            Self::ReissueRetrievalPassword | Self::RebindOtp | Self::LiftFreeze => None,
        }
    }
}

impl fmt::Display for Matter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Matter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|matter| matter.name() == text)
            .ok_or(())
    }
}

/// A day of the calendar, `2026-03-31`, without an hour and an offset: as stamped on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CalendarDay(Date);

/// The text is no day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day of the calendar such as 2026-03-31")]
pub struct InvalidCalendarDay;

impl CalendarDay {
    /// Whether it has not begun anywhere on earth.
    pub fn is_after(self, now: Timestamp) -> bool {
        /// Where a day begins first.
        const EARLIEST: std::time::Duration = std::time::Duration::from_secs(14 * 60 * 60);
        self.0 > now.plus(EARLIEST).to_datetime().date()
    }
}

impl FromStr for CalendarDay {
    type Err = InvalidCalendarDay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // ISO 8601 has weeks and days of the year, too.
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(InvalidCalendarDay);
        }
        Date::parse(text, &Iso8601::DATE)
            .map(Self)
            .map_err(|_| InvalidCalendarDay)
    }
}

impl fmt::Display for CalendarDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.0.year(), u8::from(self.0.month()), self.0.day());
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

impl TryFrom<String> for CalendarDay {
    type Error = InvalidCalendarDay;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CalendarDay> for String {
    fn from(day: CalendarDay) -> Self {
        day.to_string()
    }
}

/// What is compared before approval may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaperCheck {
    /// 届出印の照合: the seal is the registered one.
    Seal,
    /// 本人確認: the sender is who they say.
    Identity,
    /// 登録住所の確認: the notice will go to the registered address.
    RegisteredAddress,
}

impl PaperCheck {
    /// Every check.
    pub const ALL: [Self; 3] = [Self::Seal, Self::Identity, Self::RegisteredAddress];
}

/// Which of the checks are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperChecks {
    /// 届出印の照合.
    pub seal: bool,
    /// 本人確認.
    pub identity: bool,
    /// 登録住所の確認.
    pub registered_address: bool,
}

impl PaperChecks {
    /// Those that are not done.
    pub fn missing(self) -> impl Iterator<Item = PaperCheck> {
        PaperCheck::ALL
            .into_iter()
            .filter(move |check| match check {
                PaperCheck::Seal => !self.seal,
                PaperCheck::Identity => !self.identity,
                PaperCheck::RegisteredAddress => !self.registered_address,
            })
    }
}

/// A line of text as a clerk enters it: 1 to 128 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaperLine(String);

impl PaperLine {
    /// Reads a line, without the blanks around it. Nothing where there is none, or too much of it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=128).contains(&text.chars().count());
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PaperLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What form 3 says, as a clerk took it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperFacts {
    /// Of which edition the form is.
    pub edition: Edition,
    /// For whom.
    pub subject: Subject,
    /// The company, as the directory knew it when this was taken down.
    pub contract_name: String,
    /// The person's name as written on the form.
    pub user_name: String,
    /// What is asked for; never empty.
    pub matters: BTreeSet<Matter>,
    /// When it arrived.
    pub received_on: CalendarDay,
    /// What was compared.
    pub checks: PaperChecks,
    /// Where the picture of the form is.
    pub scan_reference: PaperLine,
    /// The serial number of the new card, where one is to be bound.
    pub card_serial: Option<PaperLine>,
}
