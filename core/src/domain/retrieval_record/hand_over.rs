//! That a password was handed over to its user: noted by who reissued it, until it is used.

use super::reissues::{HandOver, HandOverAnswer, HandOverWay, ReissueRoute};
use super::{Record, RecordState, RetrievalState};
use crate::domain::random_id::ReissueId;
use crate::domain::timestamp::Timestamp;

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
