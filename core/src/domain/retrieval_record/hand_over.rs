//! That a password was handed over to its user: noted by who reissued it, until it is used.

use serde::{Deserialize, Serialize};

use super::{Record, RecordState, ReissueRoute, RetrievalState};
use crate::domain::random_id::ReissueId;
use crate::domain::timestamp::Timestamp;

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

impl RetrievalState {
    /// Notes that the password `id` was handed over.
    pub fn hand_over(&mut self, id: ReissueId, way: HandOverWay, now: Timestamp) -> HandOverAnswer {
        let Some(record) = self.current.as_mut().filter(|record| record.id == id) else {
            let known = self.earlier.iter().any(|earlier| earlier.id == id);
            return if known {
                HandOverAnswer::NotWaiting
            } else {
                HandOverAnswer::Unknown
            };
        };
        let waits = matches!(record.state, RecordState::Active)
            && record.route == ReissueRoute::Administrator
            && record.expires_at > now;
        if !waits {
            return HandOverAnswer::NotWaiting;
        }
        record.handed_over = Some(HandOver { way, at: now });
        HandOverAnswer::Noted
    }
}

impl Record {
    /// What is noted, as long as it tells something that is still to come.
    pub(super) fn hand_over(&self) -> Option<HandOver> {
        match self.state {
            RecordState::Active | RecordState::Issuing { .. } => self.handed_over,
            RecordState::Redeemed { .. } | RecordState::Cancelled => None,
        }
    }
}
