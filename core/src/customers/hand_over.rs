//! Noting that a password was handed over to its user.

use super::operator::Operator;
use crate::domain::retrieval_record::{HandOverAnswer, HandOverWay, REMEMBERED_REISSUES, Reissue};
use crate::domain::{AuditEvent, AuditOutcome};
use crate::wiring::to_completion;
use crate::{Outcome, Refusal};

impl Operator {
    /// A reissue of the operator's contract whose password waits to be handed over.
    pub async fn reissue_to_hand_over(&self, reissue_id: &str) -> Outcome<Reissue> {
        self.require_reissue_right().await?;
        let (id, owner) = self.owner_of(reissue_id, None).await?;
        let reissues = self.list_reissues(Some(&owner.user), REMEMBERED_REISSUES + 1);
        let reissue = reissues.await?.into_iter().find(|reissue| reissue.id == id);
        reissue
            .filter(Reissue::can_be_handed_over)
            .ok_or(Refusal::NothingToHandOver)
    }

    /// Notes that a password of the operator's contract was handed over, and how. It is shown until the
    /// password is used.
    pub async fn hand_over(&self, reissue_id: &str, way: HandOverWay) -> Outcome<()> {
        self.require_reissue_right().await?;
        let (operator, reissue_id) = (self.clone(), reissue_id.to_owned());
        to_completion(async move {
            let (id, subject) = operator.owner_of(&reissue_id, None).await?;
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
