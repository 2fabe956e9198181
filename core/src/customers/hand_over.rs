//! Noting that a password was handed over to its user.

use super::operator::Operator;
use crate::domain::retrieval_record::{
    HandOverAnswer, HandOverWay, REMEMBERED_REISSUES, Reissue, ReissueRoute, ReissueStatus,
};
use crate::domain::{AuditEvent, AuditOutcome, ReissueId, Subject};
use crate::wiring::to_completion;
use crate::{Outcome, Refusal};

impl Operator {
    /// A reissue of the operator's contract whose password waits to be handed over.
    pub async fn reissue_to_hand_over(&self, reissue_id: &str) -> Outcome<Reissue> {
        self.require_reissue_right().await?;
        let (id, owner) = self.owner_of(reissue_id).await?;
        let reissues = self.list_reissues(Some(&owner.user), REMEMBERED_REISSUES + 1);
        let reissue = reissues.await?.into_iter().find(|reissue| reissue.id == id);
        let waits = |reissue: &Reissue| {
            reissue.route == ReissueRoute::Administrator
                && matches!(
                    reissue.status,
                    ReissueStatus::Issued | ReissueStatus::Locked
                )
        };
        reissue.filter(waits).ok_or(Refusal::NothingToHandOver)
    }

    /// Whose reissue it is, within the operator's contract.
    async fn owner_of(&self, reissue_id: &str) -> Outcome<(ReissueId, Subject)> {
        let id: ReissueId = reissue_id.parse().map_err(|_| Refusal::ReissueNotFound)?;
        let contract = &self.contract.number;
        let store = &self.wiring.ports().retrieval_passwords;
        let Some(owner) = store.find(contract, id).await? else {
            self.write_denied("reissue-not-found", None).await?;
            return Err(Refusal::ReissueNotFound);
        };
        Ok((id, Subject::new(contract.clone(), owner)))
    }

    /// Notes that a password of the operator's contract was handed over, and how. It is shown until the
    /// password is used.
    pub async fn hand_over(&self, reissue_id: &str, way: HandOverWay) -> Outcome<()> {
        self.require_reissue_right().await?;
        let (operator, reissue_id) = (self.clone(), reissue_id.to_owned());
        to_completion(async move {
            let (id, subject) = operator.owner_of(&reissue_id).await?;
            let store = &operator.wiring.ports().retrieval_passwords;
            match store.hand_over(&subject, id, way).await? {
                HandOverAnswer::Noted => {
                    let noted = operator
                        .entry(AuditEvent::HandedOver, AuditOutcome::Success)
                        .on(&subject)
                        .with("reissue_id", id)
                        .with("way", way.name());
                    operator.wiring.write([noted]).await
                }
                HandOverAnswer::NotWaiting => Err(Refusal::NothingToHandOver),
                HandOverAnswer::Unknown => Err(Refusal::ReissueNotFound),
            }
        })
        .await
    }
}
