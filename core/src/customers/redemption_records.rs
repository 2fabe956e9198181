//! What is written down of a guess at a retrieval password.

use super::operator::Operator;
use crate::Outcome;
use crate::domain::attempts::{LaneKind, Lock, Purpose};
use crate::domain::retrieval_record::{CandidateRecord, NotRedeemable, RetrievalSettlement};
use crate::domain::{AuditEvent, AuditOutcome, ReissueId, Subject};
use crate::ports::{AuditQuery, AuditQueryError, Unavailable};
use crate::wiring::{Entry, SeenLock};

/// How many records are read at a time.
const PAGE: usize = 100;

impl Operator {
    /// Writes what came of a guess that was really checked, and what it caused.
    pub(super) async fn write_evaluation(
        &self,
        right: Option<&CandidateRecord>,
        settlement: &RetrievalSettlement,
    ) -> Outcome<()> {
        let subject = self.subject();
        let (outcome, result) = match settlement {
            RetrievalSettlement::Won { .. } => (AuditOutcome::Success, "won"),
            RetrievalSettlement::SameKey { .. } => (AuditOutcome::Success, "same-key"),
            RetrievalSettlement::NotRedeemable { reason, .. } => {
                let result = match reason {
                    NotRedeemable::Consumed => "consumed",
                    NotRedeemable::Stale => "stale",
                    NotRedeemable::Expired => "expired",
                };
                (AuditOutcome::Refused, result)
            }
            RetrievalSettlement::Held { .. } => (AuditOutcome::Refused, "held"),
            RetrievalSettlement::Refused { .. } => (AuditOutcome::Refused, "wrong"),
            RetrievalSettlement::Locked(_) => (AuditOutcome::Refused, "locked"),
            RetrievalSettlement::Lost | RetrievalSettlement::Released => {
                (AuditOutcome::Refused, "lost")
            }
        };
        let mut evaluated = self
            .entry(AuditEvent::RetrievalEvaluated, outcome)
            .on(subject)
            .with("result", result);
        if let (RetrievalSettlement::SameKey { .. }, Some(candidate)) = (settlement, right) {
            evaluated = evaluated.with("reissue_id", candidate.id);
        }
        if let Some(lock) = settlement.lock() {
            return self.write_retrieval_lock([evaluated], lock).await;
        }
        let mut entries = vec![evaluated];
        let redeemed = |candidate: &CandidateRecord| {
            self.entry(AuditEvent::Redeemed, AuditOutcome::Success)
                .on(subject)
                .with("reissue_id", candidate.id)
        };
        match (settlement, right) {
            (RetrievalSettlement::Won { .. }, Some(candidate)) => {
                entries.push(redeemed(candidate));
            }
            // With a certificate, whoever won had got beyond its own record.
            (RetrievalSettlement::SameKey { certificate: None }, Some(candidate))
                if self.is_unwritten(subject, candidate.id).await? =>
            {
                entries.push(redeemed(candidate).with("late", true));
            }
            _ => {}
        }
        self.wiring.write(entries).await
    }

    /// Writes that a guess was checked, and that nobody was told what came of it.
    pub(super) async fn write_unanswered_evaluation(&self) -> Outcome<()> {
        let evaluated = self
            .entry(AuditEvent::RetrievalEvaluated, AuditOutcome::Refused)
            .on(self.subject())
            .with("result", "unanswered");
        self.wiring.write([evaluated]).await
    }

    /// Writes `entries`, and that redeeming is locked where nobody has written so yet.
    pub(super) async fn write_retrieval_lock(
        &self,
        entries: impl IntoIterator<Item = Entry>,
        lock: Lock,
    ) -> Outcome<()> {
        let subject = self.subject();
        let seen = SeenLock {
            subject,
            purpose: Purpose::Retrieval,
            lane: LaneKind::Stranger,
            lock,
            known: true,
        };
        let set = self.wiring.lock_set(self.actor.context(), subject);
        self.wiring.write_with_lock(entries, seen, set).await
    }

    /// Whether the log misses that a password was redeemed: whoever won may have died before it
    /// could write so. Two that find it missing in the same moment both write it.
    async fn is_unwritten(
        &self,
        subject: &Subject,
        reissue: ReissueId,
    ) -> Result<bool, Unavailable> {
        let log = &self.wiring.ports().audit_log;
        if !log.can_be_read() {
            return Ok(false);
        }
        let reissue = reissue.to_string();
        let mut query = AuditQuery {
            contract: Some(subject.contract.clone()),
            subject: Some(subject.user.to_string()),
            event: Some(AuditEvent::Redeemed),
            limit: PAGE,
            ..AuditQuery::default()
        };
        loop {
            let page = log.query(&query).await.map_err(|error| match error {
                AuditQueryError::Unavailable(unavailable) => unavailable,
                AuditQueryError::BadCursor => {
                    Unavailable::new("audit_log", "the log refuses a cursor that it gave itself")
                }
            })?;
            let names = |detail: Option<&String>| detail == Some(&reissue);
            if (page.records.iter()).any(|found| names(found.record.detail.get("reissue_id"))) {
                return Ok(false);
            }
            if page.next_cursor.is_none() {
                return Ok(true);
            }
            query.cursor = page.next_cursor;
        }
    }
}
