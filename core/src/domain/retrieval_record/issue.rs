//! A new password in the place of the one before.

use super::reissues::{
    IssuedTimes, NewRetrievalPassword, ReissueAnswer, ReissueRoute, ReissueStatus,
};
use super::{REMEMBERED_REISSUES, Record, RecordState, RetrievalState};
use crate::domain::attempts::{AttemptPolicy, Attempts};
use crate::domain::identifiers::UserId;
use crate::domain::request_digest::RequestDigest;
use crate::domain::timestamp::Timestamp;

impl RetrievalState {
    /// Puts `new` in the place of whatever password there was, and forgets the failures of the
    /// retrieval purpose. Repeated with the same id, it changes nothing; nor does a marked request
    /// that was carried out, or a proof that somebody else's reissue has overtaken.
    pub fn reissue(
        &mut self,
        user: &UserId,
        new: NewRetrievalPassword,
        policy: &AttemptPolicy,
        now: Timestamp,
    ) -> ReissueAnswer {
        if let Some(record) = self.current.as_ref().filter(|record| record.id == new.id) {
            return ReissueAnswer::Issued(record.times());
        }
        // A late repetition of an earlier reissue must not bring its password back.
        if let Some(earlier) = self.earlier.iter().find(|earlier| earlier.id == new.id) {
            return ReissueAnswer::Issued(IssuedTimes {
                issued_at: earlier.issued_at,
                redeemable_from: earlier.issued_at,
                expires_at: earlier.expires_at,
            });
        }
        if let Some(request) = new.request
            && self.carried_out(request.digest, now)
        {
            return ReissueAnswer::Repeated;
        }
        if let (Some(verified_at), Some(record)) = (new.verified_at, &self.current)
            && record.route != ReissueRoute::SelfService
            && record.issued_at > verified_at
        {
            return ReissueAnswer::Overtaken;
        }
        self.requests.retain(|_, until| *until > now);
        if let Some(request) = new.request {
            let until = now.plus(request.remember_for);
            self.requests.insert(request.digest, until);
        }
        if let Some(mut old) = self.summary(user, policy, now) {
            if matches!(old.status, ReissueStatus::Issued | ReissueStatus::Locked) {
                old.status = ReissueStatus::Superseded;
            }
            old.handed_over = None;
            self.earlier.push_front(old);
            self.earlier.truncate(REMEMBERED_REISSUES);
        }
        let redeemable_from = now.plus(new.hold_for);
        let record = Record {
            id: new.id,
            hash: new.hash,
            operator: new.operator,
            route: new.route,
            issued_at: now,
            redeemable_from,
            expires_at: redeemable_from.plus(new.valid_for),
            identity: new.identity,
            handed_over: None,
            state: RecordState::Active,
        };
        let times = record.times();
        self.attempts = Attempts::default();
        self.current = Some(record);
        ReissueAnswer::Issued(times)
    }

    /// Whether a marked request was carried out, as far as it is remembered.
    pub fn carried_out(&self, request: RequestDigest, now: Timestamp) -> bool {
        let until = self.requests.get(&request);
        until.is_some_and(|until| *until > now)
    }
}
