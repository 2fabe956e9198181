//! Reissues: what enters a store, and what lists tell of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::identifiers::UserId;
use crate::domain::passwords::PasswordHash;
use crate::domain::person_identity::PersonIdentity;
use crate::domain::random_id::ReissueId;
use crate::domain::request_digest::RequestDigest;
use crate::domain::timestamp::Timestamp;

/// By which of the three ways a password was reissued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReissueRoute {
    /// By another user of the contract.
    Administrator,
    /// By oneself, with a one-time password.
    SelfService,
    /// On paper, with four eyes.
    Paper,
}

impl ReissueRoute {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::SelfService, Self::Paper];

    /// The stable name, as in API and audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::SelfService => "self-service",
            Self::Paper => "paper",
        }
    }
}

/// A new password as it enters the store: its hash and who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRetrievalPassword {
    /// Chosen by the caller, so that a repeated call is the same reissue.
    pub id: ReissueId,
    /// Hash of the canonical password.
    pub hash: PasswordHash,
    /// Who reissued: a user of the contract, or a member of staff on paper.
    pub operator: String,
    /// By an administrator, by oneself or on paper.
    pub route: ReissueRoute,
    /// How long it can be redeemed.
    pub valid_for: Duration,
    /// How long it cannot be redeemed yet.
    pub hold_for: Duration,
    /// The request that it answers, where its sender marked it: refused where that was carried out.
    pub request: Option<MarkedRequest>,
    /// When the one-time password was verified that entitles to it, for a reissue for oneself:
    /// refused where somebody else reissued since.
    pub verified_at: Option<Timestamp>,
    /// Who the user is, where the directory can tell: nobody else may redeem it.
    pub identity: Option<PersonIdentity>,
}

/// A request that its sender may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedRequest {
    /// Which one.
    pub digest: RequestDigest,
    /// How long it is remembered that it was carried out.
    pub remember_for: Duration,
}

/// The answer to a reissue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReissueAnswer {
    /// The new password is the one that redeems.
    Issued(IssuedTimes),
    /// The request was carried out before. Nothing was changed.
    Repeated,
    /// Somebody else reissued after the one-time password was verified. Nothing was changed.
    Overtaken,
}

/// When a password was issued and until when it can be redeemed, by the store's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuedTimes {
    /// Now.
    pub issued_at: Timestamp,
    /// From when it can be redeemed.
    pub redeemable_from: Timestamp,
    /// The end.
    pub expires_at: Timestamp,
}

/// A reissue as people see it in lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reissue {
    /// Which one.
    pub id: ReissueId,
    /// For whom.
    pub user: UserId,
    /// The operator's user ID, or `staff:` and a staff ID.
    pub operator: String,
    /// By an administrator, by oneself or on paper.
    pub route: ReissueRoute,
    /// When the password was made.
    pub issued_at: Timestamp,
    /// Until when it could be redeemed.
    pub expires_at: Timestamp,
    /// What became of it.
    pub status: ReissueStatus,
    /// That it was handed over, until it is used. Nothing of those before the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_over: Option<HandOver>,
}

/// How a password was handed over. There is no way by mail: mail is read by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandOverWay {
    /// By hand.
    InPerson,
    /// By a call to a number that was known before.
    Telephone,
}

impl HandOverWay {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::InPerson, Self::Telephone];

    /// The stable name, as in forms and audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InPerson => "in-person",
            Self::Telephone => "telephone",
        }
    }
}

/// That a password was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// How.
    pub way: HandOverWay,
    /// When that was noted.
    pub at: Timestamp,
}

/// The answer to noting that a password was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOverAnswer {
    /// It is noted, in the place of what was noted before.
    Noted,
    /// The password waits for nobody: it was used or taken back, has ended, or was never an administrator's
    /// to hand over.
    NotWaiting,
    /// No such reissue.
    Unknown,
}

impl Reissue {
    /// Whether its password waits to be handed over by who reissued it: to another, and of use to them.
    pub fn can_be_handed_over(&self) -> bool {
        self.route == ReissueRoute::Administrator
            && matches!(self.status, ReissueStatus::Issued | ReissueStatus::Locked)
    }
}

/// What became of a reissued password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReissueStatus {
    /// Waiting to be redeemed.
    Issued,
    /// A certificate was fetched with it.
    Redeemed,
    /// Its time ran out.
    Expired,
    /// Somebody took it back.
    Cancelled,
    /// A newer one took its place.
    Superseded,
    /// Too many wrong entries.
    Locked,
}

impl ReissueStatus {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Issued,
        Self::Redeemed,
        Self::Expired,
        Self::Cancelled,
        Self::Superseded,
        Self::Locked,
    ];

    /// The stable name, as in API and audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Locked => "locked",
        }
    }
}

/// The state of a user's current retrieval password, as shown to administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetrievalPasswordStatus {
    /// Nothing where none was ever issued.
    pub status: Option<ReissueStatus>,
    /// Its end, while there is one.
    pub expires_at: Option<Timestamp>,
    /// Whether the retrieval purpose is locked.
    pub locked: bool,
    /// That it was handed over, until it is used.
    pub handed_over: Option<HandOver>,
}
